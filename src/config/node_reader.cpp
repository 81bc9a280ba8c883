#include "config/node_reader.hpp"

#include "pushgate/base/text.hpp"

#include "config/addresses.hpp"
#include "config/header_names.hpp"
#include "config/values.hpp"

namespace pushgate::config {

namespace {

constexpr std::uint64_t kMaxConnections = 100'000'000;
constexpr SizeRange kPayloads{1'024, 1'073'741'824};

void read_address(const Value& value, IpAddress& out) {
  const auto text = read_text(value);
  if (!text) return;
  if (const auto address = read_host(value, *text)) out = *address;
}

void read_trusted_agents(const Value& value, NodeConfig& out) {
  read_networks(value, out.trusted_agents, out.trusted_agents_text);
}

/// The origin of a page: "https://example.com", without a path (RFC 6454 section 6.1).
bool is_origin(std::string_view text) {
  if (text == "*" || text == "null") return true;
  const std::size_t scheme = text.find("://");
  if (scheme == 0 || scheme == std::string_view::npos || has_control(text)) return false;
  const std::string_view host = text.substr(scheme + 3);
  return !host.empty() && host.find_first_of("/?# ") == std::string_view::npos;
}

void read_cors(const Value& value, std::optional<CorsConfig>& out) {
  ObjectReader reader{value};
  out.emplace();
  bool any = false;
  const auto origins = reader.find("origins");
  if (origins) {
    for (const Value& element : read_list(*origins)) {
      auto text = read_text(element);
      if (!text) continue;
      if (!is_origin(*text)) {
        element.error(show(*element.json) + " is no origin",
                      R"(scheme and host, without a path: "https://example.com"; "*" is any)");
      }
      any = any || *text == "*";
      out->origins.push_back(*std::move(text));
    }
  }
  reader.boolean("credentials", out->credentials);
  reader.finish();
  if (reader.is_object() && (!origins || origins->json->empty())) {
    value.error("no origin is allowed", R"(name them with "origins", or leave cors out)");
  }
  if (any && out->credentials) {
    value.error("credentials for any origin: every page could act as its visitor",
                "name the origins, or leave credentials out");
  }
}

void read_compression(const Value& value, CompressionConfig& out) {
  ObjectReader reader{value};
  reader.boolean("enabled", out.enabled);
  reader.size("threshold", out.threshold, {0, kPayloads.most});
  reader.integer("level", out.level, {1, 9});
  reader.finish();
}

void read_engine_path(const Value& value, std::string& out) {
  read_request_path(value, out);
  if (!out.ends_with('/')) out += '/';
}

void read_namespaces(const Value& value, std::vector<std::string>& out) {
  out.clear();
  for (const Value& element : read_list(value)) {
    auto text = read_text(element);
    if (!text) continue;
    const bool usable = *text == "*" || (text->starts_with('/') && !has_control(*text) &&
                                         text->find_first_of(",?") == std::string::npos);
    if (!usable) {
      element.error(show(*element.json) + " is no namespace",
                    R"(it begins with a slash and has no comma and no "?"; "*" is any)");
    }
    out.push_back(*std::move(text));
  }
  if (value.json->is_array() && value.json->empty()) {
    value.error("no namespace: nobody could connect", R"(["/"] is the default)");
  }
}

void read_transports(const Value& value, std::vector<TransportKind>& out) {
  out = read_enum_list(value, "transport", kTransportNames);
  if (value.json->is_array() && value.json->empty()) {
    value.error("no transport: nobody could connect", "polling, websocket, or both");
  }
}

void read_handshake_headers(const Value& value, std::vector<std::string>& out) {
  out.clear();
  for (const Value& element : read_list(value)) {
    auto text = read_text(element);
    if (!text) continue;
    if (!is_token(*text)) element.error(show(*element.json) + " is not a header name");
    for (char& c : *text) c = to_lower(c);
    out.push_back(*std::move(text));
  }
}

void read_client_files(const Value& value, std::optional<std::string>& out) {
  const auto text = read_text(value);
  if (!text) return;
  out.reset();
  if (*text != "off") out = absolute_name(value, *text);
}

void read_place(ObjectReader& reader, NodeConfig& out) {
  reader.section("address", read_address, out.address);
  reader.integer("threads", out.threads, {1, 256});
  read_nonempty(reader, "name", out.name);
  reader.integer("maxConnections", out.max_connections, {0, kMaxConnections});
  reader.section("trustedAgents", read_trusted_agents, out);
  reader.section("cors", read_cors, out.cors);
}

void read_event_rate(const Value& value, EventRateConfig& out) {
  ObjectReader reader{value};
  reader.integer("perSecond", out.per_second, {0, 1'000'000});
  reader.integer("burst", out.burst, {0, 1'000'000});
  reader.enumeration("whenExceeded", out.when_exceeded, "rule for events beyond the rate",
                     kWhenExceededNames);
  reader.finish();
}

void read_protocol(ObjectReader& reader, NodeConfig& out) {
  reader.section("path", read_engine_path, out.path);
  reader.section("namespaces", read_namespaces, out.namespaces);
  reader.section("transports", read_transports, out.transports);
  reader.boolean("allowEIO3", out.allow_eio3);
  reader.duration("pingInterval", out.ping_interval);
  reader.duration("pingTimeout", out.ping_timeout);
  reader.duration("upgradeTimeout", out.upgrade_timeout);
  reader.duration("connectTimeout", out.connect_timeout);
  reader.duration("ackTimeout", out.ack_timeout);
  reader.size("maxPayload", out.max_payload, kPayloads);
  reader.integer("maxAttachments", out.max_attachments, {0, 10'000});
  reader.integer("maxPackets", out.max_packets, {1, 1'000'000});
  reader.integer("maxNamespaces", out.max_namespaces, {1, 10'000});
  reader.integer("maxRoomsPerSocket", out.max_rooms_per_socket, {0, 1'000'000});
  reader.section("eventRate", read_event_rate, out.event_rate);
  reader.section("compression", read_compression, out.compression);
  reader.section("httpCompression", read_compression, out.http_compression);
  reader.section("handshakeHeaders", read_handshake_headers, out.handshake_headers);
}

void read_pages(ObjectReader& reader, NodeConfig& out) {
  reader.section("plainWebSocket", read_path_or_off, out.plain_websocket);
  reader.section("sse", read_path_or_off, out.sse);
  reader.boolean("demo", out.demo);
  reader.section("clientFiles", read_client_files, out.client_files);
}

/// Two things cannot be at one path.
void check_paths(const Value& value, const NodeConfig& node) {
  const auto hides = [&](const std::optional<std::string>& path) {
    return path && (*path + '/').starts_with(node.path);
  };
  if (hides(node.plain_websocket)) value.error("plainWebSocket lies below path " + node.path);
  if (hides(node.sse)) value.error("sse lies below path " + node.path);
  if (node.sse && node.sse == node.plain_websocket) {
    value.error("sse and plainWebSocket have one path");
  }
  if (node.demo && (node.sse == "/" || node.plain_websocket == "/")) {
    value.error("the demo page is at /, where something else is", "move that, or leave demo out");
  }
}

}  // namespace

void read_node(const Value& value, NodeConfig& out) {
  ObjectReader reader{value};
  read_place(reader, out);
  read_protocol(reader, out);
  read_pages(reader, out);
  read_messages(reader, out);
  read_services(reader, out);
  reader.finish();
  if (reader.is_object()) check_paths(value, out);
  if (out.queue.bytes < out.max_payload) {
    value.error("a message of maxPayload bytes would not fit into queue.bytes",
                "raise queue.bytes, or lower maxPayload");
  }
}

}  // namespace pushgate::config
