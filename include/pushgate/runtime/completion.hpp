#pragma once
// completion.hpp - where a coroutine waits for a callback: one value that comes later.

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

namespace pushgate::runtime {

/// One value that a callback brings and one coroutine of the same thread waits for.
///
///   Completion<Reply> completion;
///   client.execute(command, key, [done = completion.setter()](Reply r) mutable {
///   done(std::move(r)); }); Reply reply = co_await completion.wait();
///
/// The value may come before the wait, within it or never; the coroutine may be destroyed while it
/// waits, and the setter then does nothing. The coroutine goes on inside of the setter's call.
template <class T>
class Completion {
  struct State {
    std::optional<T> value;
    std::coroutine_handle<> waiting;
  };

 public:
  class Setter {
   public:
    explicit Setter(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
    /// Only the first call counts.
    void operator()(T value) const {
      const std::shared_ptr<State> state = state_;  // resuming may destroy the setter
      if (state->value) return;
      state->value.emplace(std::move(value));
      if (const auto waiting = std::exchange(state->waiting, nullptr)) waiting.resume();
    }

   private:
    std::shared_ptr<State> state_;
  };

  class Wait {
   public:
    explicit Wait(State& state) noexcept : state_(state) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() { state_.waiting = nullptr; }
    bool await_ready() const noexcept { return state_.value.has_value(); }
    void await_suspend(std::coroutine_handle<> waiting) noexcept { state_.waiting = waiting; }
    T await_resume() { return std::move(*state_.value); }

   private:
    State& state_;
  };

  Setter setter() const { return Setter{state_}; }
  /// At most once. The Completion must outlive the wait.
  Wait wait() noexcept { return Wait{*state_}; }

 private:
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace pushgate::runtime
