#include "pushgate/websocket/frame_codec.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cstring>

#include "pushgate/websocket/utf8.hpp"

namespace pushgate::websocket {

namespace {

constexpr unsigned kFin = 0x80;
constexpr unsigned kRsv1 = 0x40;
constexpr unsigned kOtherRsv = 0x30;
constexpr unsigned kOpcode = 0x0f;
constexpr unsigned kMasked = 0x80;
constexpr unsigned kLength = 0x7f;
constexpr unsigned kLength16 = 126;  // the length follows in two bytes
constexpr unsigned kLength64 = 127;  // in eight

unsigned byte_at(std::string_view bytes, std::size_t i) noexcept {
  return static_cast<unsigned char>(bytes[i]);
}

bool is_known(unsigned opcode) noexcept {
  constexpr unsigned kKnown = 0b0000'0111'0000'0111;  // bit n: opcode n
  return ((kKnown >> opcode) & 1u) != 0;
}

FrameError check_first_byte(unsigned first, bool compression) noexcept {
  if (((first & kFin) != 0 && (first & (kRsv1 | kOtherRsv)) == 0 && is_known(first & kOpcode))) {
    return FrameError::none;  // nearly every frame
  }
  const unsigned opcode = first & kOpcode;
  const bool begins_message = opcode == 1 || opcode == 2;
  if ((first & kOtherRsv) != 0) return FrameError::reserved_bits;
  if ((first & kRsv1) != 0 && !(compression && begins_message)) return FrameError::reserved_bits;
  if (!is_known(opcode)) return FrameError::reserved_opcode;
  if ((first & kFin) == 0 && opcode >= 8) return FrameError::fragmented_control;
  return FrameError::none;
}

FrameError check_second_byte(unsigned first, unsigned second, Peer peer) noexcept {
  const bool masked = (second & kMasked) != 0;
  if (masked != (peer == Peer::client)) {
    return masked ? FrameError::masked : FrameError::unmasked;
  }
  if ((first & 0x8u) != 0 && (second & kLength) > kMaxControlBytes) {
    return FrameError::control_too_long;
  }
  return FrameError::none;
}

std::uint64_t read_big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value = value << 8 | byte_at(bytes, i);
  return value;
}

FrameError check_long_length(std::uint64_t length, unsigned short_length) noexcept {
  if ((length >> 63) != 0) return FrameError::length_too_large;
  const std::uint64_t least = short_length == kLength16 ? kLength16 : 0x10000;
  return length < least ? FrameError::length_not_minimal : FrameError::none;
}

HeaderStep failed(FrameError error) noexcept { return {.header_bytes = 0, .error = error}; }

}  // namespace

HeaderStep parse_frame_header(std::string_view bytes, HeaderRules rules,
                              FrameHeader& header) noexcept {
  if (bytes.empty()) return {};
  const unsigned first = byte_at(bytes, 0);
  FrameError error = check_first_byte(first, rules.compression);
  if (error != FrameError::none) return failed(error);
  if (bytes.size() < 2) return {};
  const unsigned second = byte_at(bytes, 1);
  error = check_second_byte(first, second, rules.peer);
  if (error != FrameError::none) return failed(error);

  std::size_t at = 2;
  header.payload_bytes = second & kLength;
  if (header.payload_bytes >= kLength16) {
    const std::size_t length_bytes = header.payload_bytes == kLength16 ? 2 : 8;
    if (bytes.size() < at + length_bytes) return {};
    header.payload_bytes = read_big_endian(bytes.substr(at, length_bytes));
    error = check_long_length(header.payload_bytes, second & kLength);
    if (error != FrameError::none) return failed(error);
    at += length_bytes;
  }
  header.fin = (first & kFin) != 0;
  header.rsv1 = (first & kRsv1) != 0;
  header.opcode = static_cast<Opcode>(first & kOpcode);
  header.masked = (second & kMasked) != 0;
  header.mask_key = {};
  if (header.masked) {
    if (bytes.size() < at + header.mask_key.size()) return {};
    std::memcpy(header.mask_key.data(), bytes.data() + at, header.mask_key.size());
    at += header.mask_key.size();
  }
  return {.header_bytes = at, .error = FrameError::none};
}

