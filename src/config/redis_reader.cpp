// The key "redisAdapter" of pushgate.json.

#include <algorithm>

#include "config/addresses.hpp"
#include "config/daemon_reader.hpp"
#include "config/values.hpp"

namespace pushgate::config {

namespace {

constexpr std::size_t kMaxUnixPath = 107;
constexpr std::uint64_t kMaxDatabase = 65'535;  // servers have 16 unless they are told otherwise
constexpr SizeRange kQueueBytes{1'024, std::uint64_t{1} << 40};

void read_addresses(const Value& value, std::vector<HostPort>& out) {
  for (const Value& element : read_list(value)) {
    if (auto address = read_host_port(element)) out.push_back(*std::move(address));
  }
}

void read_host_name(const Value& value, std::string& out) {
  auto text = read_text(value);
  if (!text) return;
  if (is_host(*text)) {
    out = *std::move(text);
  } else {
    value.error(show(*value.json) + " is neither an IP address nor a host name",
                "the port has a key of its own, and so has a unix socket: \"path\"");
  }
}

void read_socket_path(const Value& value, std::string& out) {
  auto text = read_text(value);
  if (!text) return;
  if (text->size() > kMaxUnixPath) value.error("the path of a unix socket has 1 to 107 bytes");
  out = *std::move(text);
}

void read_sentinel(const Value& value, std::optional<RedisSentinelConfig>& out) {
  ObjectReader reader{value};
  out.emplace();
  reader.section("addresses", read_addresses, out->addresses);
  reader.text("master", out->master);
  reader.text("username", out->username);
  reader.text("password", out->password);
  reader.finish();
  if (!reader.is_object()) return;
  if (!value.json->contains("addresses") || (*value.json)["addresses"].empty()) {
    value.error("no sentinel is named", R"(e.g. "addresses": ["10.0.0.1:26379"])");
  }
  if (out->master.empty()) {
    value.error("the name of the master is missing", R"(e.g. "master": "mymaster")");
  }
}

void read_tls(const Value& value, std::optional<RedisTlsConfig>& out) {
  ObjectReader reader{value};
  out.emplace();
  read_file_name(reader, "ca", out->ca);
  read_file_name(reader, "cert", out->cert);
  read_file_name(reader, "key", out->key);
  if (const auto name = reader.find("serverName")) {
    auto text = read_text(*name);
    if (text && !text->empty() && !is_host(*text)) {
      name->error(show(*name->json) + " is no host name");
    } else if (text) {
      out->server_name = *std::move(text);
    }
  }
  reader.boolean("verify", out->verify);
  reader.finish();
  if (out->cert.empty() != out->key.empty()) {
    value.error(
        out->cert.empty() ? "a key without its certificate" : "a certificate without its key",
        "give both cert and key, or neither");
  }
}

void read_wire(ObjectReader& reader, RedisConfig& out) {
  reader.enumeration("mode", out.mode, "mode", kRedisModeNames);
  read_nonempty(reader, "prefix", out.prefix);
  reader.enumeration("subscribe", out.subscribe, "way to subscribe", kRedisSubscribeNames);
  reader.boolean("specificResponseChannel", out.specific_response_channel);
  reader.enumeration("subscriptionMode", out.subscription_mode, "subscription mode",
                     kShardedRoomsNames);
  read_nonempty(reader, "streamName", out.stream_name);
  reader.integer("streamCount", out.stream_count, {1, 1'024});
  reader.integer("streamMaxLength", out.stream_max_length, {1, 1'000'000'000});
  read_nonempty(reader, "keyPrefix", out.key_prefix);
  reader.duration("requestsTimeout", out.requests_timeout);
  reader.enumeration("publishWhenDown", out.publish_when_down, "rule for a lost Redis",
                     kWhenRedisIsDownNames);
  reader.size("queueBytes", out.queue_bytes, kQueueBytes);
}

/// A server is reached in one way, and not every way goes with everything.
void check_way(const Value& value, const RedisConfig& redis) {
  const bool has_host = value.json->contains("host") || value.json->contains("port");
  const bool has_path = !redis.path.empty();
  const bool has_cluster = !redis.cluster.empty();
  const int others = int{has_path} + int{has_cluster} + int{redis.sentinel.has_value()};
  if (others > 1 || (others == 1 && has_host)) {
    value.error("more than one way to a server", "one of: host and port, path, sentinel, cluster");
  }
  if (has_cluster && redis.database != 0) {
    value.error("a cluster has only database 0", "leave database out");
  }
  if (has_path && redis.tls) {
    value.error("a unix socket carries no TLS", "leave tls out");
  }
}

}  // namespace

void read_redis(const Value& value, std::optional<RedisConfig>& out) {
  ObjectReader reader{value};
  out.emplace();
  reader.section("host", read_host_name, out->host);
  reader.integer("port", out->port, {1, 65535});
  reader.section("path", read_socket_path, out->path);
  reader.section("sentinel", read_sentinel, out->sentinel);
  reader.section("cluster", read_addresses, out->cluster);
  reader.text("username", out->username);
  reader.text("password", out->password);
  reader.integer("database", out->database, {0, kMaxDatabase});
  reader.section("tls", read_tls, out->tls);
  reader.duration("timeout", out->timeout);
  read_wire(reader, *out);
  reader.finish();
  if (reader.is_object()) check_way(value, *out);
}

}  // namespace pushgate::config
