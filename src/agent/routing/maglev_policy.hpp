#pragma once
// maglev_policy.hpp - Maglev hashing: the most even table, at the price of a few needless moves.

#include "pushgate/agent/routing/hash_policy.hpp"

#include "agent/routing/hrw_score.hpp"
#include "agent/routing/index_table.hpp"

namespace pushgate::agent {

/// Maglev's lookup table (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
/// Balancer", NSDI 2016, section 3.4): members take turns, in the order of their ids, and each
/// takes the next free slot of its own permutation of the slots. Weights as in Envoy: in each round
/// a member takes a turn once its weight has added up to the largest one.
///
/// Permutation: offset = XXH3(id, seed 0) mod M, skip = XXH3(id, seed 1) mod (M - 1) + 1; a key's
/// slot is XXH3(key) mod M. M is 65,537 up to 6,553 members and 655,373 beyond (crossing that line
/// moves nearly every key).
///
/// Evenness: with equal weights slot counts differ by at most one. Stability: when one of n members
/// leaves, its keys move and a few of the others' do too (about as many again for a hundred
/// members). Use rendezvous where that matters more. Fail-over: after the first choice, members
/// follow in the order of rendezvous hashing of the key itself, so that the users of a dead node
/// spread evenly.
class MaglevPolicy final : public HashPolicy {
 public:
  explicit MaglevPolicy(std::span<const HashMember> members);

  std::size_t pick(std::string_view key) const noexcept override;
  void order(std::string_view key, std::vector<std::uint32_t>& out) const override;
  std::uint64_t hash(std::string_view key) const noexcept override;
  std::optional<std::uint64_t> bucket(std::string_view key) const noexcept override;
  std::string_view name() const noexcept override { return "maglev"; }

 private:
  struct Turn;
  void fill(std::vector<Turn>& turns);

  std::uint64_t slots_ = 0;
  IndexTable table_;
  HrwRanking ranking_;
};

}  // namespace pushgate::agent
