#include "agent/routing/rendezvous_policy.hpp"

namespace pushgate::agent {

namespace {

std::uint64_t bucket_of(std::uint64_t hash) noexcept {
  return hash >> (64 - RendezvousPolicy::kBucketBits);
}

/// What stands for the keys of a bucket in the ranking: the bucket's number, spread over 64 bits.
/// The increment keeps bucket 0 away from mix64's fixed point 0.
std::uint64_t seed_of(std::uint64_t bucket) noexcept {
  return mix64((bucket + 1) * 0x9e3779b97f4a7c15U);
}

}  // namespace

RendezvousPolicy::RendezvousPolicy(std::span<const HashMember> members) : ranking_(members) {
  if (ranking_.size() <= (ranking_.weighted() ? kRankedAtPickWeighted : kRankedAtPick)) return;
  winners_ = IndexTable{kBuckets, members.size()};
  for (std::size_t i = 0; i < kBuckets; ++i) winners_.set(i, ranking_.winner(seed_of(i)));
}

std::size_t RendezvousPolicy::pick(std::string_view key) const noexcept {
  if (ranking_.size() == 0) return kNone;
  const std::uint64_t bucket = bucket_of(hash(key));
  return winners_.empty() ? ranking_.winner(seed_of(bucket)) : winners_[bucket];
}

void RendezvousPolicy::order(std::string_view key, std::vector<std::uint32_t>& out) const {
  ranking_.order(seed_of(bucket_of(hash(key))), out);
}

std::uint64_t RendezvousPolicy::hash(std::string_view key) const noexcept {
  return stable_hash(key);
}

std::optional<std::uint64_t> RendezvousPolicy::bucket(std::string_view key) const noexcept {
  return bucket_of(hash(key));
}

}  // namespace pushgate::agent
