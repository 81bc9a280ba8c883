#include "pushgate/runtime/task_group.hpp"

#include <exception>
#include <utility>

namespace pushgate::runtime {

/// A coroutine without an awaiter: it owns the task while that runs and frees itself afterwards.
struct TaskGroup::Detached {
  struct promise_type {
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept {
      free_frame(frame, bytes);
    }
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    // drive() catches everything; what comes here could not be reported.
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

TaskGroup::Detached TaskGroup::drive(TaskGroup& group, Task<> task) {
  ++group.running_;
  try {
    co_await task;
  } catch (const std::exception& error) {
    group.on_escaped_(error.what());
  } catch (...) {
    group.on_escaped_("not a std::exception");
  }
  --group.running_;
}

void TaskGroup::spawn(Task<> task) { drive(*this, std::move(task)); }

}  // namespace pushgate::runtime
