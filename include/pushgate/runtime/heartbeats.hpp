#pragma once
// heartbeats.hpp - whether every io thread still gets around to its queue.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace pushgate::runtime {

/// Asks each io thread for a sign of life, by posting to it. A thread that is stuck in a loop or a
/// blocking call does not answer, and an idle one needs no timer to prove itself alive. Used on the
/// control thread; the answers come from the io threads.
class Heartbeats {
 public:
  /// Runs a function on one io thread.
  using PostFn = std::function<void(std::size_t thread, std::function<void()>)>;

  Heartbeats(std::size_t threads, PostFn post);

  /// True if every thread has answered the question of the previous call; then asks again. The
  /// first call is true. A thread that has not answered is not asked again until it has.
  bool check();

  /// Threads whose answer is missing since the last check().
  std::size_t silent() const;

 private:
  // Shared with the posted functions, which may run, or be destroyed, after this object.
  struct Thread {
    std::atomic<bool> answered{true};
  };
  std::vector<std::shared_ptr<Thread>> threads_;
  PostFn post_;
};

}  // namespace pushgate::runtime
