#pragma once
// alarm.hpp - a timer for one object: it calls when the earliest time that was asked for has come.

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pushgate/base/clock.hpp"

namespace pushgate::redis {

/// Lazy: asking for a later time than the one awaited changes nothing, so a deadline that moves
/// with every command costs nothing. Who is called looks what is due, and asks again for what is
/// not.
class Alarm {
 public:
  Alarm(const boost::asio::any_io_executor& executor, std::function<void()> on_time)
      : state_(std::make_shared<State>(executor, std::move(on_time))) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm() { stop(); }

  /// Calls no later than at `when`, from the executor's queue. TimePoint::max(): no call wanted.
  void ask(TimePoint when) {
    if (when >= state_->awaited || !state_->on_time) return;
    state_->awaited = when;
    state_->timer.expires_at(when);
    state_->timer.async_wait([state = state_, when](const boost::system::error_code&) {
      if (state->awaited != when || !state->on_time) return;  // asked for an earlier time since
      state->awaited = TimePoint::max();
      // A copy, because the callee may end its owner, and this alarm with it.
      const std::function<void()> on_time = state->on_time;
      on_time();
    });
  }

  /// No call from here on.
  void stop() {
    state_->on_time = nullptr;
    state_->timer.cancel();
  }

 private:
  struct State {
    State(const boost::asio::any_io_executor& executor, std::function<void()> callback)
        : timer(executor), on_time(std::move(callback)) {}

    boost::asio::steady_timer timer;
    std::function<void()> on_time;
    TimePoint awaited = TimePoint::max();
  };
  std::shared_ptr<State> state_;
};

}  // namespace pushgate::redis
