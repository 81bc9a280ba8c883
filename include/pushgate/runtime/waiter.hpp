#pragma once
// waiter.hpp - where a session's coroutine suspends: until a channel is ready, a deadline, or a
// stop.

#include <coroutine>
#include <cstdint>

#include "pushgate/runtime/reactor.hpp"

namespace pushgate::runtime {

enum class WakeReason : std::uint8_t {
  ready,  ///< a channel is ready for what the coroutine is interested in
  timed_out,
  cancelled,  ///< cancel() was called: the thread is stopping or draining
};

/// One coroutine's place to wait. The channels it waits for have this object as their sink and
/// their `interest` set; which of them woke it up, the coroutine sees from their `ready` bits.
///
/// The deadline is lazy: a wait that ends early leaves the timer in the wheel, and the next wait
/// with a later deadline only writes down a number. Per request this costs nothing.
class Waiter final : public EventSink, private TimerNode {
 public:
  explicit Waiter(Reactor& reactor) noexcept : reactor_(reactor) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  class Wait {
   public:
    explicit Wait(Waiter& waiter) noexcept : waiter_(waiter) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) const noexcept {
      waiter_.coroutine_ = coroutine;
    }
    WakeReason await_resume() const noexcept { return waiter_.reason_; }

   private:
    Waiter& waiter_;
  };

  /// Suspends until an event of interest or the deadline. The caller has consumed what was ready
  /// before: readiness that came earlier does not wake it again.
  Wait wait_until(TimePoint deadline);

  /// Wakes the coroutine with `cancelled` if it waits; otherwise does nothing.
  void cancel();
  bool waiting() const noexcept { return coroutine_ != nullptr; }

  void on_ready(Channel& channel) override;

 private:
  void on_timer(TimePoint now) override;
  void resume(WakeReason reason);

  Reactor& reactor_;
  std::coroutine_handle<> coroutine_;
  TimePoint deadline_ = TimePoint::max();
  TimePoint armed_for_{};
  WakeReason reason_ = WakeReason::ready;
};

}  // namespace pushgate::runtime
