#pragma once
// sample.hpp - pools and keys for the routing tests, and policies asked by id instead of by index.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/routing/hash_policy.hpp"

#include "agent/routing/golden_vectors.hpp"

namespace pushgate::agent::sample {

using golden::PoolMember;

/// A policy together with the members that its indices mean.
class NamedPolicy {
 public:
  NamedPolicy(config::HashKind kind, std::vector<PoolMember> members)
      : members_(std::move(members)) {
    std::vector<HashMember> views;
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
      views.push_back({members_[i].id, members_[i].weight, i, members_[i].address});
    }
    policy_ = make_hash_policy(kind, views);
  }

  const HashPolicy& policy() const { return *policy_; }
  const std::vector<PoolMember>& members() const { return members_; }

  /// Empty if there is none.
  std::string pick(std::string_view key) const {
    const std::size_t index = policy_->pick(key);
    return index == HashPolicy::kNone ? "" : members_.at(index).id;
  }
  std::vector<std::string> order(std::string_view key) const {
    std::vector<std::uint32_t> indices;
    policy_->order(key, indices);
    std::vector<std::string> ids;
    for (const std::uint32_t index : indices) ids.push_back(members_.at(index).id);
    return ids;
  }

 private:
  std::vector<PoolMember> members_;
  std::unique_ptr<const HashPolicy> policy_;
};

/// "node-0" … on 10.0.x.y:4000, each of weight 1.
inline std::vector<PoolMember> nodes(std::size_t count) {
  std::vector<PoolMember> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back({"node-" + std::to_string(i),
                      "10.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250) + ":4000",
                      1});
  }
  return result;
}

inline std::vector<PoolMember> without(std::vector<PoolMember> members, std::string_view id) {
  std::erase_if(members, [&](const PoolMember& member) { return member.id == id; });
  return members;
}

inline std::vector<PoolMember> shuffled(std::vector<PoolMember> members, unsigned seed) {
  std::mt19937 random{seed};
  std::shuffle(members.begin(), members.end(), random);
  return members;
}

/// Shaped like uids in the field: "u" and 7 to 10 digits. Fixed seed.
inline std::vector<std::string> keys(std::size_t count) {
  std::mt19937_64 random{20240131};
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back("u" + std::to_string(1'000'000 + random() % 9'000'000'000U));
  }
  return result;
}

/// How many of `keys` go to each member.
inline std::map<std::string, std::size_t> loads(const NamedPolicy& policy,
                                                const std::vector<std::string>& keys) {
  std::map<std::string, std::size_t> result;
  for (const PoolMember& member : policy.members()) result[member.id] = 0;
  for (const std::string& key : keys) ++result[policy.pick(key)];
  return result;
}

/// Largest deviation of a member's load from its fair share, as a part of that share.
inline double worst_deviation(const NamedPolicy& policy, const std::vector<std::string>& keys) {
  double weights = 0;
  for (const PoolMember& member : policy.members()) weights += member.weight;
  const auto load = loads(policy, keys);
  double worst = 0;
  for (const PoolMember& member : policy.members()) {
    const double fair = static_cast<double>(keys.size()) * member.weight / weights;
    worst = std::max(worst, std::abs(static_cast<double>(load.at(member.id)) - fair) / fair);
  }
  return worst;
}

}  // namespace pushgate::agent::sample
