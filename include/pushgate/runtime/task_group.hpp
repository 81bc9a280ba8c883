#pragma once
// task_group.hpp - every running coroutine of an io thread is counted, and none fails in silence.

#include <cstddef>
#include <functional>
#include <string_view>

#include "pushgate/runtime/task.hpp"

namespace pushgate::runtime {

/// Starts coroutines that nobody awaits, and knows how many are still running. One per io thread;
/// not thread-safe. Must outlive its coroutines: wait for `size() == 0` before destroying it.
class TaskGroup {
 public:
  /// Called with the text of an exception that left a coroutine. That is a bug: the data path
  /// returns errors as values.
  using OnEscaped = std::function<void(std::string_view what)>;

  explicit TaskGroup(OnEscaped on_escaped) : on_escaped_(std::move(on_escaped)) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Runs `task` until its first suspension, then returns.
  void spawn(Task<> task);
  std::size_t size() const noexcept { return running_; }

 private:
  struct Detached;
  static Detached drive(TaskGroup& group, Task<> task);

  OnEscaped on_escaped_;
  std::size_t running_ = 0;
};

}  // namespace pushgate::runtime
