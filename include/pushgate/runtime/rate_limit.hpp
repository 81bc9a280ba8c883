#pragma once
// rate_limit.hpp - how a failure that happens a thousand times a second gets a few log lines.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pushgate/base/clock.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::runtime {

struct RateLimitSettings {
  std::uint32_t burst = 5;  ///< lines per interval
  Clock::duration interval = std::chrono::seconds{10};
};

/// At most `burst` events per interval; the rest are counted. Not thread-safe: one per thread and
/// call site. Sans-I/O.
class RateLimit {
 public:
  explicit RateLimit(RateLimitSettings settings = {}) noexcept : settings_(settings) {}

  /// Nullopt: suppress this one. Otherwise the number suppressed since the last one let through.
  std::optional<std::uint64_t> admit(TimePoint now) noexcept;

  /// True if nothing was let through or suppressed within the interval before `now`.
  bool idle(TimePoint now) const noexcept { return now - started_ >= settings_.interval; }

 private:
  RateLimitSettings settings_;
  TimePoint started_{TimePoint::duration::min() / 2};  // halved: now - started_ must not overflow
  std::uint32_t admitted_ = 0;
  std::uint64_t suppressed_ = 0;
};

/// A RateLimit for each key (a node's id, a rule's name), for a bounded number of keys: those
/// beyond it share one. Not thread-safe.
class KeyedRateLimit {
 public:
  static constexpr std::size_t kMaxKeys = 1024;

  explicit KeyedRateLimit(RateLimitSettings settings = {})
      : settings_(settings), overflow_(settings) {}

  /// As RateLimit::admit. O(1) unless a new key meets a full table, which is then swept.
  std::optional<std::uint64_t> admit(std::string_view key, TimePoint now);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const noexcept {
      return std::hash<std::string_view>{}(key);
    }
  };

  RateLimitSettings settings_;
  RateLimit overflow_;
  std::unordered_map<std::string, RateLimit, Hash, std::equal_to<>> limits_;
};

/// Logs a line unless it is one too many for its key. A line that follows suppressed ones is
/// preceded by "similar lines suppressed" with their number. For one thread; the Log may be shared.
class RateLimitedLog {
 public:
  explicit RateLimitedLog(Log& log, RateLimitSettings settings = {})
      : log_(log), limit_(settings) {}

  /// `message` and `key` together are what is limited; `key` should also be among the fields.
  void write(LogLevel level, std::string_view message, std::string_view key, LogFields fields = {});
  void warn(std::string_view message, std::string_view key, LogFields fields = {}) {
    write(LogLevel::warn, message, key, fields);
  }

 private:
  Log& log_;
  KeyedRateLimit limit_;
  std::string message_and_key_;  // reused, so that a suppressed line allocates nothing
};

}  // namespace pushgate::runtime
