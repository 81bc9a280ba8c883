#include "pushgate/node/transport/socketio_codec.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "pushgate/base/text.hpp"

#include "node/json_scanner.hpp"

namespace pushgate::node {

namespace {

constexpr unsigned kBinaryEvent = 5;
constexpr unsigned kBinaryAck = 6;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Takes digits off the front of `text`. False if there are none, or if they exceed `max`.
bool take_number(std::string_view& text, std::uint64_t max, std::uint64_t& number) noexcept {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || number > max) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return true;
}

/// The type, and the number of attachments of the binary types.
PacketError take_type(std::string_view& text, const PacketLimits& limits, PacketView& out,
                      bool& is_binary) noexcept {
  if (text.empty() || text.front() < '0' || text.front() > '6') return PacketError::bad_type;
  const auto wire_type = static_cast<unsigned>(text.front() - '0');
  text.remove_prefix(1);
  is_binary = wire_type == kBinaryEvent || wire_type == kBinaryAck;
  if (!is_binary) {
    out.type = static_cast<PacketType>(wire_type);
    return PacketError::none;
  }
  out.type = wire_type == kBinaryEvent ? PacketType::event : PacketType::ack;
  if (text.empty() || !is_digit(text.front())) return PacketError::bad_attachment_count;
  std::uint64_t attachments = 0;
  if (!take_number(text, limits.max_attachments, attachments)) {
    return PacketError::too_many_attachments;
  }
  if (!text.starts_with('-')) return PacketError::bad_attachment_count;
  text.remove_prefix(1);
  out.attachments = static_cast<std::size_t>(attachments);
  return PacketError::none;
}

bool is_valid_namespace(std::string_view name) noexcept {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return name.size() <= kMaxNamespaceBytes && !std::ranges::any_of(name, is_control) &&
         is_valid_utf8(name);
}

/// "/name?query,", where the comma may be missing at the end of the text.
PacketError take_namespace(std::string_view& text, PacketView& out) noexcept {
  if (!text.starts_with('/')) return PacketError::none;
  const std::size_t comma = std::min(text.find(','), text.size());
  const std::string_view full = text.substr(0, comma);
  text.remove_prefix(std::min(comma + 1, text.size()));
  const std::size_t mark = full.find('?');
  out.nsp = full.substr(0, mark);
  if (mark != full.npos) out.query = full.substr(mark + 1);
  return is_valid_namespace(out.nsp) ? PacketError::none : PacketError::bad_namespace;
}

PacketError take_ack_id(std::string_view& text, PacketView& out) noexcept {
  if (!text.empty() && is_digit(text.front())) {
    std::uint64_t id = 0;
    if (!take_number(text, kMaxAckId, id)) return PacketError::bad_ack_id;
    out.ack_id = id;
  }
  const bool allowed = out.type == PacketType::event || out.type == PacketType::ack;
  const bool required = out.type == PacketType::ack;
  return out.ack_id ? (allowed ? PacketError::none : PacketError::bad_ack_id)
                    : (required ? PacketError::bad_ack_id : PacketError::none);
}

bool may_begin_with(PacketType type, char first) noexcept {
  switch (type) {
    case PacketType::connect:
      return first == '{';
    case PacketType::disconnect:
      return false;
    case PacketType::event:
    case PacketType::ack:
      return first == '[';
    case PacketType::connect_error:
      return first == '{' || first == '"';
  }
  return false;
}

PacketError take_payload(std::string_view text, bool is_binary, PacketView& out) noexcept {
  if (text.empty()) {
    const bool optional = out.type == PacketType::connect || out.type == PacketType::disconnect;
    return optional ? PacketError::none : PacketError::bad_payload;
  }
  if (!may_begin_with(out.type, text.front())) return PacketError::bad_payload;
  const JsonScan scan = is_binary ? scan_packet_json(text, out.attachments) : scan_json(text);
  if (scan.error == JsonError::too_deep) return PacketError::too_deep;
  if (scan.error != JsonError::none) return PacketError::bad_json;
  if (scan.has_bad_placeholder) return PacketError::bad_placeholder;
  out.data = scan.value;
  return PacketError::none;
}

PacketError take_event(PacketView& out) noexcept {
  const std::optional<std::string_view> first = JsonElements{out.data}.next();
  if (!first) return PacketError::bad_event_name;
  const JsonKind kind = json_kind(*first);
  if (kind != JsonKind::string && kind != JsonKind::number) return PacketError::bad_event_name;
  out.event = *first;
  return kind == JsonKind::string && is_reserved_event(out.event) ? PacketError::reserved_event
                                                                  : PacketError::none;
}

}  // namespace

bool is_reserved_event(std::string_view event) noexcept {
  constexpr std::array<std::string_view, 6> kReserved{
      "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};
  const auto is_event = [event](std::string_view name) { return json_string_equals(event, name); };
  if (event.size() < 2 || event.front() != '"') return false;
  if (event.find('\\') != event.npos) return std::ranges::any_of(kReserved, is_event);
  const std::string_view name = event.substr(1, event.size() - 2);
  return std::ranges::find(kReserved, name) != kReserved.end();
}

PacketError decode_packet(std::string_view text, const PacketLimits& limits,
                          PacketView& out) noexcept {
  out = {};
  if (text.size() > limits.max_packet_bytes) return PacketError::too_large;
  bool is_binary = false;
  PacketError error = take_type(text, limits, out, is_binary);
  if (error == PacketError::none) error = take_namespace(text, out);
  if (error == PacketError::none) error = take_ack_id(text, out);
  if (error == PacketError::none) error = take_payload(text, is_binary, out);
  if (error == PacketError::none && out.type == PacketType::event) error = take_event(out);
  return error;
}

std::string event_name(const PacketView& packet) {
  std::optional<std::string> name = decode_json_string(packet.event);
  return name ? *std::move(name) : std::string{packet.event};
}

bool is_event(const PacketView& packet, std::string_view name) noexcept {
  if (json_kind(packet.event) == JsonKind::number) return packet.event == name;
  return json_string_equals(packet.event, name);
}

JsonElements arguments_of(const PacketView& packet) noexcept {
  JsonElements reader{packet.data};
  if (packet.type == PacketType::event) reader.next();
  return reader;
}

}  // namespace pushgate::node
