#pragma once
// engineio_codec.hpp - the packets of Engine.IO revisions 3 and 4, the handshake and the refusals.
// Sans-I/O. Bodies of polling requests, which hold several packets, are in payload_codec.hpp.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pushgate/node/transport/sid.hpp"

namespace pushgate::node {

/// The revision that the client named as EIO=. With 4 comes revision 5 of Socket.IO (its releases
/// 3 and 4), with 3 revision 4 (releases 1 and 2).
enum class EngineVersion : std::uint8_t { v3 = 3, v4 = 4 };

/// By the digit that begins a text packet.
enum class EnginePacketType : std::uint8_t { open, close, ping, pong, message, upgrade, noop };

/// A packet as it was received.
struct EnginePacket {
  EnginePacketType type = EnginePacketType::noop;
  bool is_binary = false;   ///< a message of bytes; all others are text
  std::string_view text{};  ///< what follows the digit: a view into what was decoded
  std::string bytes{};      ///< of a binary message that came as base64
};

constexpr std::string_view kProbe = "probe";  ///< the data of ping and pong during an upgrade

/// A packet in text form: a WebSocket text message or an element of a polling body. "b" and base64
/// ("b4" in revision 3) is a binary message. False if it is no packet; `out` is then unspecified.
/// Does not check the text for UTF-8.
bool decode_text_packet(EngineVersion version, std::string_view text, EnginePacket& out);

/// The data of a binary WebSocket message: all of it in revision 4; in revision 3 it begins with
/// the type, and nullopt is returned for another type than message.
std::optional<std::string_view> decode_binary_packet(EngineVersion version,
                                                     std::string_view bytes) noexcept;

/// Appends the digit and the data.
void append_text_packet(std::string& out, EnginePacketType type, std::string_view data = {});

/// Appends a WebSocket binary message: the bytes, in revision 3 after a byte 4.
void append_binary_packet(std::string& out, EngineVersion version, std::string_view bytes);

/// What the server tells at the beginning.
struct Handshake {
  SessionId sid{};
  bool can_upgrade = false;  ///< to WebSocket; false if this is one
  std::chrono::milliseconds ping_interval{25'000};
  std::chrono::milliseconds ping_timeout{20'000};
  std::uint64_t max_payload_bytes = 1'000'000;
};

/// Appends 0{"sid":"...","upgrades":[...],"pingInterval":...,"pingTimeout":...,"maxPayload":...}:
/// exactly these keys, in both revisions.
void append_open_packet(std::string& out, const Handshake& handshake);

/// Why a request gets no session, or not its session.
enum class EngineError : std::uint8_t {
  unknown_transport = 0,     ///< `transport` is missing, or not one of ours
  unknown_sid = 1,           ///< no such session here
  bad_handshake_method = 2,  ///< a handshake that is no GET
  bad_request = 3,           ///< the session uses another transport, and so on
  forbidden = 4,             ///< the configuration refuses this client
  unsupported_version = 5,   ///< `EIO` is missing, or a revision that is not spoken
};

std::uint16_t status_of(EngineError error) noexcept;  ///< 400, and 403 for forbidden
std::string_view message_of(EngineError error) noexcept;

/// {"code":1,"message":"Session ID unknown"}; a `message` of one's own replaces the usual one.
std::string error_body(EngineError error, std::string_view message = {});

}  // namespace pushgate::node
