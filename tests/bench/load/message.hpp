#pragma once
// message.hpp - the payload of a published message: eight hexadecimal digits of its room, eight of
// its sequence number, and letters up to its size.

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pushgate::bench {

inline constexpr std::size_t kHexDigits = 8;
inline constexpr std::size_t kStampBytes = 2 * kHexDigits;  ///< the least size of a message

inline void append_hex(std::string& out, std::uint32_t value) {
  std::array<char, kHexDigits> digits{};
  const char* end = std::to_chars(digits.data(), digits.data() + kHexDigits, value, 16).ptr;
  const auto count = static_cast<std::size_t>(end - digits.data());
  out.append(kHexDigits - count, '0').append(digits.data(), count);
}

inline void append_message(std::string& out, std::uint32_t room, std::uint32_t sequence,
                           std::size_t size) {
  append_hex(out, room);
  append_hex(out, sequence);
  for (std::size_t i = kStampBytes; i < size; ++i) out.push_back(static_cast<char>('a' + i % 26));
}

/// Eight lower-case hexadecimal digits in a few operations on one word: millions of messages in a
/// second are read with it. What is no digit gives a wrong number, not an error.
inline std::uint32_t read_hex(const char* digits) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, digits, sizeof word);  // the first digit is the lowest byte
  word = (word & 0x0F0F0F0F0F0F0F0FU) + 9 * (word >> 6 & 0x0101010101010101U);
  word = (word << 4 | word >> 8) & 0x00FF00FF00FF00FFU;
  word = (word << 8 | word >> 16) & 0x0000FFFF0000FFFFU;
  return static_cast<std::uint32_t>(word << 16 | word >> 32);
}

inline std::uint32_t room_of(std::string_view message) noexcept { return read_hex(message.data()); }
inline std::uint32_t sequence_of(std::string_view message) noexcept {
  return read_hex(message.data() + kHexDigits);
}

}  // namespace pushgate::bench
