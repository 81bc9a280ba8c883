#include "pushgate/runtime/waiter.hpp"

#include <utility>

namespace pushgate::runtime {

Waiter::Wait Waiter::wait_until(TimePoint deadline) {
  deadline_ = deadline;
  if (deadline != TimePoint::max()) {
    // An armed timer that is due no later will look at deadline_ when it fires, and go on.
    const bool wakes_in_time = armed() && armed_for_ <= deadline;
    if (!wakes_in_time) {
      armed_for_ = deadline;
      reactor_.arm(*this, deadline);
    }
  }
  return Wait{*this};
}

void Waiter::resume(WakeReason reason) {
  reason_ = reason;
  deadline_ = TimePoint::max();
  // The coroutine may destroy this object before resume() returns.
  std::exchange(coroutine_, nullptr).resume();
}

void Waiter::cancel() {
  if (coroutine_) resume(WakeReason::cancelled);
}

void Waiter::on_ready(Channel&) {
  if (coroutine_) resume(WakeReason::ready);
}

void Waiter::on_timer(TimePoint now) {
  if (!coroutine_ || deadline_ == TimePoint::max()) return;
  if (now < deadline_) {
    armed_for_ = deadline_;
    reactor_.arm(*this, deadline_);
    return;
  }
  resume(WakeReason::timed_out);
}

}  // namespace pushgate::runtime
