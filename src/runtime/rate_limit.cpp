// rate_limit.cpp - how a failure that happens a thousand times a second gets a few log lines.

#include "pushgate/runtime/rate_limit.hpp"

#include <utility>

namespace pushgate::runtime {

std::optional<std::uint64_t> RateLimit::admit(TimePoint now) noexcept {
  if (idle(now)) {
    started_ = now;
    admitted_ = 0;
  }
  if (admitted_ >= settings_.burst) {
    ++suppressed_;
    return std::nullopt;
  }
  ++admitted_;
  return std::exchange(suppressed_, 0);
}

std::optional<std::uint64_t> KeyedRateLimit::admit(std::string_view key, TimePoint now) {
  auto found = limits_.find(key);
  if (found == limits_.end()) {
    if (limits_.size() >= kMaxKeys) {
      std::erase_if(limits_, [now](const auto& entry) { return entry.second.idle(now); });
    }
    if (limits_.size() >= kMaxKeys) return overflow_.admit(now);
    found = limits_.emplace(std::string{key}, RateLimit{settings_}).first;
  }
  return found->second.admit(now);
}

void RateLimitedLog::write(LogLevel level, std::string_view message, std::string_view key,
                           LogFields fields) {
  if (!log_.enabled(level)) return;
  message_and_key_.assign(message).append(1, '\0').append(key);
  const std::optional<std::uint64_t> suppressed = limit_.admit(message_and_key_, Clock::now());
  if (!suppressed) return;
  if (*suppressed > 0) {
    log_.warn("similar lines suppressed", {{"lines", *suppressed}, {"of", message}, {"key", key}});
  }
  log_.write(level, message, fields);
}

}  // namespace pushgate::runtime
