#pragma once
// node_part.hpp - the push nodes as a part of a daemon.

#include <memory>

#include "app/daemon_part.hpp"

namespace pushgate::app {

/// If the configuration routes to the nodes of the process, their addresses become its table. `log`
/// must outlive the part.
std::unique_ptr<DaemonPart> make_node_part(runtime::Log& log);

}  // namespace pushgate::app
