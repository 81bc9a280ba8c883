#pragma once
// websocket.hpp - as much of RFC 6455 as an echo needs, written apart from the product: the meter
// must not share code with what it measures.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pushgate::bench {

inline constexpr std::uint8_t kTextFrame = 0x1;
inline constexpr std::uint8_t kBinaryFrame = 0x2;
inline constexpr std::uint8_t kCloseFrame = 0x8;
inline constexpr std::uint8_t kPingFrame = 0x9;
inline constexpr std::uint8_t kPongFrame = 0xA;

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2).
std::string accept_for(std::string_view key);

/// One unfragmented frame; a client's is masked. Payload bytes count up from 0.
std::string make_frame(std::uint8_t opcode, std::size_t payload_bytes, bool masked);

/// Appends a client's frame with this payload.
void append_client_frame(std::string& out, std::uint8_t opcode, std::string_view payload);
inline void append_text_frame(std::string& out, std::string_view payload) {
  append_client_frame(out, kTextFrame, payload);
}

/// Appends a server's frame with this payload.
void append_server_frame(std::string& out, std::uint8_t opcode, std::string_view payload);

/// The answer to an upgrade request with this Sec-WebSocket-Key.
std::string switching_protocols(std::string_view key);

/// The head of a frame. `whole` is false when `bytes` is too short to tell.
struct FrameHead {
  bool whole = false;
  std::uint8_t opcode = 0;
  bool masked = false;
  std::size_t head_bytes = 0;  ///< including the masking key
  std::uint64_t payload_bytes = 0;
};
FrameHead read_frame_head(std::string_view bytes);

/// Appends the server's frame that echoes a client's frame, payload unmasked.
void append_echo(std::string& out, const FrameHead& head, std::string_view frame);

}  // namespace pushgate::bench
