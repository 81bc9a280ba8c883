#pragma once
// started_task.hpp - a Task run by code that is no coroutine, which may give it up at any time.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "pushgate/runtime/task.hpp"

namespace pushgate::test {

/// Starts the Task; destroying this destroys it, wherever it waits.
template <class T>
class StartedTask {
 public:
  explicit StartedTask(runtime::Task<T> task) : frame_(drive(std::move(task), *this)) {}
  StartedTask(const StartedTask&) = delete;
  StartedTask& operator=(const StartedTask&) = delete;
  ~StartedTask() { frame_.handle.destroy(); }

  bool done() const noexcept { return value_.has_value() || exception_; }
  /// Precondition: done(). Throws what left the coroutine.
  T take() {
    if (exception_) std::rethrow_exception(exception_);
    return std::move(*value_);
  }

 private:
  struct Frame {
    struct promise_type {
      Frame get_return_object() noexcept {
        return {std::coroutine_handle<promise_type>::from_promise(*this)};
      }
      std::suspend_never initial_suspend() const noexcept { return {}; }
      std::suspend_always final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() const noexcept { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
  };
  static Frame drive(runtime::Task<T> task, StartedTask& run) {
    try {
      T value = co_await task;
      run.value_.emplace(std::move(value));
    } catch (...) {
      run.exception_ = std::current_exception();
    }
  }

  std::optional<T> value_;
  std::exception_ptr exception_;
  Frame frame_;
};

}  // namespace pushgate::test
