#include "pushgate/runtime/task.hpp"

#include <coroutine>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace pushgate::runtime {
namespace {

/// Suspends whoever awaits it, until the test resumes the handle.
struct Pause {
  std::coroutine_handle<>& waiting;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const noexcept { waiting = handle; }
  void await_resume() const noexcept {}
};

/// Starts a Task from code that is no coroutine. Destroying it destroys the Task.
class Root {
 public:
  struct promise_type {
    std::exception_ptr exception;
    Root get_return_object() noexcept {
      return Root{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { exception = std::current_exception(); }
  };

  Root(Root&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Root& operator=(Root&&) = delete;
  ~Root() {
    if (handle_) handle_.destroy();
  }

  bool is_done() const noexcept { return handle_.done(); }
  void rethrow() const {
    if (handle_.promise().exception) std::rethrow_exception(handle_.promise().exception);
  }

 private:
  explicit Root(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

Root start(Task<void> task) { co_await task; }

Task<int> value_of(int value) { co_return value; }

Task<void> record(std::vector<int>& seen, int value) {
  seen.push_back(value);
  co_return;
}

Task<void> sum_into(int& out) {
  const int one = co_await value_of(1);
  const int two = co_await value_of(2);
  out = one + two;
}

Task<void> pause_then_record(std::coroutine_handle<>& waiting, std::vector<int>& seen) {
  co_await Pause{waiting};
  seen.push_back(1);
}

Task<void> hold_and_pause(std::shared_ptr<int> held, std::coroutine_handle<>& waiting) {
  co_await Pause{waiting};
  (void)held;
}

Task<void> call_hold_and_pause(std::shared_ptr<int> held, std::coroutine_handle<>& waiting) {
  const std::shared_ptr<int> own = held;
  co_await hold_and_pause(std::move(held), waiting);
}

Task<int> throw_error() {
  throw std::runtime_error{"from below"};
  co_return 1;
}

Task<void> catch_into(std::string& out) {
  try {
    co_await throw_error();
  } catch (const std::runtime_error& error) {
    out = error.what();
  }
}

Task<void> pass_error_on() { co_await throw_error(); }

Task<std::unique_ptr<int>> make_pointer() { co_return std::make_unique<int>(7); }

Task<void> take_pointer(int& out) {
  const std::unique_ptr<int> pointer = co_await make_pointer();
  out = *pointer;
}

Task<void> await_many(int count, int& sum) {
  for (int i = 0; i < count; ++i) {
    const int one = co_await value_of(1);
    sum += one;
  }
}

TEST(Task, DoesNothingBeforeItIsAwaited) {
  std::vector<int> seen;

  { const Task<void> task = record(seen, 1); }

  EXPECT_TRUE(seen.empty());
}

TEST(Task, RunsWhenAwaitedAndHandsItsValueOn) {
  int sum = 0;

  const Root root = start(sum_into(sum));

  EXPECT_TRUE(root.is_done());
  EXPECT_EQ(sum, 3);
}

TEST(Task, HandsOnAValueThatCanOnlyBeMoved) {
  int value = 0;

  const Root root = start(take_pointer(value));

  EXPECT_EQ(value, 7);
}

TEST(Task, ResumesItsAwaiterAfterAPause) {
  std::coroutine_handle<> waiting;
  std::vector<int> seen;
  const Root root = start(pause_then_record(waiting, seen));
  ASSERT_FALSE(root.is_done());

  waiting.resume();

  EXPECT_TRUE(root.is_done());
  EXPECT_EQ(seen, std::vector<int>{1});
}

TEST(Task, RethrowsToItsAwaiter) {
  std::string caught;

  const Root root = start(catch_into(caught));

  EXPECT_EQ(caught, "from below");
}

TEST(Task, PassesAnExceptionThroughEveryLevel) {
  const Root root = start(pass_error_on());

  EXPECT_TRUE(root.is_done());
  EXPECT_THROW(root.rethrow(), std::runtime_error);
}

TEST(Task, DestroysTheWholeChainOfFramesWhenItIsDestroyedWhileWaiting) {
  const auto token = std::make_shared<int>(0);
  std::coroutine_handle<> waiting;
  {
    const Root root = start(call_hold_and_pause(token, waiting));
    ASSERT_GT(token.use_count(), 1);
  }

  EXPECT_EQ(token.use_count(), 1);
}

TEST(Task, DestroysItsParametersIfItIsNeverAwaited) {
  const auto token = std::make_shared<int>(0);
  std::coroutine_handle<> waiting;

  {
    const Task<void> task = hold_and_pause(token, waiting);
    ASSERT_EQ(token.use_count(), 2);
  }

  EXPECT_EQ(token.use_count(), 1);
}

TEST(Task, DestroysWhatItHeldWhenAnotherIsAssigned) {
  const auto token = std::make_shared<int>(0);
  std::coroutine_handle<> waiting;
  std::vector<int> seen;
  Task<void> task = hold_and_pause(token, waiting);

  task = record(seen, 1);

  EXPECT_EQ(token.use_count(), 1);
}

TEST(Task, AwaitsOneChildAfterAnother) {
  int sum = 0;

  const Root root = start(await_many(100, sum));

  EXPECT_EQ(sum, 100);
}

}  // namespace
}  // namespace pushgate::runtime
