#include "pushgate/base/base64.hpp"

#include <array>
#include <cstdint>

namespace pushgate {

namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The value of each character; 0x80, which no value has, for characters outside the alphabet.
using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(std::string_view alphabet) {
  Values values{};
  values.fill(0x80);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr Values kStandardValues = values_of(kStandard);
constexpr Values kUrlSafeValues = values_of(kUrlSafe);

std::uint32_t byte_at(std::string_view bytes, std::size_t i) noexcept {
  return static_cast<unsigned char>(bytes[i]);
}

/// Writes all whole groups and then, without "=", what is left; returns the end.
char* encode(char* out, std::string_view bytes, std::string_view alphabet) noexcept {
  std::size_t i = 0;
  for (; bytes.size() - i >= 3; i += 3) {
    const std::uint32_t group =
        byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    *out++ = alphabet[group >> 18];
    *out++ = alphabet[group >> 12 & 63];
    *out++ = alphabet[group >> 6 & 63];
    *out++ = alphabet[group & 63];
  }
  const std::size_t left = bytes.size() - i;
  if (left == 0) return out;
  const std::uint32_t group =
      byte_at(bytes, i) << 16 | (left == 2 ? byte_at(bytes, i + 1) << 8 : 0);
  *out++ = alphabet[group >> 18];
  *out++ = alphabet[group >> 12 & 63];
  if (left == 2) *out++ = alphabet[group >> 6 & 63];
  return out;
}

/// Reads text without "=" at its end; false if a character or an unused bit is not as it must be.
bool decode(char* out, std::string_view text, const Values& values) noexcept {
  const auto value = [&](std::size_t i) {
    return std::uint32_t{values[static_cast<unsigned char>(text[i])]};
  };
  std::size_t i = 0;
  std::uint32_t seen = 0;
  for (; text.size() - i >= 4; i += 4) {
    const std::uint32_t a = value(i);
    const std::uint32_t b = value(i + 1);
    const std::uint32_t c = value(i + 2);
    const std::uint32_t d = value(i + 3);
    seen |= a | b | c | d;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    *out++ = static_cast<char>(group >> 16);
    *out++ = static_cast<char>(group >> 8);
    *out++ = static_cast<char>(group);
  }
  const std::size_t left = text.size() - i;
  if (left == 1) return false;
  if (left != 0) {
    const std::uint32_t c = left == 3 ? value(i + 2) : 0;
    seen |= value(i) | value(i + 1) | c;
    const std::uint32_t group = value(i) << 18 | value(i + 1) << 12 | c << 6;
    *out++ = static_cast<char>(group >> 16);
    if (left == 3) *out++ = static_cast<char>(group >> 8);
    if ((group & (left == 3 ? 0xffu : 0xffffu)) != 0) return false;
  }
  return (seen & 0x80) == 0;
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const std::size_t start = out.size();
  out.resize(start + base64_size(bytes.size()), '=');
  encode(out.data() + start, bytes, kStandard);
}

bool append_base64_decoded(std::string& out, std::string_view text) {
  if (text.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  const std::size_t start = out.size();
  out.resize(start + text.size() * 3 / 4);
  if (decode(out.data() + start, text, kStandardValues)) return true;
  out.resize(start);
  return false;
}

void write_base64url(char* out, std::string_view bytes) noexcept { encode(out, bytes, kUrlSafe); }

bool read_base64url(char* out, std::string_view text) noexcept {
  return decode(out, text, kUrlSafeValues);
}

}  // namespace pushgate
