#pragma once
// waiting.hpp - suspends a call in C++ while its script waits, and goes on with it.

#include <utility>

#include "pushgate/runtime/task.hpp"

#include "agent/script/script_state.hpp"

namespace pushgate::agent {

/// Ends a call with its owner: when that is destroyed while it waits, too.
class CallLease {
 public:
  CallLease(ScriptState& state, Call* call) noexcept : state_(&state), call_(call) {}
  CallLease(CallLease&& other) noexcept
      : state_(other.state_), call_(std::exchange(other.call_, nullptr)) {}
  CallLease(const CallLease&) = delete;
  CallLease& operator=(const CallLease&) = delete;
  CallLease& operator=(CallLease&&) = delete;
  ~CallLease() {
    if (call_ != nullptr) state_->end(*call_);
  }

  explicit operator bool() const noexcept { return call_ != nullptr; }
  Call& call() const noexcept { return *call_; }
  ScriptState& state() const noexcept { return *state_; }

 private:
  ScriptState* state_;
  Call* call_;
};

/// Goes on with a call that waits until it is done or has failed; its deadline included. `lease`
/// must outlive the task.
runtime::Task<Progress> finish_call(const CallLease& lease);

}  // namespace pushgate::agent
