#pragma once
// clock.hpp - the one clock that timeouts use.

#include <chrono>

namespace pushgate {

/// Monotonic; never jumps with the wall clock. Code that decides takes `now` as an argument and
/// does not ask for it, so that tests can pass any time they like.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

}  // namespace pushgate
