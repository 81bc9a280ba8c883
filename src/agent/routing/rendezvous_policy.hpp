#pragma once
// rendezvous_policy.hpp - weighted rendezvous hashing over a fixed number of buckets.

#include "pushgate/agent/routing/hash_policy.hpp"

#include "agent/routing/hrw_score.hpp"
#include "agent/routing/index_table.hpp"

namespace pushgate::agent {

/// A key falls into one of 2^17 buckets by the top bits of its XXH3 hash, and each bucket belongs
/// to the member that wins it by weighted rendezvous hashing (hrw_score.hpp).
///
/// Stability, exact: a member that leaves gives away only its own buckets, each to the second
/// choice of that bucket; a member that joins or gains weight only takes; nothing else moves.
///
/// The number of buckets is part of the protocol between agents: it never depends on the members.
/// Evenness: with equal weights a member's share has a relative standard deviation of
/// sqrt(members / 2^17): 0.5 % for 3 members, 2.8 % for 100, 8.7 % for 1,000.
///
/// The table is only a memory of the winners. A pool of few members has none and ranks them at each
/// pick, which is as fast and takes no memory: a router file with 10,000 small products stays
/// small.
class RendezvousPolicy final : public HashPolicy {
 public:
  static constexpr unsigned kBucketBits = 17;
  static constexpr std::size_t kBuckets = std::size_t{1} << kBucketBits;
  /// Up to so many members there is no table; fewer with weights, which take a logarithm each.
  static constexpr std::size_t kRankedAtPick = 16;
  static constexpr std::size_t kRankedAtPickWeighted = 8;

  explicit RendezvousPolicy(std::span<const HashMember> members);

  std::size_t pick(std::string_view key) const noexcept override;
  void order(std::string_view key, std::vector<std::uint32_t>& out) const override;
  std::uint64_t hash(std::string_view key) const noexcept override;
  std::optional<std::uint64_t> bucket(std::string_view key) const noexcept override;
  std::string_view name() const noexcept override { return "rendezvous"; }

 private:
  HrwRanking ranking_;
  IndexTable winners_;  // empty for few members
};

}  // namespace pushgate::agent
