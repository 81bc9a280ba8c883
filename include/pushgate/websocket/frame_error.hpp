#pragma once
// frame_error.hpp - everything a peer can do wrong after the handshake, and the close code for it.
// sans-I/O.

#include <cstdint>
#include <string_view>

namespace pushgate::websocket {

/// The close codes that this code sends itself (RFC 6455 section 7.4.1).
namespace close_code {
constexpr std::uint16_t kNormal = 1000;
constexpr std::uint16_t kGoingAway = 1001;
constexpr std::uint16_t kProtocolError = 1002;
/// Never sent: stands for a close frame without a code.
constexpr std::uint16_t kNone = 1005;
constexpr std::uint16_t kInvalidPayload = 1007;
constexpr std::uint16_t kPolicyViolation = 1008;
constexpr std::uint16_t kMessageTooBig = 1009;
constexpr std::uint16_t kInternalError = 1011;
constexpr std::uint16_t kTryAgainLater = 1013;
}  // namespace close_code

/// May this code stand in a close frame? 1000-1003, 1007-1014 (as registered with IANA) and
/// 3000-4999; not 1004 and 1016-2999, which nobody has defined, nor 1005, 1006 and 1015, which say
/// that there was no code.
bool is_valid_close_code(std::uint16_t code) noexcept;

enum class FrameError : std::uint8_t {
  none,
  reserved_bits,         ///< RSV2, RSV3, or RSV1 where no compressed message may begin: 1002
  reserved_opcode,       ///< 3-7 or 11-15: 1002
  fragmented_control,    ///< a ping, pong or close without FIN: 1002
  control_too_long,      ///< a ping, pong or close of more than 125 bytes: 1002
  unmasked,              ///< a client's frame without a mask: 1002
  masked,                ///< a server's frame with a mask: 1002
  length_not_minimal,    ///< a length in more bytes than it needs: 1002
  length_too_large,      ///< a length of 2^63 or more: 1002
  lonely_continuation,   ///< a continuation, and no message has begun: 1002
  message_not_finished,  ///< a new message while one is incomplete: 1002
  bad_close_payload,     ///< a close frame of one byte: 1002
  bad_close_code,        ///< see is_valid_close_code: 1002
  invalid_utf8,          ///< in a text message or in a close frame's reason: 1007
  bad_compressed_data,   ///< not DEFLATE, or its end is missing: 1007
  message_too_big,       ///< more bytes than allowed, before or after inflation: 1009
};

/// The code to close the connection with; 1000 for FrameError::none.
std::uint16_t close_code_of(FrameError error) noexcept;
std::string_view rule_of(FrameError error) noexcept;     ///< e.g. "reserved_bits"
std::string_view message_of(FrameError error) noexcept;  ///< for people; fits into a close frame

}  // namespace pushgate::websocket
