#pragma once
// daemon_config.hpp - config/pushgate.json as values, with every default in one place.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/ip_address.hpp"
#include "pushgate/config/identity_config.hpp"
#include "pushgate/config/node_config.hpp"
#include "pushgate/config/redis_config.hpp"

namespace pushgate::config {

/// Whether a listener reads a PROXY protocol header before the first byte of HTTP.
enum class ProxyProtocolMode : std::uint8_t {
  off,
  required,  ///< every connection starts with one, or is closed
  trusted,   ///< connections from `trustedProxies` start with one; others may not
};

struct ListenerConfig {
  Endpoint address;
  ProxyProtocolMode proxy_protocol = ProxyProtocolMode::off;

  friend bool operator==(const ListenerConfig&, const ListenerConfig&) = default;
};

struct TimeoutConfig {
  milliseconds request_head{10'000};  ///< absolute, from the first byte (or accept) to the last
  milliseconds request_body{30'000};  ///< without progress
  milliseconds connect{5'000};
  milliseconds first_byte{60'000};     ///< from the request sent to the first byte of the response
  milliseconds response_body{60'000};  ///< without progress in either direction
  milliseconds keep_alive{60'000};     ///< an idle client connection
  /// An idle pooled connection to a node. Below the 5 s after which Node.js closes one: a POST that
  /// meets that close is lost. A node that announces less (Keep-Alive: timeout=N) gets less.
  milliseconds upstream_idle{4'000};
  milliseconds tunnel_idle{3'600'000};

  friend bool operator==(const TimeoutConfig&, const TimeoutConfig&) = default;
};

struct LimitConfig {
  std::uint64_t head_bytes = 16'384;
  std::uint64_t head_fields = 100;
  std::uint64_t max_connections = 0;              ///< 0: computed from the descriptor limit
  std::uint64_t max_connections_per_ip = 0;       ///< 0: no limit
  std::uint64_t upstream_idle_per_endpoint = 64;  ///< pooled idle connections, per thread

  friend bool operator==(const LimitConfig&, const LimitConfig&) = default;
};

enum class LogFormat : std::uint8_t { text, json };

struct LogConfig {
  std::string level = "info";  ///< trace, debug, info, warn, error
  LogFormat format = LogFormat::text;
  std::string file;  ///< empty: standard error

  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

struct AccessLogConfig {
  bool enabled = true;
  LogFormat format = LogFormat::text;
  std::string file;  ///< empty: standard output

  friend bool operator==(const AccessLogConfig&, const AccessLogConfig&) = default;
};

enum class HashKind : std::uint8_t { rendezvous, ketama, maglev, modulo };

struct HttpConfig {
  bool pass_trailers = false;
  bool forwarded = false;  ///< also send the standard Forwarded field (RFC 7239)
  bool allow_bare_lf = false;
  std::vector<std::string> upgrade_protocols{"websocket"};

  friend bool operator==(const HttpConfig&, const HttpConfig&) = default;
};

struct PassiveHealthConfig {
  milliseconds backoff{1'000};  ///< after the first failed connect; doubles with each further one
  milliseconds max_backoff{30'000};

  friend bool operator==(const PassiveHealthConfig&, const PassiveHealthConfig&) = default;
};

struct DaemonConfig {
  std::string file;  ///< as it was named, for messages
  std::vector<ListenerConfig> listeners{{Endpoint{IpAddress{}, 6003}, ProxyProtocolMode::off}};
  unsigned agent_workers = 0;  ///< io threads; 0: one per core
  std::string router_file;     ///< absolute, or relative to the working directory; never empty
  bool router_file_is_default = true;  ///< the key "router" was absent
  std::optional<Endpoint> admin =
      Endpoint{IpAddress::v4({127, 0, 0, 1}), 6004};  ///< nullopt: "off"
  CidrSet trusted_proxies;
  std::vector<std::string> trusted_proxies_text;
  HashKind default_hash = HashKind::rendezvous;
  IdentityConfig identity;
  HookConfig hooks;
  TimeoutConfig timeouts;
  LimitConfig limits;
  HttpConfig http;
  PassiveHealthConfig health;
  milliseconds drain_lead{0};          ///< between SIGTERM and the listeners closing
  milliseconds drain_timeout{30'000};  ///< how long requests and tunnels may then go on
  LogConfig log;
  AccessLogConfig access_log;

  // The push nodes. The agent reads the first two only to find its back ends on this host.
  std::uint16_t server_port_start = 4000;  ///< of the first node; 0: the kernel chooses for each
  unsigned server_workers = 0;             ///< nodes of this process; 0: one per core
  std::optional<RedisConfig> redis;        ///< "redisAdapter"; nullopt: no other process
  NodeConfig node;

  friend bool operator==(const DaemonConfig&, const DaemonConfig&) = default;
};

}  // namespace pushgate::config
