#pragma once
// admin_client.hpp - reads a page of a running agent's admin listener, for the command line.

#include <string>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/result.hpp"

namespace pushgate::app {

/// The body of a 200 answer to GET `path`. Blocks for five seconds at most.
Result<std::string> fetch_admin_page(const Endpoint& admin, const std::string& path);

}  // namespace pushgate::app
