#pragma once
// text.hpp - the few string operations that the standard library lacks. ASCII, locale-free.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace pushgate {

constexpr char to_lower(char c) noexcept {
  return (c >= 'A' && c <= 'Z') ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Equality without regard to ASCII case, as for header names and tokens (RFC 9110 section 5.1).
constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// Without leading and trailing spaces and tabs (OWS of RFC 9110 section 5.6.3).
constexpr std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// True if `text` is well-formed UTF-8 (RFC 3629: shortest forms, no surrogates, at most U+10FFFF).
bool is_valid_utf8(std::string_view text) noexcept;

/// Length of the well-formed UTF-8 sequence at the start of `text`, which is not empty; 0 if what
/// stands there is none.
std::size_t utf8_sequence_length(std::string_view text) noexcept;

/// The candidate nearest to `word` in edit distance, if it is within two edits; otherwise empty.
/// For "did you mean". O(candidates * length^2).
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// The text as the inside of a JSON string (RFC 8259 section 7), appended to `out`, without quotes.
/// Bytes that are not UTF-8 become U+FFFD, so the result is always valid JSON.
void append_json_escaped(std::string& out, std::string_view text);

}  // namespace pushgate
