#pragma once
// event_budget.hpp - how many events one client may still send now: a token bucket in one number.
// Sans-I/O.

#include <algorithm>
#include <chrono>

#include "pushgate/base/clock.hpp"
#include "pushgate/config/node_config.hpp"

namespace pushgate::node {

/// Starts full. The bucket is kept as the time at which it will be full again, so that nobody has
/// to fill it, and a new rate counts at once.
class EventBudget {
 public:
  /// Takes one, if there is one. Without a rate there always is.
  bool take(TimePoint now, const config::EventRateConfig& rate) noexcept {
    if (rate.per_second == 0) return true;
    const std::chrono::nanoseconds each{1'000'000'000 / rate.per_second};
    const unsigned burst = rate.burst != 0 ? rate.burst : rate.per_second;
    const TimePoint full = std::max(full_at_, now) + each;
    if (full - now > each * burst) return false;
    full_at_ = full;
    return true;
  }

 private:
  TimePoint full_at_{};
};

}  // namespace pushgate::node
