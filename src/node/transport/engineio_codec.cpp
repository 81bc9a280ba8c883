#include "pushgate/node/transport/engineio_codec.hpp"

#include <array>
#include <charconv>

#include "pushgate/base/base64.hpp"
#include "pushgate/base/text.hpp"

namespace pushgate::node {

namespace {

constexpr char kBinaryMark = 'b';
constexpr char kMessageDigit = '4';
constexpr char kMessageByte = 4;

bool decode_base64_packet(EngineVersion version, std::string_view text, EnginePacket& out) {
  if (version == EngineVersion::v3) {
    if (!text.starts_with(kMessageDigit)) return false;
    text.remove_prefix(1);
  }
  out.type = EnginePacketType::message;
  out.is_binary = true;
  return append_base64_decoded(out.bytes, text);
}

void append_number(std::string& out, std::string_view name, std::uint64_t number) {
  out += ",\"";
  out += name;
  out += "\":";
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

bool decode_text_packet(EngineVersion version, std::string_view text, EnginePacket& out) {
  out.is_binary = false;
  out.text = {};
  out.bytes.clear();
  if (text.empty()) return false;
  const char type = text.front();
  text.remove_prefix(1);
  if (type == kBinaryMark) return decode_base64_packet(version, text, out);
  if (type < '0' || type > '6') return false;
  out.type = static_cast<EnginePacketType>(type - '0');
  out.text = text;
  return true;
}

std::optional<std::string_view> decode_binary_packet(EngineVersion version,
                                                     std::string_view bytes) noexcept {
  if (version == EngineVersion::v4) return bytes;
  if (!bytes.starts_with(kMessageByte)) return std::nullopt;
  return bytes.substr(1);
}

void append_text_packet(std::string& out, EnginePacketType type, std::string_view data) {
  out += static_cast<char>('0' + static_cast<int>(type));
  out += data;
}

void append_binary_packet(std::string& out, EngineVersion version, std::string_view bytes) {
  if (version == EngineVersion::v3) out += kMessageByte;
  out += bytes;
}

void append_open_packet(std::string& out, const Handshake& handshake) {
  const SessionId::Text sid = handshake.sid.text();
  out += R"(0{"sid":")";
  out.append(sid.data(), sid.size());
  out += handshake.can_upgrade ? R"(","upgrades":["websocket"])" : R"(","upgrades":[])";
  append_number(out, "pingInterval", static_cast<std::uint64_t>(handshake.ping_interval.count()));
  append_number(out, "pingTimeout", static_cast<std::uint64_t>(handshake.ping_timeout.count()));
  append_number(out, "maxPayload", handshake.max_payload_bytes);
  out += '}';
}

std::uint16_t status_of(EngineError error) noexcept {
  return error == EngineError::forbidden ? 403 : 400;
}

std::string_view message_of(EngineError error) noexcept {
  switch (error) {
    case EngineError::unknown_transport:
      return "Transport unknown";
    case EngineError::unknown_sid:
      return "Session ID unknown";
    case EngineError::bad_handshake_method:
      return "Bad handshake method";
    case EngineError::bad_request:
      return "Bad request";
    case EngineError::forbidden:
      return "Forbidden";
    case EngineError::unsupported_version:
      return "Unsupported protocol version";
  }
  return {};
}

std::string error_body(EngineError error, std::string_view message) {
  std::string body = R"({"code":)";
  body += std::to_string(static_cast<unsigned>(error));
  body += R"(,"message":")";
  append_json_escaped(body, message.empty() ? message_of(error) : message);
  body += "\"}";
  return body;
}

}  // namespace pushgate::node
