#pragma once
// agent_part.hpp - the agent as a part of a daemon.

#include <memory>

#include "pushgate/runtime/access_log.hpp"

#include "app/daemon_part.hpp"

namespace pushgate::app {

/// `access_log` may be nullptr. Both logs must outlive the part.
std::unique_ptr<DaemonPart> make_agent_part(runtime::Log& log, runtime::AccessLog* access_log);

}  // namespace pushgate::app
