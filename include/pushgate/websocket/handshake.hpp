#pragma once
// handshake.hpp - is this really a WebSocket handshake, and is this really its answer (RFC 6455
// section 4)?
//
// The fields come as plain values, because this module knows no HTTP. What holds for every upgrade
// (GET, no body, status 101, Upgrade, Connection) is checked where HTTP is known.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pushgate::websocket {

/// The value of a field that may stand only once; `count` says how often it stood there.
struct HandshakeField {
  std::string_view value{};
  std::size_t count = 0;
};

struct ClientHandshake {
  HandshakeField key{};      ///< Sec-WebSocket-Key
  HandshakeField version{};  ///< Sec-WebSocket-Version
};

struct ServerHandshake {
  HandshakeField accept{};        ///< Sec-WebSocket-Accept
  HandshakeField protocol{};      ///< Sec-WebSocket-Protocol
  std::string_view extensions{};  ///< Sec-WebSocket-Extensions, of several fields joined by commas
};

enum class HandshakeError : std::uint8_t {
  none,
  bad_key,              ///< not exactly once sixteen bytes in base64: 400
  unsupported_version,  ///< not exactly once "13": 426, and say which version is spoken
  bad_accept,           ///< missing, doubled, or not the answer to the key: 502
  unasked_protocol,     ///< a subprotocol that was not offered: 502
  unasked_extension,    ///< an extension that was not offered: 502
};

/// 400, 426 or 502; the status to answer the client with.
std::uint16_t status_of(HandshakeError error) noexcept;
/// "bad_handshake", "upgrade_required" or "bad_upstream_response".
std::string_view rule_of(HandshakeError error) noexcept;
std::string_view message_of(HandshakeError error) noexcept;  ///< one sentence for people

constexpr std::string_view kVersion = "13";

HandshakeError check_client(const ClientHandshake& handshake) noexcept;

/// What the client offered, for checking the answer against it. Values of several fields of one
/// name are joined by commas.
struct Offer {
  std::string_view key{};         ///< as check_client accepted it
  std::string_view protocols{};   ///< Sec-WebSocket-Protocol; empty if there was none
  std::string_view extensions{};  ///< Sec-WebSocket-Extensions; empty if there was none
};

HandshakeError check_server(const ServerHandshake& answer, const Offer& offer) noexcept;

/// Sec-WebSocket-Accept for a key: base64 of the SHA-1 of key and GUID. Does not allocate once the
/// thread has computed its first; well below a microsecond.
using AcceptValue = std::array<char, 28>;
AcceptValue accept_for(std::string_view key) noexcept;

}  // namespace pushgate::websocket
