#pragma once
// router_reader.hpp - a parsed router.json as values.

#include "pushgate/config/daemon_config.hpp"
#include "pushgate/config/router_config.hpp"

#include "config/document.hpp"

namespace pushgate::config {

/// Reads and checks the whole table; what is wrong is recorded in the document. `daemon` tells
/// where the agent itself listens: a node may not be the agent.
RouterConfig read_router(Document& document, const DaemonConfig& daemon);

}  // namespace pushgate::config
