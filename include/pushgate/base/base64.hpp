#pragma once
// base64.hpp - bytes as text of 64 letters (RFC 4648), both ways.

#include <cstddef>
#include <string>
#include <string_view>

namespace pushgate {

/// How many characters `bytes` bytes take, "=" included.
constexpr std::size_t base64_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// How many characters `bytes` bytes take in the URL-safe form, which has no "=".
constexpr std::size_t base64url_size(std::size_t bytes) noexcept { return (bytes * 4 + 2) / 3; }

/// Appends `bytes` in the standard alphabet ("+" and "/") with "=" at the end (section 4).
void append_base64(std::string& out, std::string_view bytes);

/// Appends what base64 text in the standard alphabet stands for. Strict: whole groups of four, "="
/// only where it is needed and there always, unused bits zero, no white space. False, and `out` as
/// it was, if `text` is anything else.
bool append_base64_decoded(std::string& out, std::string_view text);

/// Writes base64url_size(bytes.size()) characters of the URL-safe alphabet ("-" and "_", section
/// 5). Does not allocate.
void write_base64url(char* out, std::string_view bytes) noexcept;

/// Reads `text` in the URL-safe alphabet, without "=", into `out`, which has room for
/// text.size() * 3 / 4 bytes. As strict as the other; what `out` holds after false is unspecified.
bool read_base64url(char* out, std::string_view text) noexcept;

}  // namespace pushgate
