#include "config/dump_node.hpp"

#include "pushgate/base/units.hpp"
#include "pushgate/config/redact.hpp"

#include "config/names.hpp"

namespace pushgate::config {

namespace {

template <class Table, class Enum>
Json names_of(const Table& table, const std::vector<Enum>& values) {
  Json list = Json::array();
  for (const Enum value : values) list.push_back(name_in(table, value));
  return list;
}

Json or_off(const std::optional<std::string>& text) { return text.value_or("off"); }

Json compression(const CompressionConfig& config) {
  return {{"enabled", config.enabled},
          {"threshold", format_size(config.threshold)},
          {"level", config.level}};
}

Json rules(const std::vector<RoomRule>& rules) {
  Json list = Json::array();
  for (const RoomRule& rule : rules) {
    Json entry{{"match", rule.match}};
    if (rule.history) {
      entry["history"] = {{"size", rule.history->size},
                          {"ttl", format_duration(rule.history->ttl)}};
    }
    entry["presence"] = rule.presence;
    entry["whenFull"] = name_in(kWhenFullNames, rule.when_full);
    entry["join"] = name_in(kRoomAccessNames, rule.join);
    entry["publish"] = name_in(kRoomAccessNames, rule.publish);
    list.push_back(std::move(entry));
  }
  return list;
}

void add_protocol(Json& out, const NodeConfig& node) {
  out["path"] = node.path;
  out["namespaces"] = node.namespaces;
  out["transports"] = names_of(kTransportNames, node.transports);
  out["allowEIO3"] = node.allow_eio3;
  out["pingInterval"] = format_duration(node.ping_interval);
  out["pingTimeout"] = format_duration(node.ping_timeout);
  out["upgradeTimeout"] = format_duration(node.upgrade_timeout);
  out["connectTimeout"] = format_duration(node.connect_timeout);
  out["ackTimeout"] = format_duration(node.ack_timeout);
  out["maxPayload"] = format_size(node.max_payload);
  out["maxAttachments"] = node.max_attachments;
  out["maxNamespaces"] = node.max_namespaces;
  out["maxRoomsPerSocket"] = node.max_rooms_per_socket;
  out["compression"] = compression(node.compression);
  out["httpCompression"] = compression(node.http_compression);
  out["handshakeHeaders"] = node.handshake_headers;
}

void add_messages(Json& out, const NodeConfig& node) {
  out["events"] = names_of(kEventSetNames, node.events);
  out["rooms"] = rules(node.rooms);
  out["queue"] = {{"bytes", format_size(node.queue.bytes)},
                  {"whenFull", name_in(kWhenFullNames, node.queue.when_full)}};
  out["resyncEvent"] = or_off(node.resync_event);
  out["recovery"] = {{"enabled", node.recovery.enabled},
                     {"maxDisconnection", format_duration(node.recovery.max_disconnection)}};
  out["mailbox"] = {{"enabled", node.mailbox.enabled},
                    {"size", node.mailbox.size},
                    {"ttl", format_duration(node.mailbox.ttl)}};
  out["store"] = {{"kind", name_in(kStoreNames, node.store.kind)},
                  {"bytes", format_size(node.store.bytes)}};
  out["presence"] = {{"lease", format_duration(node.presence.lease)}};
}

Json api(const ApiConfig& config) {
  Json keys = Json::array();
  for (const std::string& key : config.keys) keys.push_back(redact(key));
  return {{"address", config.address ? config.address->to_string() : "off"},
          {"keys", std::move(keys)},
          {"maxBody", format_size(config.max_body)}};
}

Json webhook(const WebhookConfig& config) {
  return {{"url", config.url},
          {"secret", redact(config.secret)},
          {"events", names_of(kWebhookEventNames, config.events)},
          {"batchSize", config.batch_size},
          {"batchDelay", format_duration(config.batch_delay)},
          {"timeout", format_duration(config.timeout)},
          {"retries", config.retries},
          {"queueBytes", format_size(config.queue_bytes)}};
}

Json admin_ui(const AdminUiConfig& config) {
  return {{"enabled", config.enabled},
          {"username", config.username},
          {"password", redact(config.password)},
          {"readOnly", config.read_only},
          {"development", config.development}};
}

Json addresses(const std::vector<HostPort>& list) {
  Json out = Json::array();
  for (const HostPort& address : list) {
    const bool ipv6 = address.host.find(':') != std::string::npos;
    out.push_back((ipv6 ? '[' + address.host + ']' : address.host) + ':' +
                  std::to_string(address.port));
  }
  return out;
}

void add_way(Json& out, const RedisConfig& redis) {
  if (!redis.cluster.empty()) {
    out["cluster"] = addresses(redis.cluster);
  } else if (redis.sentinel) {
    out["sentinel"] = {{"addresses", addresses(redis.sentinel->addresses)},
                       {"master", redis.sentinel->master},
                       {"username", redis.sentinel->username},
                       {"password", redact(redis.sentinel->password)}};
  } else if (!redis.path.empty()) {
    out["path"] = redis.path;
  } else {
    out["host"] = redis.host;
    out["port"] = redis.port;
  }
}

}  // namespace

Json dump_node(const NodeConfig& node) {
  Json out{{"address", node.address.to_string()}, {"threads", node.threads}};
  if (!node.name.empty()) out["name"] = node.name;
  out["maxConnections"] = node.max_connections;
  out["trustedAgents"] = node.trusted_agents_text;
  if (node.cors) {
    out["cors"] = {{"origins", node.cors->origins}, {"credentials", node.cors->credentials}};
  }
  add_protocol(out, node);
  out["plainWebSocket"] = or_off(node.plain_websocket);
  out["sse"] = or_off(node.sse);
  out["demo"] = node.demo;
  out["clientFiles"] = or_off(node.client_files);
  add_messages(out, node);
  out["api"] = api(node.api);
  if (node.webhook) out["webhook"] = webhook(*node.webhook);
  out["adminUi"] = admin_ui(node.admin_ui);
  return out;
}

Json dump_redis(const RedisConfig& redis) {
  Json out = Json::object();
  add_way(out, redis);
  out["username"] = redis.username;
  out["password"] = redact(redis.password);
  out["database"] = redis.database;
  if (redis.tls) {
    out["tls"] = {{"ca", redis.tls->ca},
                  {"cert", redis.tls->cert},
                  {"key", redis.tls->key},
                  {"serverName", redis.tls->server_name},
                  {"verify", redis.tls->verify}};
  }
  out["timeout"] = format_duration(redis.timeout);
  out["mode"] = name_in(kRedisModeNames, redis.mode);
  out["prefix"] = redis.prefix;
  out["subscribe"] = name_in(kRedisSubscribeNames, redis.subscribe);
  out["specificResponseChannel"] = redis.specific_response_channel;
  out["subscriptionMode"] = name_in(kShardedRoomsNames, redis.subscription_mode);
  out["streamName"] = redis.stream_name;
  out["streamCount"] = redis.stream_count;
  out["streamMaxLength"] = redis.stream_max_length;
  out["keyPrefix"] = redis.key_prefix;
  out["requestsTimeout"] = format_duration(redis.requests_timeout);
  out["publishWhenDown"] = name_in(kWhenRedisIsDownNames, redis.publish_when_down);
  out["queueBytes"] = format_size(redis.queue_bytes);
  return out;
}

}  // namespace pushgate::config
