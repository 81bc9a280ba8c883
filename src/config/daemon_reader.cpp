#include "config/daemon_reader.hpp"

#include <algorithm>
#include <filesystem>

#include "config/addresses.hpp"
#include "config/header_names.hpp"
#include "config/node_reader.hpp"

namespace pushgate::config {

namespace {

constexpr std::uint64_t kMaxThreads = 1024;
constexpr std::uint64_t kMaxConnections = 100'000'000;
constexpr DurationRange kFromZero{milliseconds{0}, DurationRange{}.most};

void read_listener(const Value& value, std::vector<ListenerConfig>& out) {
  ObjectReader reader{value};
  ListenerConfig listener;
  std::optional<Endpoint> address;
  if (const auto member = reader.find("address")) {
    const auto text = read_text(*member);
    if (text) address = read_endpoint(*member, *text, AddressUse::listen);
  } else if (reader.is_object()) {
    value.error("the key \"address\" is missing", "e.g. {\"address\": \"0.0.0.0:6003\"}");
  }
  reader.enumeration("proxyProtocol", listener.proxy_protocol, "PROXY protocol mode",
                     kProxyProtocolNames);
  reader.finish();
  if (!address) return;
  listener.address = *address;
  const bool taken = std::any_of(out.begin(), out.end(), [&](const ListenerConfig& other) {
    return address->port() != 0 && other.address == *address;
  });
  if (taken) value.error("a second listener on " + address->to_string());
  out.push_back(listener);
}

/// `agentPort` and `listeners` add up; the default stands only if neither is given.
void read_listeners(ObjectReader& reader, std::vector<ListenerConfig>& out) {
  const auto port_value = reader.find("agentPort");
  const auto list_value = reader.find("listeners");
  if (!port_value && !list_value) return;
  out.clear();
  if (list_value) {
    for (const Value& element : read_list(*list_value)) read_listener(element, out);
    if (list_value->json->is_array() && list_value->json->empty() && !port_value) {
      list_value->error("no listener: nobody could connect", "leave the key out for port 6003");
    }
  }
  if (!port_value) return;
  const auto port = read_integer(*port_value, {0, 65535});
  if (!port) return;
  const Endpoint address{IpAddress{}, static_cast<std::uint16_t>(*port)};
  const bool taken = std::any_of(out.begin(), out.end(), [&](const ListenerConfig& other) {
    return *port != 0 && other.address.port() == *port;
  });
  if (taken) {
    port_value->error("a listener has port " + std::to_string(*port) + " too",
                      "agentPort is short for {\"address\": \"" + address.to_string() + "\"}");
  }
  out.insert(out.begin(), {address, ProxyProtocolMode::off});
}

/// gopush's own keys for the servers of this host.
void read_servers(ObjectReader& reader, DaemonConfig& out) {
  reader.integer("serverPortStart", out.server_port_start, {0, 65535});
  const auto workers = reader.find("serverWorkers");
  if (!workers) return;
  out.server_workers = static_cast<unsigned>(read_integer(*workers, {0, kMaxThreads}).value_or(0));
  if (out.server_port_start + out.server_workers > 65536) {
    workers->error("the servers' ports would go beyond 65535",
                   "from serverPortStart " + std::to_string(out.server_port_start));
  }
}

/// Beside the configuration file, unless the key says otherwise.
void read_router_file(ObjectReader& reader, const std::string& file, DaemonConfig& out) {
  const std::filesystem::path folder = std::filesystem::path{file}.parent_path();
  std::string name = "router.json";
  if (const auto value = reader.find("router")) {
    out.router_file_is_default = false;
    name = read_text(*value).value_or(name);
    if (name.empty()) value->error("the name of the router file is empty");
  }
  out.router_file = (folder / name).lexically_normal().string();
}

void read_admin(const Value& value, std::optional<Endpoint>& out) {
  const auto text = read_text(value);
  if (!text) return;
  out.reset();
  if (*text != "off") out = read_endpoint(value, *text, AddressUse::listen_unix);
}

void read_trusted_proxies(const Value& value, DaemonConfig& out) {
  read_networks(value, out.trusted_proxies, out.trusted_proxies_text);
}

void read_timeouts(const Value& value, TimeoutConfig& out) {
  ObjectReader reader{value};
  reader.duration("requestHead", out.request_head);
  reader.duration("requestBody", out.request_body);
  reader.duration("connect", out.connect);
  reader.duration("firstByte", out.first_byte);
  reader.duration("responseBody", out.response_body);
  reader.duration("keepAlive", out.keep_alive);
  reader.duration("upstreamIdle", out.upstream_idle);
  reader.duration("tunnelIdle", out.tunnel_idle);
  reader.finish();
}

void read_limits(const Value& value, LimitConfig& out) {
  ObjectReader reader{value};
  reader.size("headBytes", out.head_bytes, {1'024, 1'048'576});
  reader.integer("headFields", out.head_fields, {1, 1000});
  reader.integer("maxConnections", out.max_connections, {0, kMaxConnections});
  reader.integer("maxConnectionsPerIp", out.max_connections_per_ip, {0, kMaxConnections});
  reader.integer("upstreamIdlePerEndpoint", out.upstream_idle_per_endpoint, {0, 100'000});
  reader.finish();
}

void read_upgrade_protocols(const Value& value, std::vector<std::string>& out) {
  out.clear();
  for (const Value& element : read_list(value)) {
    const auto text = read_text(element);
    if (!text) continue;
    std::string fault = fault_of_upgrade_protocol(*text);
    if (fault.empty()) {
      out.push_back(*text);
    } else {
      element.error(std::move(fault));
    }
  }
}

void read_http(const Value& value, HttpConfig& out) {
  ObjectReader reader{value};
  reader.enumeration("trailers", out.pass_trailers, "trailer rule", kTrailerNames);
  reader.boolean("forwarded", out.forwarded);
  reader.boolean("allowBareLf", out.allow_bare_lf);
  if (const auto list = reader.find("upgradeProtocols")) {
    read_upgrade_protocols(*list, out.upgrade_protocols);
  }
  reader.finish();
}

void read_health(const Value& value, PassiveHealthConfig& out) {
  ObjectReader reader{value};
  reader.duration("backoff", out.backoff);
  reader.duration("maxBackoff", out.max_backoff);
  reader.finish();
  if (out.max_backoff < out.backoff) value.error("maxBackoff is shorter than backoff");
}

void read_log(const Value& value, LogConfig& out) {
  ObjectReader reader{value};
  if (const auto level = reader.find("level")) {
    if (const auto index = read_name(*level, "log level", kLogLevels))
      out.level = kLogLevels[*index];
  }
  reader.enumeration("format", out.format, "log format", kLogFormatNames);
  reader.text("file", out.file);
  reader.finish();
}

void read_access_log(const Value& value, AccessLogConfig& out) {
  ObjectReader reader{value};
  reader.boolean("enabled", out.enabled);
  reader.enumeration("format", out.format, "log format", kLogFormatNames);
  reader.text("file", out.file);
  reader.finish();
}

bool overlap(const Endpoint& a, const Endpoint& b) {
  if (a.is_unix() || b.is_unix() || a.port() != b.port() || a.port() == 0) return false;
  static const IpAddress all_ipv6 = IpAddress::v6({});
  const auto is_all = [](const IpAddress& ip) { return ip == IpAddress{} || ip == all_ipv6; };
  return a.address() == b.address() || is_all(a.address()) || is_all(b.address());
}

/// The key that gives the servers their ports, for a message.
std::string ports_key(const Document& document) {
  return document.root().contains("serverPortStart") ? "/serverPortStart" : "/serverWorkers";
}

/// `taken` is where something else of this process listens.
void check_node_ports(Document& document, const DaemonConfig& config, const Endpoint& taken,
                      const std::string& whose) {
  // The default address of the API is not held against an agent that has its port: it opens none.
  const auto& api = config.node.api.address;
  const bool api_is_written = document.root().contains(Json::json_pointer{"/node/api/address"});
  if (api && api_is_written && overlap(*api, taken)) {
    document.error_at_value("/node/api/address", whose + " has this port too");
  }
  if (config.server_port_start == 0) return;
  for (unsigned i = 0; i < config.server_workers; ++i) {
    const auto port = static_cast<std::uint16_t>(config.server_port_start + i);
    if (!overlap({config.node.address, port}, taken)) continue;
    document.error_at_value(ports_key(document), whose + " has port " + std::to_string(port) +
                                                     " too, which is that of a server");
  }
}

/// What the nodes need from other keys.
void check_nodes(Document& document, const DaemonConfig& config) {
  for (const ListenerConfig& listener : config.listeners) {
    check_node_ports(document, config, listener.address,
                     "the listener " + listener.address.to_string());
  }
  if (config.admin) check_node_ports(document, config, *config.admin, "admin");
  if (config.node.store.kind == StoreKind::redis && !config.redis) {
    document.error_at_value("/node/store/kind", "there is no Redis to store in",
                            "name it with redisAdapter, or store in memory");
  }
}

bool asks_redis(const std::vector<IdentitySourceConfig>& sources) {
  return std::any_of(sources.begin(), sources.end(), [](const IdentitySourceConfig& source) {
    return source.kind == SourceKind::redis;
  });
}

/// Whether anything can say who a client is.
bool has_uid(const DaemonConfig& config) {
  return !config.identity.uid.empty() || !config.hooks.agent.empty() ||
         !config.hooks.onupgrade.empty() ||
         config.identity.missing_uid == IdentityConfig::MissingUid::client_ip;
}

/// What single keys cannot show.
void check_whole(Document& document, const DaemonConfig& config) {
  const bool nobody_trusted = config.trusted_proxies.empty();
  for (const ListenerConfig& listener : config.listeners) {
    const std::string name = listener.address.to_string();
    if (listener.proxy_protocol == ProxyProtocolMode::trusted && nobody_trusted) {
      document.error_at_value("/listeners", "the listener " + name +
                                                " reads PROXY headers of trusted proxies, but "
                                                "trustedProxies is empty");
    }
    if (config.admin && overlap(*config.admin, listener.address)) {
      document.error_at_value("/admin", "the listener " + name + " has this port too");
    }
  }
  const IdentityConfig& identity = config.identity;
  if (!config.redis && !identity.redis &&
      (asks_redis(identity.uid) || asks_redis(identity.product))) {
    document.error_at_value("/identity", "there is no Redis that could be asked",
                            "name it with identity.redis, or with redisAdapter");
  }
  if (!has_uid(config)) {
    document.error_at_value("/identity", "no source of a uid: every request would be refused",
                            "name one, or a hook, or set missingUid to \"clientIp\"");
  }
  check_nodes(document, config);
}

}  // namespace

DaemonConfig read_daemon(Document& document) {
  DaemonConfig out;
  out.file = document.file();
  ObjectReader reader{Value::root(document)};
  std::string schema;  // for editors; nothing here looks at it
  reader.text("$schema", schema);
  read_listeners(reader, out.listeners);
  reader.integer("agentWorkers", out.agent_workers, {0, kMaxThreads});
  read_servers(reader, out);
  reader.section("redisAdapter", read_redis, out.redis);
  if (out.redis) out.node.store.kind = StoreKind::redis;
  reader.section("node", read_node, out.node);
  read_router_file(reader, document.file(), out);
  reader.section("admin", read_admin, out.admin);
  reader.section("trustedProxies", read_trusted_proxies, out);
  reader.enumeration("hash", out.default_hash, "hash policy", kHashNames);
  reader.section("identity", read_identity, out.identity);
  reader.section("hooks", read_hooks, out.hooks);
  reader.section("timeouts", read_timeouts, out.timeouts);
  reader.section("limits", read_limits, out.limits);
  reader.section("http", read_http, out.http);
  reader.section("health", read_health, out.health);
  reader.duration("drainLead", out.drain_lead, kFromZero);
  reader.duration("drainTimeout", out.drain_timeout, kFromZero);
  reader.section("log", read_log, out.log);
  reader.section("accessLog", read_access_log, out.access_log);
  reader.finish();
  if (reader.is_object()) check_whole(document, out);
  return out;
}

}  // namespace pushgate::config
