#include "pushgate/config/dump.hpp"

#include <filesystem>

#include "pushgate/base/units.hpp"

#include "config/dump_identity.hpp"
#include "config/dump_node.hpp"
#include "config/names.hpp"

namespace pushgate::config {

namespace {

constexpr int kIndent = 2;

Json listeners(const DaemonConfig& daemon) {
  Json list = Json::array();
  for (const ListenerConfig& listener : daemon.listeners) {
    list.push_back({{"address", listener.address.to_string()},
                    {"proxyProtocol", name_in(kProxyProtocolNames, listener.proxy_protocol)}});
  }
  return list;
}

Json timeouts(const TimeoutConfig& config) {
  return {{"requestHead", format_duration(config.request_head)},
          {"requestBody", format_duration(config.request_body)},
          {"connect", format_duration(config.connect)},
          {"firstByte", format_duration(config.first_byte)},
          {"responseBody", format_duration(config.response_body)},
          {"keepAlive", format_duration(config.keep_alive)},
          {"upstreamIdle", format_duration(config.upstream_idle)},
          {"tunnelIdle", format_duration(config.tunnel_idle)}};
}

Json limits(const LimitConfig& config) {
  return {{"headBytes", format_size(config.head_bytes)},
          {"headFields", config.head_fields},
          {"maxConnections", config.max_connections},
          {"maxConnectionsPerIp", config.max_connections_per_ip},
          {"upstreamIdlePerEndpoint", config.upstream_idle_per_endpoint}};
}

Json http(const HttpConfig& config) {
  return {{"trailers", name_in(kTrailerNames, config.pass_trailers)},
          {"forwarded", config.forwarded},
          {"allowBareLf", config.allow_bare_lf},
          {"upgradeProtocols", config.upgrade_protocols}};
}

Json logs(const DaemonConfig& daemon) {
  return {{"level", daemon.log.level},
          {"format", name_in(kLogFormatNames, daemon.log.format)},
          {"file", daemon.log.file}};
}

Json access_log(const AccessLogConfig& config) {
  return {{"enabled", config.enabled},
          {"format", name_in(kLogFormatNames, config.format)},
          {"file", config.file}};
}

/// A "$" that would be special when it is read back is doubled: "${" and "$$".
std::string escape_dollars(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '$' && (next == '$' || next == '{')) out += '$';
  }
  return out;
}

void escape_variables(Json& json) {
  if (json.is_string()) json = escape_dollars(json.get_ref<const std::string&>());
  if (!json.is_structured()) return;
  for (Json& member : json) escape_variables(member);
}

/// The library throws on a string that is not UTF-8 (a file name from the command line may be one):
/// it is shown with U+FFFD instead.
std::string to_text(Json json) {
  escape_variables(json);
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + '\n';
}

Json backend(const BackendConfig& config, std::size_t index) {
  Json out{{"id", config.id}, {"address", config.address}, {"weight", config.weight}};
  if (config.server != index) out["server"] = config.server;
  return out;
}

Json product(const ProductConfig& config, const DaemonConfig& daemon) {
  Json backends = Json::array();
  for (std::size_t i = 0; i < config.backends.size(); ++i) {
    backends.push_back(backend(config.backends[i], i));
  }
  const TimeoutConfig& defaults = daemon.timeouts;
  Json out{
      {"backends", std::move(backends)},
      {"hash", name_in(kHashNames, config.hash.value_or(daemon.default_hash))},
      {"timeouts",
       {{"connect", format_duration(config.connect_timeout.value_or(defaults.connect))},
        {"firstByte", format_duration(config.first_byte_timeout.value_or(defaults.first_byte))},
        {"tunnelIdle",
         format_duration(config.tunnel_idle_timeout.value_or(defaults.tunnel_idle))}}},
      {"retries", config.retries}};
  if (config.when) out["when"] = dump_condition(*config.when);
  return out;
}

}  // namespace

std::string dump_daemon(const DaemonConfig& daemon) {
  Json out;
  out["listeners"] = listeners(daemon);
  out["agentWorkers"] = daemon.agent_workers;
  out["serverPortStart"] = daemon.server_port_start;
  out["serverWorkers"] = daemon.server_workers;
  if (daemon.redis) out["redisAdapter"] = dump_redis(*daemon.redis);
  out["node"] = dump_node(daemon.node);
  if (!daemon.router_file_is_default) {
    out["router"] = std::filesystem::absolute(daemon.router_file).lexically_normal().string();
  }
  out["admin"] = daemon.admin ? daemon.admin->to_string() : "off";
  out["trustedProxies"] = daemon.trusted_proxies_text;
  out["hash"] = name_in(kHashNames, daemon.default_hash);
  out["identity"] = dump_identity(daemon.identity);
  out["hooks"] = dump_hooks(daemon.hooks);
  out["timeouts"] = timeouts(daemon.timeouts);
  out["limits"] = limits(daemon.limits);
  out["http"] = http(daemon.http);
  out["health"] = {{"backoff", format_duration(daemon.health.backoff)},
                   {"maxBackoff", format_duration(daemon.health.max_backoff)}};
  out["drainLead"] = format_duration(daemon.drain_lead);
  out["drainTimeout"] = format_duration(daemon.drain_timeout);
  out["log"] = logs(daemon);
  out["accessLog"] = access_log(daemon.access_log);
  return to_text(std::move(out));
}

std::string dump_router(const RouterConfig& router, const DaemonConfig& daemon) {
  Json out = Json::object();
  for (const ProductConfig& config : router.products) out[config.name] = product(config, daemon);
  return to_text(std::move(out));
}

std::string_view to_string(HashKind kind) noexcept { return name_in(kHashNames, kind); }

std::string_view to_string(ProxyProtocolMode mode) noexcept {
  return name_in(kProxyProtocolNames, mode);
}

}  // namespace pushgate::config
