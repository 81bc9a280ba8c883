#pragma once
// departures.hpp - what is to be sent, held back until every event of a batch has been handled, so
// that all the sending is done in a row.

#include <coroutine>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace pushgate::runtime {

/// The send step of a batch: see src/runtime/README.md for why. A coroutine stages a copy of what
/// it has to send, awaits `send` and is told what became of it, as if it had called send(2) itself.
/// One io thread.
class Departures {
 public:
  /// Longer messages are not worth a copy.
  static constexpr std::size_t kLongest = 4096;

  Departures();

  /// Copies two pieces into one. Empty if there is nothing to gain or no room: then send at once.
  /// The copy lives until the coroutine suspends again after it was sent.
  std::string_view stage(std::string_view first, std::string_view second) noexcept;

  struct Outcome {
    ssize_t bytes = 0;  ///< what send(2) returned
    int error = 0;      ///< errno if that was -1
  };

  class Sending {
   public:
    Sending(Departures& departures, int fd, std::string_view staged) noexcept
        : departures_(departures), fd_(fd), staged_(staged) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) {
      position_ = departures_.waiting_.size();
      departures_.waiting_.push_back({coroutine, staged_, fd_, {}});
    }
    Outcome await_resume() const noexcept { return departures_.waiting_[position_].outcome; }

   private:
    Departures& departures_;
    int fd_;
    std::string_view staged_;
    std::size_t position_ = 0;
  };
  /// Precondition: `staged` was just staged, and `fd` stays open and the coroutine's own meanwhile.
  /// Resumes before the reactor looks for new events.
  Sending send(int fd, std::string_view staged) noexcept { return {*this, fd, staged}; }

  /// From here on coroutines may stage.
  void open() noexcept { open_ = true; }
  /// Sends everything, then resumes those that wait, in order. What they send next is not held
  /// back.
  void depart();

 private:
  struct Waiting {
    std::coroutine_handle<> coroutine;
    std::string_view bytes;
    int fd;
    Outcome outcome;
  };

  std::unique_ptr<char[]> bytes_;
  std::size_t used_ = 0;
  bool open_ = false;
  std::vector<Waiting> waiting_;
};

}  // namespace pushgate::runtime
