#pragma once
// redis_config.hpp - the key "redisAdapter": which Redis the nodes share, and how they speak there.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pushgate::config {

/// A host that is looked up when it is connected to, not when the file is read: names of Redis
/// servers change their addresses in a failover.
struct HostPort {
  std::string host;  ///< name, IPv4 address, or IPv6 address without brackets
  std::uint16_t port = 0;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// Which of Socket.IO's Redis adapters the wire is compatible with. They do not understand each
/// other.
enum class RedisMode : std::uint8_t {
  classic,  ///< @socket.io/redis-adapter, and @socket.io/redis-emitter
  sharded,  ///< its sharded adapter; Redis 7
  streams,  ///< @socket.io/redis-streams-adapter
};

/// How a classic node receives what is published for one room.
enum class RedisSubscribe : std::uint8_t {
  exact,    ///< SUBSCRIBE, one channel for each room with a member here
  pattern,  ///< PSUBSCRIBE: every message of the namespace comes here, as with Node.js
};

/// Which rooms have a channel of their own in sharded mode. The same on all nodes of a cluster.
enum class ShardedRooms : std::uint8_t {
  dynamic,          ///< those that are not the room of one socket
  dynamic_private,  ///< all
  none,             ///< spelled "static": one channel for the namespace
};

/// What becomes of a message for the other nodes while Redis cannot be reached.
enum class WhenRedisIsDown : std::uint8_t {
  fail,   ///< it reaches the clients of this node only, and is counted
  queue,  ///< it waits, in at most `queue_bytes`
};

struct RedisTlsConfig {
  std::string ca;           ///< file with trusted certificates (PEM); empty: the system's
  std::string cert;         ///< file with the client's certificate; empty: none
  std::string key;          ///< file with its private key; set if `cert` is
  std::string server_name;  ///< SNI and name in the certificate; empty: the host
  bool verify = true;

  friend bool operator==(const RedisTlsConfig&, const RedisTlsConfig&) = default;
};

struct RedisSentinelConfig {
  std::vector<HostPort> addresses;  ///< at least one
  std::string master;               ///< name of the monitored master; not empty
  std::string username;             ///< of the sentinels themselves
  std::string password;             ///< redacted wherever the configuration is shown

  friend bool operator==(const RedisSentinelConfig&, const RedisSentinelConfig&) = default;
};

/// Exactly one way leads to a server: `cluster` if not empty, else `sentinel` if set, else `path`
/// if not empty, else `host` and `port`. A file that names two is refused.
struct RedisConfig {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string path;  ///< of a unix socket
  std::optional<RedisSentinelConfig> sentinel;
  std::vector<HostPort> cluster;  ///< seeds; the rest is learned from them

  std::string username;
  std::string password;   ///< redacted wherever the configuration is shown
  unsigned database = 0;  ///< 0 with `cluster`
  std::optional<RedisTlsConfig> tls;
  std::chrono::milliseconds timeout{5'000};  ///< connecting, and any one command

  RedisMode mode = RedisMode::classic;
  std::string prefix = "socket.io";  ///< of channels, as the adapters' `key` or `channelPrefix`
  RedisSubscribe subscribe = RedisSubscribe::exact;        ///< classic only
  bool specific_response_channel = false;                  ///< classic only
  ShardedRooms subscription_mode = ShardedRooms::dynamic;  ///< sharded only
  std::string stream_name = "socket.io";                   ///< streams only, as the next two
  unsigned stream_count = 1;
  std::uint64_t stream_max_length = 10'000;           ///< entries, about
  std::string key_prefix = "pushgate:";               ///< of what only nodes of ours store
  std::chrono::milliseconds requests_timeout{5'000};  ///< for the answers of other nodes

  WhenRedisIsDown publish_when_down = WhenRedisIsDown::fail;
  std::uint64_t queue_bytes = 8'388'608;

  friend bool operator==(const RedisConfig&, const RedisConfig&) = default;
};

}  // namespace pushgate::config
