#include "node/session/client_origin.hpp"

#include <ctime>
#include <optional>
#include <utility>

#include "pushgate/base/identity.hpp"
#include "pushgate/base/text.hpp"
#include "pushgate/http/forwarded.hpp"
#include "pushgate/http/percent.hpp"
#include "pushgate/http/query.hpp"
#include "pushgate/node/json_text.hpp"

#include "node/node_snapshot.hpp"

namespace pushgate::node {

namespace {

const http::Field* find_named(const http::RequestHead& head, std::string_view name) noexcept {
  for (const http::Field& field : head.fields) {
    if (iequals(field.name, name)) return &field;
  }
  return nullptr;
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (out.size() > 1) out += ',';
  append_json_string(out, name);
  out += ':';
  append_json_string(out, value);
}

std::string kept_headers(const http::RequestHead& head, const NodeSnapshot& settings) {
  const std::vector<std::string>& names = settings.config().handshake_headers;
  std::size_t bytes = 2;
  for (const std::string& name : names) {
    const http::Field* const field = find_named(head, name);
    if (field != nullptr) bytes += name.size() + field->value.size() + 6;  // "":"",
  }
  std::string json;
  json.reserve(bytes);  // it stays as long as the client
  json = "{";
  for (const std::string& name : names) {
    if (const http::Field* const field = find_named(head, name)) {
      append_member(json, name, field->value);
    }
  }
  json += '}';
  return json;
}

/// "Sat Nov 21 2026 17:31:16 GMT+0000 (Coordinated Universal Time)": what JavaScript prints.
std::string javascript_date(std::int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[80];
  const std::size_t size = std::strftime(
      text, sizeof text, "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)", &parts);
  return {text, size};
}

}  // namespace

ClientOrigin origin_of(const http::RequestHead& head, const Endpoint& peer,
                       const NodeSnapshot& settings, std::int64_t now_ms) {
  ClientOrigin origin;
  origin.address = peer.is_unix() ? std::string{} : peer.address().to_string();
  origin.url = head.target;
  origin.headers = kept_headers(head, settings);
  origin.issued_ms = now_ms;
  origin.is_cross_domain = head.find(http::FieldId::origin) != nullptr;
  // Nobody but processes of this host reaches a unix socket.
  const bool is_agent = peer.is_unix() || settings.config().trusted_agents.contains(peer.address());
  if (is_agent) {
    const http::Field* const uid = find_named(head, settings.uid_header);
    const http::Field* const product = find_named(head, settings.product_header);
    if (uid != nullptr && Identity::valid_uid(uid->value)) origin.uid = uid->value;
    if (product != nullptr && Identity::valid_product(product->value)) {
      origin.product = product->value;
    }
  }
  if (is_agent || settings.trusted_peers.contains(peer.address())) {
    if (!peer.is_unix()) {
      origin.address =
          http::resolve_client(head.fields, peer.address(), settings.trusted_peers).to_string();
    }
    const http::Field* const scheme = head.find(http::FieldId::x_forwarded_proto);
    origin.is_secure =
        scheme != nullptr && (iequals(scheme->value, "https") || iequals(scheme->value, "wss"));
  }
  return origin;
}

std::string ClientOrigin::handshake_without_auth() const {
  std::string json = "{\"headers\":" + headers;
  json += ",\"time\":\"" + javascript_date(issued_ms) + '"';
  json += ",\"address\":";
  append_json_string(json, address);
  json += is_cross_domain ? ",\"xdomain\":true" : ",\"xdomain\":false";
  json += is_secure ? ",\"secure\":true" : ",\"secure\":false";
  json += ",\"issued\":" + std::to_string(issued_ms);
  json += ",\"url\":";
  append_json_string(json, url);
  const std::size_t mark = url.find('?');
  json += ",\"query\":";
  json += query_as_json(mark == std::string::npos ? std::string_view{}
                                                  : std::string_view{url}.substr(mark + 1));
  return json;
}

std::string query_as_json(std::string_view query) {
  std::string json = "{";
  for (http::ParameterReader reader{query}; const auto parameter = reader.next();) {
    const std::optional<std::string> name =
        http::percent_decode(parameter->name, http::Plus::space);
    const std::optional<std::string> value =
        http::percent_decode(parameter->value, http::Plus::space);
    if (name && value) append_member(json, *name, *value);
  }
  json += '}';
  return json;
}

}  // namespace pushgate::node
