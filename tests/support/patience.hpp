#pragma once
// patience.hpp - how long a test waits for what must happen: long enough for a busy machine, and
// for anything slower it fails instead of hanging.

#include <chrono>

#include <poll.h>

namespace pushgate::test {

inline constexpr std::chrono::seconds kPatience{10};

/// A point in time after which waiting is a failure.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds after = kPatience)
      : at_(std::chrono::steady_clock::now() + after) {}

  bool passed() const { return std::chrono::steady_clock::now() >= at_; }
  /// What is left, as poll(2) wants it.
  int poll_timeout() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        at_ - std::chrono::steady_clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) : 0;
  }

 private:
  std::chrono::steady_clock::time_point at_;
};

/// True as soon as `condition()` is; false if it is not in time. For what no descriptor tells.
template <class Condition>
bool eventually(Condition condition) {
  const Deadline deadline;
  while (!condition()) {
    if (deadline.passed()) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace pushgate::test
