#pragma once
// characters.hpp - which byte may stand where in HTTP/1 (RFC 9110 section 5.6, RFC 3986).

#include <array>
#include <cstdint>
#include <string_view>

namespace pushgate::http {

/// Classes are bits, so that one table answers for all of them.
using CharacterClass = std::uint8_t;
constexpr CharacterClass kTokenChar = 1;   ///< tchar of RFC 9110 section 5.6.2
constexpr CharacterClass kTargetChar = 2;  ///< visible ASCII except "#"
constexpr CharacterClass kHostChar = 4;    ///< reg-name of RFC 3986 without "," and "%"
constexpr CharacterClass kValueChar = 8;   ///< field-vchar, SP, HTAB, obs-text
constexpr CharacterClass kHexChar = 16;
constexpr CharacterClass kDigitChar = 32;
constexpr CharacterClass kQuotedChar = 64;  ///< qdtext of a quoted-string
constexpr CharacterClass kBase64Char = 128;

namespace detail {

constexpr bool contains(std::string_view set, char c) { return set.find(c) != set.npos; }

constexpr std::uint8_t classes_of(unsigned code) {
  const char c = static_cast<char>(code);
  const bool digit = c >= '0' && c <= '9';
  const bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool alnum = digit || alpha;
  unsigned result = 0;
  if (alnum || (code != 0 && contains("!#$%&'*+-.^_`|~", c))) result |= kTokenChar;
  if (code > 0x20 && code < 0x7f && c != '#') result |= kTargetChar;
  if (alnum || (code != 0 && contains("-._~!$&'()*+;=", c))) result |= kHostChar;
  if ((code >= 0x20 && code != 0x7f) || c == '\t') result |= kValueChar;
  if (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) result |= kHexChar;
  if (digit) result |= kDigitChar;
  if (((code >= 0x20 && code != 0x7f) || c == '\t') && c != '"' && c != '\\') result |= kQuotedChar;
  if (alnum || c == '+' || c == '/') result |= kBase64Char;
  return static_cast<std::uint8_t>(result);
}

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned code = 0; code < 256; ++code) table[code] = classes_of(code);
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

}  // namespace detail

constexpr bool is_of(char c, CharacterClass wanted) noexcept {
  return (detail::kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

constexpr bool all_of(std::string_view text, CharacterClass wanted) noexcept {
  for (const char c : text) {
    if (!is_of(c, wanted)) return false;
  }
  return true;
}

constexpr bool is_token(std::string_view text) noexcept {
  return !text.empty() && all_of(text, kTokenChar);
}

/// 0..15; only for characters of kHexChar.
constexpr unsigned hex_value(char c) noexcept {
  if (c <= '9') return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

/// Without the quotes around a quoted string; escapes stay as they are.
constexpr std::string_view without_quotes(std::string_view text) noexcept {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// Takes the next element off a comma-separated list, without surrounding whitespace; it may be
/// empty. Call while the list is not empty or `more` said so.
struct ListReader {
  std::string_view rest;
  bool more = true;  ///< there is an element left, perhaps an empty one

  constexpr std::string_view next() noexcept {
    const std::size_t comma = rest.find(',');
    std::string_view element = rest.substr(0, comma);
    more = comma != rest.npos;
    rest = more ? rest.substr(comma + 1) : std::string_view{};
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) {
      element.remove_prefix(1);
    }
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) {
      element.remove_suffix(1);
    }
    return element;
  }
};

}  // namespace pushgate::http
