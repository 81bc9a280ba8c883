#pragma once
// dump_node.hpp - the keys "node" and "redisAdapter" as they are shown.

#include "pushgate/config/node_config.hpp"
#include "pushgate/config/redis_config.hpp"

#include "config/document.hpp"

namespace pushgate::config {

Json dump_node(const NodeConfig& node);

/// Only the way to the server that is taken: naming two is an error in a file.
Json dump_redis(const RedisConfig& redis);

}  // namespace pushgate::config
