#pragma once
// webhook_event.hpp - what a webhook is told, as JSON, and its signature. Sans-I/O.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pushgate/config/node_config.hpp"
#include "pushgate/node/event_observer.hpp"

namespace pushgate::node {

std::string_view name_of(config::WebhookEvent event) noexcept;

/// {"event":"connect","at":1700000000000,"node":"n:1","nsp":"/","socket":"...","uid":"...",
///  "address":"..."}: `more` are further members, each with a comma before it.
std::string webhook_socket_event(config::WebhookEvent event, std::int64_t now_ms,
                                 const SocketFacts& socket, std::string_view more = {});
/// roomOccupied and roomVacated.
std::string webhook_room_event(config::WebhookEvent event, std::int64_t now_ms,
                               std::string_view node, std::string_view nsp, std::string_view room);
/// ,"name":"value"
std::string webhook_member(std::string_view name, std::string_view value);
/// {"events":[...]}
std::string webhook_body(std::span<const std::string> events);

/// "v1=" and the HMAC-SHA256 of "<timestamp>.<body>" under `secret`, in hexadecimal.
std::string webhook_signature(std::string_view secret, std::int64_t timestamp_s,
                              std::string_view body);

}  // namespace pushgate::node
