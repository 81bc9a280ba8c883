#pragma once
// scan.hpp - finding the end of a token, a field value or a target, several bytes at a time.

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>

#include "characters.hpp"

namespace pushgate::http {

/// A place in the bytes that are being parsed.
struct Cursor {
  const char* at;
  const char* end;

  bool at_end() const noexcept { return at == end; }
};

namespace detail {

inline const char* skip_class(const char* at, const char* end, CharacterClass wanted) noexcept {
  while (at != end && is_of(*at, wanted)) ++at;
  return at;
}

#if defined(__SSE2__)
inline __m128i load16(const char* at) noexcept {
  // An unaligned load reads sixteen chars; that is what the intrinsic is for.
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
#endif

}  // namespace detail

/// The first byte that may not stand in a token.
inline const char* find_token_end(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  // Nearly every name is letters and "-" up to its colon.
  const __m128i case_bit = _mm_set1_epi8(0x20);
  const __m128i first_letter = _mm_set1_epi8('a');
  const __m128i letters = _mm_set1_epi8('z' - 'a');
  const __m128i dash = _mm_set1_epi8('-');
  while (end - at >= 16) {
    const __m128i block = detail::load16(at);
    const __m128i from_a = _mm_sub_epi8(_mm_or_si128(block, case_bit), first_letter);
    const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(from_a, letters), from_a);
    const __m128i plain = _mm_or_si128(is_letter, _mm_cmpeq_epi8(block, dash));
    const auto others = static_cast<unsigned>(_mm_movemask_epi8(plain)) ^ 0xffffu;
    if (others == 0) {
      at += 16;
      continue;
    }
    at += std::countr_zero(others);
    if (!is_of(*at, kTokenChar)) return at;
    ++at;
  }
#endif
  return detail::skip_class(at, end, kTokenChar);
}

/// The first byte that may not stand in a field value: CR, LF, NUL and the other controls but HTAB.
inline const char* find_value_end(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i last_control = _mm_set1_epi8(0x1f);
  const __m128i del = _mm_set1_epi8(0x7f);
  const __m128i tab = _mm_set1_epi8('\t');
  for (; end - at >= 16; at += 16) {
    const __m128i block = detail::load16(at);
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    const __m128i allowed = _mm_cmpeq_epi8(block, tab);
    const __m128i bad =
        _mm_or_si128(_mm_andnot_si128(allowed, control), _mm_cmpeq_epi8(block, del));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(bad));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#endif
  return detail::skip_class(at, end, kValueChar);
}

/// The first byte that may not stand in a request target.
inline const char* find_target_end(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i first_visible = _mm_set1_epi8(0x21);
  const __m128i del = _mm_set1_epi8(0x7f);
  const __m128i hash = _mm_set1_epi8('#');
  for (; end - at >= 16; at += 16) {
    const __m128i block = detail::load16(at);
    // Compared as signed numbers, so that bytes from 0x80 on are below 0x21 as well.
    const __m128i low = _mm_cmplt_epi8(block, first_visible);
    const __m128i other = _mm_or_si128(_mm_cmpeq_epi8(block, del), _mm_cmpeq_epi8(block, hash));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, other)));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#endif
  return detail::skip_class(at, end, kTargetChar);
}

}  // namespace pushgate::http
