#include "pushgate/websocket/frame_error.hpp"

#include <array>
#include <cstddef>

namespace pushgate::websocket {

namespace {

struct Entry {
  std::uint16_t close_code;
  std::string_view rule;
  std::string_view message;
};

/// Indexed by FrameError.
constexpr std::array<Entry, 16> kEntries{{
    {close_code::kNormal, "none", "no error"},
    {close_code::kProtocolError, "reserved_bits", "a reserved bit of a frame is set"},
    {close_code::kProtocolError, "reserved_opcode", "a frame has a reserved opcode"},
    {close_code::kProtocolError, "fragmented_control", "a control frame is fragmented"},
    {close_code::kProtocolError, "control_too_long", "a control frame has more than 125 bytes"},
    {close_code::kProtocolError, "unmasked", "a client's frame is not masked"},
    {close_code::kProtocolError, "masked", "a server's frame is masked"},
    {close_code::kProtocolError, "length_not_minimal", "a length has more bytes than it needs"},
    {close_code::kProtocolError, "length_too_large", "a length has its highest bit set"},
    {close_code::kProtocolError, "lonely_continuation", "a continuation continues no message"},
    {close_code::kProtocolError, "message_not_finished",
     "a message begins before the last one has ended"},
    {close_code::kProtocolError, "bad_close_payload", "a close frame has one byte"},
    {close_code::kProtocolError, "bad_close_code", "a close code is reserved or out of range"},
    {close_code::kInvalidPayload, "invalid_utf8", "a text is not UTF-8"},
    {close_code::kInvalidPayload, "bad_compressed_data", "a compressed message is damaged"},
    {close_code::kMessageTooBig, "message_too_big", "a message is larger than allowed"},
}};

const Entry& entry_of(FrameError error) noexcept {
  return kEntries[static_cast<std::size_t>(error)];
}

}  // namespace

bool is_valid_close_code(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

std::uint16_t close_code_of(FrameError error) noexcept { return entry_of(error).close_code; }
std::string_view rule_of(FrameError error) noexcept { return entry_of(error).rule; }
std::string_view message_of(FrameError error) noexcept { return entry_of(error).message; }

}  // namespace pushgate::websocket
