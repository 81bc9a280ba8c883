#include "pushgate/agent/routing/policy_cache.hpp"

#include <algorithm>

namespace pushgate::agent {

namespace {

void append_number(std::string& out, std::uint64_t number) {
  out += std::to_string(number);
  out += ':';
}

/// Everything a policy looks at. Lengths stand before texts, so that different members never give
/// the same key.
std::string key_of(config::HashKind kind, std::span<const HashMember> members) {
  std::string key;
  append_number(key, static_cast<std::uint64_t>(kind));
  for (const HashMember& member : members) {
    append_number(key, member.weight);
    append_number(key, member.server);
    append_number(key, member.id.size());
    key += member.id;
    append_number(key, member.address.size());
    key += member.address;
  }
  return key;
}

}  // namespace

std::shared_ptr<const HashPolicy> PolicyCache::get(config::HashKind kind,
                                                   std::span<const HashMember> members) {
  if (policies_.size() >= sweep_at_) {
    std::erase_if(policies_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<std::size_t>(64, policies_.size() * 2);
  }
  std::weak_ptr<const HashPolicy>& entry = policies_[key_of(kind, members)];
  std::shared_ptr<const HashPolicy> policy = entry.lock();
  if (!policy) {
    policy = make_hash_policy(kind, members);
    entry = policy;
    ++built_;
  }
  return policy;
}

}  // namespace pushgate::agent
