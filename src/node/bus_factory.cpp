#include "node/bus_factory.hpp"

#include <utility>

#include "pushgate/node/bus/local_bus.hpp"
#include "pushgate/node/bus/redis_bus.hpp"

namespace pushgate::node {

namespace {

ShardedRooms sharded_rooms_of(config::ShardedRooms rooms) noexcept {
  switch (rooms) {
    case config::ShardedRooms::dynamic:
      return ShardedRooms::all_but_sockets;
    case config::ShardedRooms::dynamic_private:
      return ShardedRooms::all;
    case config::ShardedRooms::none:
      return ShardedRooms::none;
  }
  return ShardedRooms::all_but_sockets;
}

RedisBusSettings bus_settings_of(const config::DaemonConfig& daemon, std::string name) {
  const config::RedisConfig& config = *daemon.redis;
  RedisBusSettings settings;
  settings.redis = redis::settings_of(config);
  settings.prefix = config.prefix;
  settings.name = std::move(name);
  settings.lease = daemon.node.presence.lease;
  settings.rooms = config.subscribe == config::RedisSubscribe::pattern ? RoomChannels::pattern
                                                                       : RoomChannels::exact;
  settings.specific_responses = config.specific_response_channel;
  settings.sharded_rooms = sharded_rooms_of(config.subscription_mode);
  settings.stream = config.stream_name;
  settings.stream_count = config.stream_count;
  settings.max_entries = config.stream_max_length;
  settings.is_read_by_log = stream_is_log(daemon);
  return settings;
}

}  // namespace

bool stream_is_log(const config::DaemonConfig& daemon) noexcept {
  return daemon.redis && daemon.redis->mode == config::RedisMode::streams &&
         daemon.redis->stream_count <= 1 && daemon.node.store.kind != config::StoreKind::memory;
}

Result<std::unique_ptr<Bus>> make_bus(const config::DaemonConfig& daemon,
                                      const BusContext& context) {
  if (!daemon.redis) return make_local_bus(context.thread);
  const RedisBusContext redis_context{context.thread, context.log, context.metrics};
  RedisBusSettings settings = bus_settings_of(daemon, context.process_name);
  settings.uid = context.uid;
  switch (daemon.redis->mode) {
    case config::RedisMode::classic:
      return make_redis_classic_bus(redis_context, std::move(settings));
    case config::RedisMode::sharded:
      return make_redis_sharded_bus(redis_context, std::move(settings));
    case config::RedisMode::streams:
      return make_redis_streams_bus(redis_context, std::move(settings));
  }
  return make_local_bus(context.thread);
}

}  // namespace pushgate::node
