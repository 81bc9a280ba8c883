#pragma once
// cancellable.hpp - waits for a Task that may also be given up.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "pushgate/runtime/frame_pool.hpp"
#include "pushgate/runtime/task.hpp"

namespace pushgate::runtime {

/// Something that is waited for, and can be given up from outside.
class Cancellation {
 public:
  /// The waiting coroutine goes on at once, without what it waited for. Not from within the Task.
  virtual void cancel() = 0;

 protected:
  ~Cancellation() = default;
};

/// One Task, awaited once by a coroutine of the same thread:
///
///   Cancellable<Answer> answer{ask(question)};
///   std::optional<Answer> given = co_await answer;   // nullopt: cancel() was called
///
/// The Task begins with the wait, and is destroyed with this object or by cancel(). An exception
/// that leaves it is rethrown to the awaiter.
template <class T>
class Cancellable final : public Cancellation {
 public:
  explicit Cancellable(Task<T> task) : frame_(drive(std::move(task), *this).handle) {}
  Cancellable(const Cancellable&) = delete;
  Cancellable& operator=(const Cancellable&) = delete;
  ~Cancellable() { give_up(); }

  void cancel() override {
    give_up();
    if (const auto waiting = std::exchange(waiting_, nullptr)) waiting.resume();
  }

  bool await_ready() const noexcept { return frame_ == nullptr; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    return frame_;
  }
  std::optional<T> await_resume() {
    if (exception_) std::rethrow_exception(exception_);
    return std::move(value_);
  }

 private:
  /// Awaits the Task, and leaves its value where the awaiter finds it.
  struct Driver {
    struct promise_type {
      promise_type(Task<T>&, Cancellable& of) noexcept : owner(of) {}
      static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
      static void operator delete(void* frame, std::size_t bytes) noexcept {
        free_frame(frame, bytes);
      }
      Driver get_return_object() noexcept {
        return {std::coroutine_handle<promise_type>::from_promise(*this)};
      }
      std::suspend_always initial_suspend() const noexcept { return {}; }
      /// The awaiter goes on when this frame is suspended for good, and may destroy it.
      struct Hand {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(
            std::coroutine_handle<promise_type> self) const noexcept {
          return std::exchange(self.promise().owner.waiting_, std::noop_coroutine());
        }
        void await_resume() const noexcept {}
      };
      Hand final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() noexcept { owner.exception_ = std::current_exception(); }

      Cancellable& owner;
    };
    std::coroutine_handle<> handle;
  };

  static Driver drive(Task<T> task, Cancellable& owner) {
    T value = co_await task;
    owner.value_.emplace(std::move(value));
  }
  void give_up() noexcept {
    if (const auto frame = std::exchange(frame_, nullptr)) frame.destroy();
  }

  std::optional<T> value_;
  std::exception_ptr exception_;
  std::coroutine_handle<> waiting_;
  std::coroutine_handle<> frame_;
};

}  // namespace pushgate::runtime
