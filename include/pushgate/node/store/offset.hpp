#pragma once
// offset.hpp - places in a log, as clients carry them about. Sans-I/O.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pushgate::node {

/// A place in the log of a namespace: "k3f9-1700000000000-0". The epoch changes whenever the log
/// cannot vouch for what came before: then no place of an older epoch means anything. Places of one
/// epoch are ordered by the two numbers. Redis' streams adapter has no epochs: "1700000000000-0".
struct Offset {
  std::string epoch{};  ///< [a-z0-9]*, empty in the streams adapter
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  /// Nullopt for anything else. The epoch has at most 32 characters.
  static std::optional<Offset> parse(std::string_view text);
  std::string to_string() const;

  /// Meaningful within one epoch.
  std::strong_ordering order(const Offset& other) const noexcept {
    if (const auto by_high = high <=> other.high; std::is_neq(by_high)) return by_high;
    return low <=> other.low;
  }
  friend bool operator==(const Offset&, const Offset&) = default;
};

/// Is `offset` at or before `place`, as far as anybody can tell? False if either is no offset, or
/// if they are of different epochs.
bool is_covered(std::string_view offset, std::string_view place);

}  // namespace pushgate::node
