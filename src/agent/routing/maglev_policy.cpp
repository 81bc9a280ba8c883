#include "agent/routing/maglev_policy.hpp"

#include <algorithm>

#include <xxhash.h>

namespace pushgate::agent {

namespace {

constexpr std::uint64_t kSlots = 65'537;  // both prime, both from the paper
constexpr std::uint64_t kManySlots = 655'373;
constexpr std::size_t kMembersForMany = kSlots / 10;

}  // namespace

/// One member while the table is being filled.
struct MaglevPolicy::Turn {
  std::string_view id;
  std::uint32_t index;
  std::uint64_t weight;
  std::uint64_t credit = 0;  // a turn costs the largest weight
  std::uint64_t slot = 0;    // the next of its permutation
  std::uint64_t skip = 0;
};

MaglevPolicy::MaglevPolicy(std::span<const HashMember> members) : ranking_(members) {
  std::vector<Turn> turns;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].weight > 0) turns.push_back({members[i].id, i, members[i].weight});
  }
  if (turns.empty()) return;
  std::sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) { return a.id < b.id; });
  slots_ = turns.size() <= kMembersForMany ? kSlots : kManySlots;
  for (Turn& turn : turns) {
    turn.slot = XXH3_64bits_withSeed(turn.id.data(), turn.id.size(), 0) % slots_;
    turn.skip = XXH3_64bits_withSeed(turn.id.data(), turn.id.size(), 1) % (slots_ - 1) + 1;
  }
  table_ = IndexTable{static_cast<std::size_t>(slots_), members.size()};
  fill(turns);
}

void MaglevPolicy::fill(std::vector<Turn>& turns) {
  std::uint64_t largest = 0;
  for (const Turn& turn : turns) largest = std::max(largest, turn.weight);
  std::vector<bool> taken(slots_);
  std::uint64_t free = slots_;
  while (free > 0) {
    for (Turn& turn : turns) {
      turn.credit += turn.weight;
      if (turn.credit < largest) continue;
      turn.credit -= largest;
      while (taken[turn.slot]) turn.slot = (turn.slot + turn.skip) % slots_;
      taken[turn.slot] = true;
      table_.set(turn.slot, turn.index);
      if (--free == 0) break;
    }
  }
}

std::size_t MaglevPolicy::pick(std::string_view key) const noexcept {
  return slots_ == 0 ? kNone : table_[hash(key) % slots_];
}

void MaglevPolicy::order(std::string_view key, std::vector<std::uint32_t>& out) const {
  ranking_.order(hash(key), out);
  if (out.empty()) return;
  const auto own = std::find(out.begin(), out.end(), static_cast<std::uint32_t>(pick(key)));
  std::rotate(out.begin(), own, own + 1);
}

std::uint64_t MaglevPolicy::hash(std::string_view key) const noexcept { return stable_hash(key); }

std::optional<std::uint64_t> MaglevPolicy::bucket(std::string_view key) const noexcept {
  if (slots_ == 0) return std::nullopt;
  return hash(key) % slots_;
}

}  // namespace pushgate::agent
