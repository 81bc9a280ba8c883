#pragma once
// status_page.hpp - /api/v1/status of a daemon: what its parts say, as one object.

#include <string>

#include "app/daemon_part.hpp"

namespace pushgate::app {

/// The members of all parts; of a name that two have, the last one counts. Indented JSON.
std::string status_page(const DaemonParts& parts, const std::string& state);

}  // namespace pushgate::app
