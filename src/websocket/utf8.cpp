#include "pushgate/websocket/utf8.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace pushgate::websocket {

namespace {

// A state machine whose step is one shift: a state is the number of bits by which the row of the
// next byte is shifted to have the state after it in the lowest six bits. Nothing that is loaded
// depends on the state, so the processor loads rows ahead while it shifts.
constexpr unsigned kStateBits = 6;
constexpr std::uint64_t kStateMask = (1u << kStateBits) - 1;

/// What may come next.
enum State : std::uint8_t {
  between = 0 * kStateBits,   // a character's first byte
  one_more = 1 * kStateBits,  // so many bytes 80..BF
  two_more = 2 * kStateBits,
  three_more = 3 * kStateBits,
  after_e0 = 4 * kStateBits,  // A0..BF and one more: less would have fitted into two bytes
  after_ed = 5 * kStateBits,  // 80..9F and one more: the rest are surrogates
  after_f0 = 6 * kStateBits,  // 90..BF and two more: less would have fitted into three bytes
  after_f4 = 7 * kStateBits,  // 80..8F and two more: the rest is above U+10FFFF
  refused = 8 * kStateBits,
};
constexpr std::array kStates{between,  one_more, two_more, three_more, after_e0,
                             after_ed, after_f0, after_f4, refused};

constexpr State first_byte(unsigned byte) {
  if (byte < 0x80) return between;
  if (byte < 0xc2 || byte > 0xf4) return refused;
  if (byte < 0xe0) return one_more;
  if (byte == 0xe0) return after_e0;
  if (byte == 0xed) return after_ed;
  if (byte < 0xf0) return two_more;
  if (byte == 0xf0) return after_f0;
  return byte == 0xf4 ? after_f4 : three_more;
}

constexpr State next_state(State state, unsigned byte) {
  const auto within = [byte](unsigned low, unsigned high, State then) {
    return byte >= low && byte <= high ? then : refused;
  };
  switch (state) {
    case between:
      return first_byte(byte);
    case one_more:
      return within(0x80, 0xbf, between);
    case two_more:
      return within(0x80, 0xbf, one_more);
    case three_more:
      return within(0x80, 0xbf, two_more);
    case after_e0:
      return within(0xa0, 0xbf, one_more);
    case after_ed:
      return within(0x80, 0x9f, one_more);
    case after_f0:
      return within(0x90, 0xbf, two_more);
    case after_f4:
      return within(0x80, 0x8f, two_more);
    case refused:
      break;
  }
  return refused;
}

constexpr std::array<std::uint64_t, 256> make_rows() {
  std::array<std::uint64_t, 256> rows{};
  for (unsigned byte = 0; byte < rows.size(); ++byte) {
    for (const State state : kStates) {
      rows[byte] |= static_cast<std::uint64_t>(next_state(state, byte)) << state;
    }
  }
  return rows;
}
constexpr std::array<std::uint64_t, 256> kRows = make_rows();

constexpr std::size_t kBlockBytes = 16;

bool is_ascii_block(const char* at) noexcept {
#if defined(__SSE2__)
  // An unaligned load reads sixteen chars; that is what the intrinsic is for.
  return _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) == 0;
#else
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), at, kBlockBytes);
  return ((words[0] | words[1]) & 0x8080'8080'8080'8080u) == 0;
#endif
}

}  // namespace

bool Utf8Validator::feed(std::string_view piece) noexcept {
  const char* at = piece.data();
  std::size_t left = piece.size();
  std::uint64_t state = state_;
  while (left > 0) {
    if (state == between && left >= kBlockBytes && is_ascii_block(at)) {
      at += kBlockBytes;
      left -= kBlockBytes;
      continue;
    }
    const char* const end = at + std::min(left, kBlockBytes);
    left -= static_cast<std::size_t>(end - at);
    for (; at != end; ++at) {
      state = kRows[static_cast<unsigned char>(*at)] >> (state & kStateMask);
    }
    state &= kStateMask;
    if (state == refused) break;
  }
  state_ = static_cast<std::uint8_t>(state);
  return state != refused;
}

}  // namespace pushgate::websocket
