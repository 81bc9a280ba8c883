#include "agent/script/value_cache.hpp"

#include <utility>

namespace pushgate::agent {

const CachedValue* ValueCache::find(std::string_view key, TimePoint now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const List::iterator entry = found->second;
  if (now >= entry->end) {
    by_key_.erase(found);
    entries_.erase(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->value;
}

void ValueCache::put(std::string key, CachedValue value, TimePoint end) {
  if (capacity_ == 0) return;
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    const List::iterator entry = found->second;
    entry->value = std::move(value);
    entry->end = end;
    entries_.splice(entries_.begin(), entries_, entry);
    return;
  }
  if (entries_.size() >= capacity_) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({std::move(key), std::move(value), end});
  by_key_.emplace(entries_.front().key, entries_.begin());
}

}  // namespace pushgate::agent
