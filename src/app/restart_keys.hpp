#pragma once
// restart_keys.hpp - which changed keys no daemon can take over, whatever its parts.

#include <string>
#include <vector>

#include "pushgate/config/daemon_config.hpp"

namespace pushgate::app {

/// The keys that differ and only count at start. Those of a part it names itself.
std::vector<std::string> process_restart_keys(const config::DaemonConfig& running,
                                              const config::DaemonConfig& loaded);

}  // namespace pushgate::app
