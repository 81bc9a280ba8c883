#pragma once
// ip_address.hpp - an IPv4 or IPv6 address as a value, and sets of networks ("10.0.0.0/8").

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pushgate {

/// An IPv4 or IPv6 address, without port or zone. An IPv4-mapped IPv6 address ("::ffff:1.2.3.4",
/// what a dual-stack socket reports) is stored as the IPv4 address that it means, so that one
/// client has one spelling. The default value is 0.0.0.0.
class IpAddress {
 public:
  IpAddress() noexcept = default;

  /// From four bytes in network order.
  static IpAddress v4(std::array<std::uint8_t, 4> bytes) noexcept;
  /// From sixteen bytes in network order; IPv4-mapped addresses become IPv4.
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes) noexcept;
  /// Parses the textual forms of inet_pton(3), without brackets.
  static std::optional<IpAddress> parse(std::string_view text) noexcept;

  bool is_v4() const noexcept { return is_v4_; }
  /// Sixteen bytes in network order; IPv4 addresses in their mapped form.
  const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  std::string to_string() const;
  /// Writes to_string() into `out`; returns its length. At most 45 characters. Does not allocate.
  std::size_t format(char (&out)[46]) const noexcept;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  bool is_v4_ = true;
};

/// A set of networks, as in `trustedProxies`. Immutable once built; lookups are O(networks).
class CidrSet {
 public:
  /// Adds "address/prefix", or "address" for a single host. False if the text is neither, or if
  /// bits are set beyond the prefix ("10.0.0.1/8", most often a typing error).
  bool add(std::string_view text);
  bool contains(const IpAddress& address) const noexcept;
  bool empty() const noexcept { return networks_.empty(); }

  friend bool operator==(const CidrSet&, const CidrSet&) = default;

 private:
  struct Network {
    IpAddress address;
    unsigned prefix_bits;  // counted in the sixteen-byte form, so IPv4 prefixes are offset by 96

    friend bool operator==(const Network&, const Network&) = default;
  };
  std::vector<Network> networks_;
};

}  // namespace pushgate
