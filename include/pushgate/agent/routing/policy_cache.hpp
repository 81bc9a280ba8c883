#pragma once
// policy_cache.hpp - one hash table for all pools that have the same members.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "pushgate/agent/routing/hash_policy.hpp"

namespace pushgate::agent {

/// Hands out policies; equal pools share one. Kept across reloads, it also means that a reload
/// builds tables only for pools whose members or policy have changed. Control thread only.
class PolicyCache {
 public:
  /// The policy of these members: the one somebody still holds, or a new one.
  std::shared_ptr<const HashPolicy> get(config::HashKind kind, std::span<const HashMember> members);

  /// How many policies have been built so far.
  std::size_t built() const noexcept { return built_; }

 private:
  std::unordered_map<std::string, std::weak_ptr<const HashPolicy>> policies_;
  std::size_t built_ = 0;
  std::size_t sweep_at_ = 64;
};

}  // namespace pushgate::agent
