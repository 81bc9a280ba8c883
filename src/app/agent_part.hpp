#pragma once
// agent_part.hpp - the agent as a part of a daemon.

#include <cstdint>
#include <memory>

#include "pushgate/runtime/access_log.hpp"

#include "app/daemon_part.hpp"

namespace pushgate::app {

/// Who else of the process takes descriptors for the agent's clients.
enum class Neighbours : std::uint8_t {
  none,
  nodes,  ///< a client that the agent has takes a third descriptor in a node
};

/// `access_log` may be nullptr. Both logs must outlive the part.
std::unique_ptr<DaemonPart> make_agent_part(runtime::Log& log, runtime::AccessLog* access_log,
                                            Neighbours neighbours);

}  // namespace pushgate::app
