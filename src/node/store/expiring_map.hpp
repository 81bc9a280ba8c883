#pragma once
// expiring_map.hpp - values that are forgotten at their time, or before it when space runs out.
// Sans-I/O.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "pushgate/base/clock.hpp"

namespace pushgate::node {

template <class Value>
class ExpiringMap {
 public:
  /// Replaces what is there.
  void put(const std::string& key, Value value, std::size_t bytes, TimePoint due) {
    take(key);
    const auto at = dues_.emplace(due, key);
    items_.emplace(key, Item{std::move(value), bytes, at});
    bytes_ += bytes;
  }
  std::optional<Value> take(const std::string& key) {
    const auto found = items_.find(key);
    if (found == items_.end()) return std::nullopt;
    std::optional<Value> value{std::move(found->second.value)};
    bytes_ -= found->second.bytes;
    dues_.erase(found->second.due);
    items_.erase(found);
    return value;
  }
  const Value* find(const std::string& key) const {
    const auto found = items_.find(key);
    return found == items_.end() ? nullptr : &found->second.value;
  }

  /// The key of what is due first, whether it is due or not.
  const std::string* first() const { return dues_.empty() ? nullptr : &dues_.begin()->second; }
  std::optional<TimePoint> next_due() const {
    if (dues_.empty()) return std::nullopt;
    return dues_.begin()->first;
  }
  std::size_t size() const noexcept { return items_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  using Dues = std::multimap<TimePoint, std::string>;
  struct Item {
    Value value;
    std::size_t bytes;
    typename Dues::iterator due;
  };

  Dues dues_;
  std::unordered_map<std::string, Item> items_;
  std::size_t bytes_ = 0;
};

}  // namespace pushgate::node
