#pragma once
// redis_stream_store.hpp - the store of all nodes that share a Redis.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "pushgate/base/result.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/redis/metrics.hpp"
#include "pushgate/redis/settings.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::node {

/// The log is the stream of @socket.io/redis-streams-adapter, and sessions are kept as it keeps
/// them: so clients go on at nodes of either make, with what nodes of either make published.
struct AdapterLog {
  std::string stream = "socket.io";
  std::uint64_t max_entries = 10'000;
  std::string session_prefix = "sio:session:";
  std::string uid;      ///< what the bus of this process calls it
  bool offsets = true;  ///< clients get their events with offsets
};

struct RedisStoreSettings {
  redis::RedisSettings redis;
  std::optional<AdapterLog> adapter;   ///< empty: a log of our own
  std::string prefix = "pushgate:";    ///< of every key
  std::uint64_t log_length = 100'000;  ///< messages that sessions find, about
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
