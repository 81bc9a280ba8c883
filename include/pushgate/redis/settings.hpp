#pragma once
// settings.hpp - which Redis, how to log in, and how patient to be.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "pushgate/config/redis_config.hpp"

namespace pushgate::redis {

/// Where a server listens. The name is resolved anew at each attempt to connect.
struct ServerAddress {
  std::string host = "127.0.0.1";  ///< name, IPv4 or IPv6 address without brackets
  std::uint16_t port = 6379;
  std::string unix_path;  ///< if not empty: this socket, and host and port mean nothing

  /// "host:port", "[v6]:port" or the path.
  std::string to_string() const;
  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
  friend bool operator<(const ServerAddress& a, const ServerAddress& b) {
    return std::tie(a.host, a.port, a.unix_path) < std::tie(b.host, b.port, b.unix_path);
  }
};

/// How TLS is spoken, if at all. TLS 1.2 and later.
struct TlsSettings {
  bool enabled = false;
  std::string ca_file;           ///< PEM; empty: the system's certificates
  std::string certificate_file;  ///< PEM, the client's own; needs key_file
  std::string key_file;
  /// Expected in the server's certificate, and sent as SNI; empty: the host that is connected to.
  std::string server_name;
  bool verify = true;  ///< false: any certificate will do
};

enum class Topology : std::uint8_t {
  single,    ///< one server: `server`
  sentinel,  ///< the master that `sentinels` name for `master_name`
  cluster,   ///< Redis Cluster, found through `cluster_seeds`
};

/// What a command does that finds no connection.
enum class WhenDown : std::uint8_t {
  fail,  ///< fails at once with Error::not_connected
  wait,  ///< waits until its deadline
};

struct RedisSettings {
  Topology topology = Topology::single;
  ServerAddress server;
  std::vector<ServerAddress> sentinels;
  std::string master_name;
  std::vector<ServerAddress> cluster_seeds;

  std::string username;  ///< empty: the password alone, as before Redis 6
  std::string password;  ///< empty: no AUTH
  std::string sentinel_username;
  std::string sentinel_password;
  unsigned database = 0;    ///< must be 0 with a cluster
  std::string client_name;  ///< shown by CLIENT LIST; empty: none
  TlsSettings tls;          ///< for the sentinels too

  std::chrono::milliseconds connect_timeout{3000};  ///< name, TCP and TLS together
  std::chrono::milliseconds command_timeout{5000};  ///< unless the command brings its own
  /// After this long without a byte from the server it is sent a PING...
  std::chrono::milliseconds liveness{10'000};
  /// ...and the connection is given up if nothing has come for this long after it. Also the limit
  /// for the handshake.
  std::chrono::milliseconds ping_timeout{5000};
  /// The n-th attempt in a row waits a random part of `backoff_min` * 2^n, at most `backoff_max`.
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{5000};
  /// A channel that nobody wants any more is kept this long: rooms that are left are often joined
  /// again.
  std::chrono::milliseconds unsubscribe_delay{5000};

  WhenDown when_down = WhenDown::wait;
  /// Per connection: commands that are not yet sent. One more fails with Error::queue_full.
  std::size_t max_queue_bytes = 16 * 1024 * 1024;
  /// One answer with everything in it. A larger one breaks the connection.
  std::size_t max_reply_bytes = 64 * 1024 * 1024;
};

/// What is wrong with the settings, in a sentence; nullopt if nothing is. Opens no file.
std::optional<std::string> find_fault(const RedisSettings& settings);

/// What the configuration says, without what the adapters of the push nodes add to it.
RedisSettings settings_of(const config::RedisConfig& config);

}  // namespace pushgate::redis
