#include "agent/token/token_cache.hpp"

#include <xxhash.h>

namespace pushgate::agent {

std::size_t TokenCache::Hash::operator()(std::string_view token) const noexcept {
  return XXH3_64bits(token.data(), token.size());
}

const std::string* TokenCache::find(std::string_view token, WallTime now) {
  if (by_token_.empty()) return nullptr;
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return nullptr;
  const auto entry = found->second;
  if (now >= entry->expires) {
    by_token_.erase(found);
    entries_.erase(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->uid;
}

void TokenCache::add(std::string_view token, const TokenVerdict& verdict) {
  if (max_entries_ == 0 || by_token_.contains(token)) return;
  if (entries_.size() >= max_entries_) {
    by_token_.erase(entries_.back().token);
    entries_.pop_back();
  }
  entries_.push_front({std::string{token}, verdict.uid, verdict.expires});
  by_token_.emplace(entries_.front().token, entries_.begin());
}

void TokenCache::clear() noexcept {
  by_token_.clear();
  entries_.clear();
}

}  // namespace pushgate::agent
