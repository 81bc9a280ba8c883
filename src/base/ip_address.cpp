#include "pushgate/base/ip_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace pushgate {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedPrefixBits = 96;

bool bits_equal(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b,
                unsigned bits) noexcept {
  const std::size_t whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (a[whole] & mask) == (b[whole] & mask);
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) noexcept {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin() + 12);
  return address;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& bytes) noexcept {
  IpAddress address;
  address.bytes_ = bytes;
  address.is_v4_ = std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
  // inet_pton would stop at a null byte and accept what stands before it.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';

  std::array<std::uint8_t, 4> four{};
  if (::inet_pton(AF_INET, buffer, four.data()) == 1) return v4(four);
  std::array<std::uint8_t, 16> sixteen{};
  if (::inet_pton(AF_INET6, buffer, sixteen.data()) == 1) return v6(sixteen);
  return std::nullopt;
}

std::size_t IpAddress::format(char (&out)[46]) const noexcept {
  if (!is_v4_) {
    const char* const text = ::inet_ntop(AF_INET6, bytes_.data(), out, sizeof out);
    return text == nullptr ? 0 : std::strlen(text);
  }
  // inet_ntop goes through printf for this, which shows in a profile: it runs once per request.
  char* end = out;
  for (std::size_t i = 12; i < bytes_.size(); ++i) {
    if (i > 12) *end++ = '.';
    end = std::to_chars(end, out + sizeof out, bytes_[i]).ptr;
  }
  return static_cast<std::size_t>(end - out);
}

std::string IpAddress::to_string() const {
  char buffer[46];
  const std::size_t length = format(buffer);
  return {buffer, length};
}

bool CidrSet::add(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) return false;

  const unsigned offset = address->is_v4() ? kMappedPrefixBits : 0;
  const unsigned most = 128 - offset;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > most) return false;
  }
  bits += offset;

  std::array<std::uint8_t, 16> masked = address->bytes();
  for (unsigned i = bits; i < 128; ++i) {
    masked[i / 8] = static_cast<std::uint8_t>(masked[i / 8] & ~(0x80u >> (i % 8)));
  }
  if (masked != address->bytes()) return false;
  networks_.push_back({*address, bits});
  return true;
}

bool CidrSet::contains(const IpAddress& address) const noexcept {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    return network.address.is_v4() == address.is_v4() &&
           bits_equal(network.address.bytes(), address.bytes(), network.prefix_bits);
  });
}

}  // namespace pushgate
