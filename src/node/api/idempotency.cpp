#include "node/api/idempotency.hpp"

#include <algorithm>

namespace pushgate::node {

std::size_t IdempotencyTable::cost(const std::string& key, const Entry& entry) noexcept {
  return 2 * key.size() + entry.digest.size() + entry.reply.body.size();
}

std::optional<ApiReply> IdempotencyTable::find(std::string_view key, std::string_view digest,
                                               TimePoint now) {
  drop_old(now);
  const auto found = entries_.find(std::string{key});
  if (found == entries_.end()) return std::nullopt;
  if (found->second.digest == digest) return found->second.reply;
  return to_reply(
      {422, "idempotency_key_reused", "this Idempotency-Key came with another request", {}});
}

void IdempotencyTable::remember(std::string_view key, std::string_view digest,
                                const ApiReply& reply, TimePoint now) {
  std::string name{key};
  drop(name);
  const auto place = oldest_first_.insert(oldest_first_.end(), name);
  const auto added =
      entries_.emplace(std::move(name), Entry{std::string{digest}, reply, now, place}).first;
  bytes_ += cost(added->first, added->second);
  while (entries_.size() > bounds_.entries || bytes_ > bounds_.bytes) {
    drop(std::string{oldest_first_.front()});
  }
}

void IdempotencyTable::drop(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  bytes_ -= cost(found->first, found->second);
  const auto place = found->second.place;
  entries_.erase(found);
  oldest_first_.erase(place);
}

void IdempotencyTable::drop_old(TimePoint now) {
  while (!oldest_first_.empty()) {
    const std::string oldest = oldest_first_.front();
    if (now - entries_.at(oldest).since < bounds_.keep) return;
    drop(oldest);
  }
}

bool is_idempotency_key(std::string_view key) noexcept {
  return !key.empty() && key.size() <= 255 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace pushgate::node
