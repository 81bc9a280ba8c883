#pragma once
// expiring_lru.hpp - a bounded number of values by text, each good until a time of its own.

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace pushgate {

/// Of too many values the least recently used goes. `Time` is any clock's time point. Not
/// thread-safe. All in O(1) and the bytes of the key; a hit allocates nothing.
template <class Value, class Time, class Hash = std::hash<std::string_view>>
class ExpiringLru {
 public:
  /// 0: remembers nothing.
  explicit ExpiringLru(std::size_t capacity) noexcept : capacity_(capacity) {}
  ExpiringLru(const ExpiringLru&) = delete;
  ExpiringLru& operator=(const ExpiringLru&) = delete;

  /// nullptr: not there, or not good any more. Valid until the next change.
  const Value* find(std::string_view key, Time now) {
    if (by_key_.empty()) return nullptr;
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    const auto entry = found->second;
    if (now >= entry->end) {
      by_key_.erase(found);
      entries_.erase(entry);
      return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, entry);
    return &entry->value;
  }

  /// Good for a `find` before `end`. Takes the place of an older value.
  void put(std::string_view key, Value value, Time end) {
    if (capacity_ == 0) return;
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      const auto entry = found->second;
      entry->value = std::move(value);
      entry->end = end;
      entries_.splice(entries_.begin(), entries_, entry);
      return;
    }
    if (entries_.size() >= capacity_) {
      by_key_.erase(entries_.back().key);
      entries_.pop_back();
    }
    entries_.push_front({std::string{key}, std::move(value), end});
    by_key_.emplace(entries_.front().key, entries_.begin());
  }

  void clear() noexcept {
    by_key_.clear();
    entries_.clear();
  }
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    Value value;
    Time end;
  };
  using Entries = std::list<Entry>;  // most recently used first

  std::size_t capacity_;
  Entries entries_;
  std::unordered_map<std::string_view, typename Entries::iterator, Hash> by_key_;  // views of keys
};

}  // namespace pushgate
