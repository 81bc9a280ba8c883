#pragma once
// value_cache.hpp - what pushgate.cache remembers. sans-I/O.

#include <cstdint>
#include <string>
#include <variant>

#include "pushgate/base/clock.hpp"
#include "pushgate/base/expiring_lru.hpp"

namespace pushgate::agent {

/// A table, as JSON: every call gets one of its own, so that none changes another's.
struct TableText {
  std::string json;
};
using CachedValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, TableText>;

using ValueCache = ExpiringLru<CachedValue, TimePoint>;

}  // namespace pushgate::agent
