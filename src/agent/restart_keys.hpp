#pragma once
// restart_keys.hpp - which changed keys a running agent cannot take over.

#include <string>
#include <vector>

#include "pushgate/config/daemon_config.hpp"

namespace pushgate::agent {

/// The keys of the agent's own that differ and only count at start: what is opened or started once.
std::vector<std::string> keys_that_need_restart(const config::DaemonConfig& running,
                                                const config::DaemonConfig& loaded);

}  // namespace pushgate::agent
