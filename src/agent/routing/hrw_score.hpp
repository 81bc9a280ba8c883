#pragma once
// hrw_score.hpp - how much a member wants a key: the integer arithmetic of weighted rendezvous
// hashing.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pushgate/agent/routing/hash_policy.hpp"

namespace pushgate::agent {

/// XXH3 (64 bits, seed 0) of the bytes. Its value is frozen by its specification, on every
/// platform.
std::uint64_t stable_hash(std::string_view bytes) noexcept;

/// A bijection on 64 bits in which every input bit reaches every output bit: the finalizer of
/// splitmix64 (Stafford's variant 13).
constexpr std::uint64_t mix64(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// -log2(h / 2^64) in units of 2^-48; h = 0 counts as 1. Integer arithmetic only, because libm's
/// log differs in the last bit between C libraries and compilers, and two agents that round
/// differently would send a user to two nodes. Never increases as h grows; relative error
/// below 1.3e-4.
std::uint64_t cost_q48(std::uint64_t h) noexcept;

/// The members of positive weight, ordered by id, ready to be ranked for any seed.
///
/// The seed stands for a key (or a bucket of keys). Every member draws h = mix64(seed ^ hash(id)),
/// uniform on 64 bits, and the member with the smallest -ln(h / 2^64) / weight wins. This is
/// weighted rendezvous hashing: each wins in proportion to its weight, and because no member's
/// number depends on any other, a member that leaves gives away only what it had and a member that
/// joins takes only what it wins. With equal weights the order is that of h itself, so no logarithm
/// is taken.
///
/// Ties (about one in 2^64) go to the greater h, then to the id that sorts first.
class HrwRanking {
 public:
  /// Members of weight 0 are left out.
  explicit HrwRanking(std::span<const HashMember> members);

  std::size_t size() const noexcept { return indices_.size(); }
  bool weighted() const noexcept { return !weights_.empty(); }

  /// Index of the best member in the span given to the constructor. O(members), no allocation.
  /// Precondition: size() > 0.
  std::uint32_t winner(std::uint64_t seed) const noexcept;
  /// All indices, best first, in `out`. O(members * log members).
  void order(std::uint64_t seed, std::vector<std::uint32_t>& out) const;

 private:
  std::size_t best_unweighted(std::uint64_t seed) const noexcept;
  std::size_t best_weighted(std::uint64_t seed) const noexcept;

  std::vector<std::uint64_t> id_hashes_;
  std::vector<std::uint32_t> weights_;  // empty if all are equal
  std::vector<std::uint32_t> indices_;
};

}  // namespace pushgate::agent
