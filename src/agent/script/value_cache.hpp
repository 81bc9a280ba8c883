#pragma once
// value_cache.hpp - what pushgate.cache remembers. sans-I/O.

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "pushgate/base/clock.hpp"

namespace pushgate::agent {

/// A table, as JSON: every call gets one of its own, so that none changes another's.
struct TableText {
  std::string json;
};
using CachedValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, TableText>;

/// Values with an end, of which the least recently used goes first. Not thread-safe.
class ValueCache {
 public:
  explicit ValueCache(std::size_t capacity) : capacity_(capacity) {}

  /// nullptr: not there, or not any more. Valid until the next `put`.
  const CachedValue* find(std::string_view key, TimePoint now);
  void put(std::string key, CachedValue value, TimePoint end);
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    CachedValue value;
    TimePoint end;
  };
  using List = std::list<Entry>;

  std::size_t capacity_;
  List entries_;  // most recently used first
  std::unordered_map<std::string_view, List::iterator> by_key_;
};

}  // namespace pushgate::agent
