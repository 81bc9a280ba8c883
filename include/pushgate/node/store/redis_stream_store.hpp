#pragma once
// redis_stream_store.hpp - the store of all nodes that share a Redis.

#include <cstdint>
#include <memory>
#include <string>

#include "pushgate/base/result.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/redis/metrics.hpp"
#include "pushgate/redis/settings.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::node {

struct RedisStoreSettings {
  redis::RedisSettings redis;
  std::string prefix = "pushgate:";    ///< of every key
  std::uint64_t log_length = 100'000;  ///< messages of one namespace that sessions find, about
};

/// Where the store lives and what it logs and counts on: the bus thread. All outlive its end.
struct RedisStoreContext {
  runtime::IoThread& thread;
  runtime::Log& log;
  redis::RedisMetrics& metrics;
};

/// Redis 6.2 or later. What cannot be asked at once fails at once: messages are then delivered
/// without an offset, and the log takes a new epoch when Redis is back. Fails as
/// redis::make_client does.
Result<std::unique_ptr<Store>> make_redis_stream_store(RedisStoreContext context,
                                                       RedisStoreSettings settings);

}  // namespace pushgate::node
