#pragma once
// crc32.hpp - the CRC that nginx hashes with: CRC-32/ISO-HDLC, the one of zlib and Ethernet.

#include <array>
#include <cstdint>
#include <string_view>

namespace pushgate::agent {

namespace detail {

constexpr std::array<std::uint32_t, 256> make_crc32_table() noexcept {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1U) != 0 ? (value >> 1) ^ 0xedb88320U : value >> 1;
    }
    table[i] = value;
  }
  return table;
}

inline constexpr std::array<std::uint32_t, 256> kCrc32Table = make_crc32_table();

}  // namespace detail

/// Feed bytes, then ask for the value. Copies are cheap: a common prefix is hashed only once.
class Crc32 {
 public:
  constexpr Crc32& add(std::string_view bytes) noexcept {
    for (const char c : bytes) add_byte(static_cast<std::uint8_t>(c));
    return *this;
  }
  constexpr Crc32& add_byte(std::uint8_t byte) noexcept {
    state_ = detail::kCrc32Table[(state_ ^ byte) & 0xffU] ^ (state_ >> 8);
    return *this;
  }
  /// Four bytes, least significant first.
  constexpr Crc32& add_u32(std::uint32_t value) noexcept {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      add_byte(static_cast<std::uint8_t>(value >> shift));
    }
    return *this;
  }
  constexpr std::uint32_t value() const noexcept { return ~state_; }

 private:
  std::uint32_t state_ = 0xffffffffU;
};

}  // namespace pushgate::agent
