#pragma once
// percent.hpp - percent-encoding (RFC 3986 section 2.1), undone exactly once.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pushgate::http {

/// What "+" means. In a query string browsers' forms and Node.js' parsers mean a space by it; in
/// paths, headers and cookies it is a plus sign.
enum class Plus : std::uint8_t { literal, space };

/// Decoded once: "%2541" is "%41". Nullopt if a "%" is not followed by two hexadecimal digits. The
/// result may be any bytes, NUL included; the caller checks what it may be.
std::optional<std::string> percent_decode(std::string_view text, Plus plus);

/// False if percent_decode() would give `text` itself back: the rule in cookies and queries.
inline bool is_percent_encoded(std::string_view text, Plus plus) noexcept {
  // Not find_first_of, which is one search for each character of `text`.
  return text.find('%') != text.npos || (plus == Plus::space && text.find('+') != text.npos);
}

/// True if `text` decodes to `plain`. Does not allocate.
bool percent_equals(std::string_view text, std::string_view plain, Plus plus) noexcept;

/// Appends `text` so that it can stand as a value in a query string: all but unreserved characters
/// (letters, digits, "-", ".", "_", "~") are encoded. percent_decode gives it back.
void append_percent_encoded(std::string& out, std::string_view text);

}  // namespace pushgate::http