void apply_mask(char* data, std::size_t bytes, const MaskKey& key, std::uint64_t offset) noexcept {
  auto word = std::bit_cast<std::uint32_t>(key);
  const int turn = static_cast<int>(offset % 4) * 8;
  word = std::endian::native == std::endian::little ? std::rotr(word, turn) : std::rotl(word, turn);
  const std::uint64_t two_words = static_cast<std::uint64_t>(word) << 32 | word;

#if defined(__SSE2__)
  const __m128i four_words = _mm_set1_epi32(static_cast<int>(word));
  for (; bytes >= 16; data += 16, bytes -= 16) {
    // Unaligned access to sixteen chars; that is what the intrinsics are for.
    auto* const block = reinterpret_cast<__m128i*>(data);
    _mm_storeu_si128(block, _mm_xor_si128(_mm_loadu_si128(block), four_words));
  }
#endif
  for (; bytes >= 8; data += 8, bytes -= 8) {
    std::uint64_t block = 0;
    std::memcpy(&block, data, sizeof block);
    block ^= two_words;
    std::memcpy(data, &block, sizeof block);
  }
  const auto rest = std::bit_cast<std::array<char, 8>>(two_words);
  for (std::size_t i = 0; i < bytes; ++i) data[i] = static_cast<char>(data[i] ^ rest[i]);
}

EncodedHeader::EncodedHeader(Opcode opcode, std::uint64_t payload_bytes,
                             FrameFlags flags) noexcept {
  const auto put = [this](std::uint64_t byte) { bytes_[size_++] = static_cast<char>(byte); };
  put((flags.fin ? kFin : 0u) | (flags.rsv1 ? kRsv1 : 0u) | static_cast<unsigned>(opcode));
  if (payload_bytes < kLength16) {
    put(payload_bytes);
    return;
  }
  const bool is_short = payload_bytes < 0x10000;
  put(is_short ? kLength16 : kLength64);
  for (int shift = is_short ? 8 : 56; shift >= 0; shift -= 8) put(payload_bytes >> shift & 0xffu);
}

EncodedHeader::EncodedHeader(Opcode opcode, std::uint64_t payload_bytes, const MaskKey& key,
                             FrameFlags flags) noexcept
    : EncodedHeader{opcode, payload_bytes, flags} {
  bytes_[1] = static_cast<char>(static_cast<unsigned char>(bytes_[1]) | kMasked);
  std::ranges::copy(key, bytes_.begin() + size_);
  size_ = static_cast<std::uint8_t>(size_ + key.size());
}

void append_frame_header(std::string& out, Opcode opcode, std::uint64_t payload_bytes,
                         FrameFlags flags) {
  out += EncodedHeader{opcode, payload_bytes, flags}.view();
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload, FrameFlags flags) {
  append_frame_header(out, opcode, payload.size(), flags);
  out += payload;
}

void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload,
                         const MaskKey& key, FrameFlags flags) {
  out += EncodedHeader{opcode, payload.size(), key, flags}.view();
  const std::size_t begin = out.size();
  out += payload;
  apply_mask(out.data() + begin, payload.size(), key);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  if (code == close_code::kNone) return {};
  constexpr std::size_t kMaxReasonBytes = kMaxControlBytes - 2;
  std::string_view fitting = reason.substr(0, kMaxReasonBytes);
  while (fitting.size() < reason.size() && !fitting.empty() && !is_utf8(fitting)) {
    fitting.remove_suffix(1);
  }
  std::string payload;
  payload += static_cast<char>(code >> 8);
  payload += static_cast<char>(code & 0xff);
  payload += fitting;
  return payload;
}

void append_close(std::string& out, std::uint16_t code, std::string_view reason) {
  append_frame(out, Opcode::close, close_payload(code, reason));
}

}  // namespace pushgate::websocket
