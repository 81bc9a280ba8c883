#pragma once
// ticker.hpp - the beat at which a load program looks at its sockets.

#include <cstdint>

#include <sys/timerfd.h>
#include <unistd.h>

#include "pushgate/base/unique_fd.hpp"

#include "load/socket.hpp"

namespace pushgate::bench {

/// A client on the same machine is woken by the server's CPU time, once for each message if it is
/// quick; real clients are elsewhere. So it does not wait in epoll, where the server would find and
/// wake it, but for the next beat of a clock.
class Ticker {
 public:
  explicit Ticker(unsigned microseconds) : timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
    itimerspec beat{};
    beat.it_interval.tv_sec = microseconds / 1'000'000;
    beat.it_interval.tv_nsec = static_cast<long>(microseconds % 1'000'000) * 1000;
    beat.it_value = beat.it_interval;
    if (!timer_ || ::timerfd_settime(timer_.get(), 0, &beat, nullptr) != 0) fail("timerfd");
  }

  /// Returns at the next beat; at once if one has passed since the last call.
  void wait() {
    std::uint64_t beats = 0;
    if (::read(timer_.get(), &beats, sizeof beats) < 0 && errno != EINTR) fail("read(timerfd)");
  }

 private:
  UniqueFd timer_;
};

}  // namespace pushgate::bench
