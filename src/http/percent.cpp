#include "pushgate/http/percent.hpp"

#include "characters.hpp"

namespace pushgate::http {

namespace {

/// Takes one decoded character off the front; false if what stands there is malformed.
bool take_character(std::string_view& text, Plus plus, char& out) noexcept {
  out = text.front();
  if (out != '%') {
    if (out == '+' && plus == Plus::space) out = ' ';
    text.remove_prefix(1);
    return true;
  }
  if (text.size() < 3 || !is_of(text[1], kHexChar) || !is_of(text[2], kHexChar)) return false;
  out = static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2]));
  text.remove_prefix(3);
  return true;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  // Most values need no decoding: identity rules ask for one or two of them in every request.
  if (!is_percent_encoded(text, plus)) return std::string{text};
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    char c = 0;
    if (!take_character(text, plus, c)) return std::nullopt;
    decoded += c;
  }
  return decoded;
}

bool percent_equals(std::string_view text, std::string_view plain, Plus plus) noexcept {
  while (!text.empty() && !plain.empty()) {
    char c = 0;
    if (!take_character(text, plus, c) || c != plain.front()) return false;
    plain.remove_prefix(1);
  }
  return text.empty() && plain.empty();
}

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const bool alphanumeric = is_of(c, kBase64Char) && c != '+' && c != '/';
    if (alphanumeric || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 0xf];
  }
}

}  // namespace pushgate::http
