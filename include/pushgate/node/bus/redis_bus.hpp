#pragma once
// redis_bus.hpp - buses that reach other processes through Redis, in the three ways that Socket.IO
// clusters know. Nodes of other makes that use the same way, and the same prefix, belong to the
// cluster like ours.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "pushgate/base/result.hpp"
#include "pushgate/node/bus/bus.hpp"
#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/io_threads.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::node {

/// How the classic bus gets the broadcasts of single rooms.
enum class RoomChannels : std::uint8_t {
  /// One subscription for each room that has members in this process: Redis sends nothing else.
  exact,
  /// One pattern for the whole namespace, as other makes of nodes have it: every process receives
  /// every broadcast, and drops what is for rooms that it has not.
  pattern,
};

/// Which rooms have a channel of their own on the sharded bus. All nodes must agree.
enum class ShardedRooms : std::uint8_t {
  none,             ///< "static": everything on the channel of the namespace
  all_but_sockets,  ///< "dynamic": a room of 20 characters is taken for a socket's id
  all,              ///< "dynamic-private"
};

struct RedisBusSettings {
  redis::RedisSettings redis;
  /// Begins the names of all channels ("key" and "channelPrefix" of other makes).
  std::string prefix = "socket.io";
  /// What other processes call this one, in lists of silent nodes; unique if it is to be of use.
  std::string name = "node";
  /// After this long without a sign of life a process counts as gone. It gives three in this time.
  std::chrono::milliseconds lease{10'000};

  // The classic bus.
  RoomChannels rooms = RoomChannels::exact;
  /// A channel for each socket's own room, with RoomChannels::exact: other makes of nodes publish
  /// there what is for one socket. Without them (among our own nodes only) that goes to the channel
  /// of the namespace, and a socket costs Redis nothing.
  bool socket_channels = true;
  /// Answer on the channel of the asking node, and not on one that all have: nodes older than
  /// @socket.io/redis-adapter 7.1 do not listen there. Processes with a lease are always answered
  /// on their own.
  bool specific_responses = false;

  // The sharded bus (Redis 7).
  ShardedRooms sharded_rooms = ShardedRooms::all_but_sockets;

  // The streams bus.
  std::string stream = "socket.io";
  std::size_t stream_count = 1;
  std::uint64_t max_entries = 10'000;  ///< of each stream, approximately
  unsigned read_count = 100;           ///< entries read at once, at most max_entries
  /// How long a read waits for entries. Less than redis.liveness.
  std::chrono::milliseconds read_block{5000};
  bool sharded_pubsub = false;  ///< for requests and answers
  /// Somebody else reads the broadcasts out of the stream, and writes those that a log is to keep.
  bool is_read_by_log = false;
  std::string uid{};  ///< what this process is called there; empty: made up
};

/// Where a bus lives and what it logs and counts on. All outlive the bus thread's end.
struct RedisBusContext {
  runtime::IoThread& thread;
  runtime::Log& log;
  redis::RedisMetrics& metrics;
};

/// A name by which nodes of the sharded and streams adapters know each other.
std::string make_cluster_uid();

/// Precondition: redis::find_fault(settings.redis) is nullopt. Fails as redis::make_client does.
///
/// What is published while Redis is away waits or fails as settings.redis.when_down says, within
/// max_queue_bytes and command_timeout. What fails is counted and has reached the nodes of this
/// process only.
///
/// Classic: @socket.io/redis-adapter (createAdapter) and all emitters.
Result<std::unique_ptr<Bus>> make_redis_classic_bus(RedisBusContext context,
                                                    RedisBusSettings settings);
/// Sharded: createShardedAdapter. Broadcasts to different rooms may overtake each other.
Result<std::unique_ptr<Bus>> make_redis_sharded_bus(RedisBusContext context,
                                                    RedisBusSettings settings);
/// Streams: @socket.io/redis-streams-adapter 0.3. Broadcasts are in a log: none is missed while a
/// process is away, unless it is away for more than max_entries (then on_gap).
Result<std::unique_ptr<Bus>> make_redis_streams_bus(RedisBusContext context,
                                                    RedisBusSettings settings);

}  // namespace pushgate::node
