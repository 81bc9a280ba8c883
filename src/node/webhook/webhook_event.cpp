#include "node/webhook/webhook_event.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "pushgate/node/json_text.hpp"

namespace pushgate::node {

namespace {

std::string begin_event(config::WebhookEvent event, std::int64_t now_ms, std::string_view node,
                        std::string_view nsp) {
  std::string json = "{\"event\":\"";
  json.append(name_of(event)).append("\",\"at\":").append(std::to_string(now_ms));
  json += webhook_member("node", node);
  json += webhook_member("nsp", nsp);
  return json;
}

}  // namespace

std::string_view name_of(config::WebhookEvent event) noexcept {
  switch (event) {
    case config::WebhookEvent::connect:
      return "connect";
    case config::WebhookEvent::disconnect:
      return "disconnect";
    case config::WebhookEvent::join:
      return "join";
    case config::WebhookEvent::leave:
      return "leave";
    case config::WebhookEvent::room_occupied:
      return "roomOccupied";
    case config::WebhookEvent::room_vacated:
      return "roomVacated";
    case config::WebhookEvent::event:
      return "event";
  }
  return {};
}

std::string webhook_member(std::string_view name, std::string_view value) {
  std::string json = ",";
  append_json_string(json, name);
  json += ':';
  append_json_string(json, value);
  return json;
}

std::string webhook_socket_event(config::WebhookEvent event, std::int64_t now_ms,
                                 const SocketFacts& socket, std::string_view more) {
  std::string json = begin_event(event, now_ms, socket.node, socket.nsp);
  json += webhook_member("socket", socket.id);
  if (!socket.uid.empty()) json += webhook_member("uid", socket.uid);
  json += webhook_member("address", socket.address);
  json.append(more).append("}");
  return json;
}

std::string webhook_room_event(config::WebhookEvent event, std::int64_t now_ms,
                               std::string_view node, std::string_view nsp, std::string_view room) {
  return begin_event(event, now_ms, node, nsp) + webhook_member("room", room) + "}";
}

std::string webhook_body(std::span<const std::string> events) {
  std::string body = "{\"events\":";
  char before = '[';
  for (const std::string& event : events) {
    body.append(1, before).append(event);
    before = ',';
  }
  return body + "]}";
}

std::string webhook_signature(std::string_view secret, std::int64_t timestamp_s,
                              std::string_view body) {
  const std::string text = std::to_string(timestamp_s).append(".").append(body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  ::HMAC(::EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex = "v1=";
  for (unsigned i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

}  // namespace pushgate::node
