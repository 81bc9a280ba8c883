#pragma once
// emitter.hpp - events to clients from a process that is no node: straight over Redis.

#include <string>

#include "pushgate/node/envelope.hpp"
#include "pushgate/redis/settings.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::node {

/// What became of it.
struct Emitted {
  std::string problem;      ///< in words; empty: Redis has it
  long long receivers = 0;  ///< subscribed processes, on one server of a cluster
};

/// Publishes a broadcast as @socket.io/redis-emitter does: to the channels of the classic adapter,
/// and so to nodes of every make that use it. `prefix` is theirs ("socket.io" unless configured).
/// Blocks until Redis has answered, for settings.command_timeout at most.
Emitted emit_over_redis(const redis::RedisSettings& settings, const std::string& prefix,
                        const Envelope& envelope, runtime::Log& log);

}  // namespace pushgate::node
