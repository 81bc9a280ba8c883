#pragma once
// frame_codec.hpp - a frame's header as values and as bytes, and the mask (RFC 6455 section 5).
// sans-I/O.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pushgate/websocket/frame_error.hpp"

namespace pushgate::websocket {

enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xa,
};

constexpr bool is_control(Opcode opcode) noexcept {
  return (static_cast<unsigned>(opcode) & 0x8u) != 0;
}

constexpr std::size_t kMaxControlBytes = 125;
constexpr std::size_t kMaxFrameHeaderBytes = 14;

/// The four bytes of a mask, in memory order: key[i] belongs to payload bytes i, i + 4, ...
using MaskKey = std::array<char, 4>;

struct FrameHeader {
  std::uint64_t payload_bytes = 0;
  MaskKey mask_key{};  ///< zeroes if not masked
  Opcode opcode = Opcode::continuation;
  bool fin = true;
  bool rsv1 = false;  ///< the message that begins here is compressed (RFC 7692 section 6)
  bool masked = false;
};

// ---- reading ------------------------------------------------------------------------------------

/// Whose frames are read: a client's must be masked, a server's must not (section 5.1).
enum class Peer : std::uint8_t { client, server };

struct HeaderRules {
  Peer peer = Peer::client;
  bool compression = false;  ///< permessage-deflate was agreed on: RSV1 may begin a message
};

struct HeaderStep {
  std::size_t header_bytes = 0;  ///< 0: more bytes are needed, or `error`
  FrameError error = FrameError::none;
};

/// Reads the header at the beginning of `bytes`. First byte, second byte and length are judged in
/// this order, each as soon as it is there, so any split of the input gives the same error. The
/// header is meaningful only if header_bytes is not 0. Knows nothing of earlier frames nor of any
/// limit below 2^63. A few nanoseconds.
HeaderStep parse_frame_header(std::string_view bytes, HeaderRules rules,
                              FrameHeader& header) noexcept;

/// Masks or unmasks (section 5.3), in place, sixteen bytes at a time. `offset` is the position of
/// data[0] within the frame's payload.
void apply_mask(char* data, std::size_t bytes, const MaskKey& key,
                std::uint64_t offset = 0) noexcept;

// ---- writing ------------------------------------------------------------------------------------

struct FrameFlags {
  bool fin = true;
  bool rsv1 = false;
};

/// A header as bytes, for whoever writes header and payload in one gathered write.
class EncodedHeader {
 public:
  /// A server's frame: not masked.
  EncodedHeader(Opcode opcode, std::uint64_t payload_bytes, FrameFlags flags = {}) noexcept;
  /// A client's frame; the caller masks the payload.
  EncodedHeader(Opcode opcode, std::uint64_t payload_bytes, const MaskKey& key,
                FrameFlags flags = {}) noexcept;

  std::string_view view() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, kMaxFrameHeaderBytes> bytes_{};
  std::uint8_t size_ = 0;
};

// Each of these appends to `out`. Control payloads must be of at most kMaxControlBytes.

/// A server's header: 2, 4 or 10 bytes.
void append_frame_header(std::string& out, Opcode opcode, std::uint64_t payload_bytes,
                         FrameFlags flags = {});
/// A server's frame.
void append_frame(std::string& out, Opcode opcode, std::string_view payload, FrameFlags flags = {});
/// A client's frame; for tests and load tools. A real client's key must not be foreseeable.
void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload,
                         const MaskKey& key, FrameFlags flags = {});

/// A close frame's payload: empty for close_code::kNone, else the code and as much of the reason as
/// fits, cut between characters. The reason must be UTF-8.
std::string close_payload(std::uint16_t code, std::string_view reason = {});
/// A server's close frame.
void append_close(std::string& out, std::uint16_t code, std::string_view reason = {});

}  // namespace pushgate::websocket
