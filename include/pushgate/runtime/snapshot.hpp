#pragma once
// snapshot.hpp - how a new configuration reaches the io threads without a lock on the data path.

#include <cassert>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace pushgate::runtime {

/// Immutable data, one copy of the pointer per io thread.
///
/// Writer: `publish` on the control thread posts the new pointer to every io thread.
/// Reader: `current()` on an io thread is a plain load of a thread-owned pointer: no atomics, no
/// lock.
///
/// Threads may see version N and N+1 at the same time for a moment; within one thread the version
/// never changes except between two handlers. Hence the one rule of use:
///
///   A reference from current() is valid until the next co_await. To cross one, pin().
///
/// T must be safe to destroy on any thread (plain values only): the last pin may drop anywhere.
/// A Snapshot must outlive every function it has posted: its owner stops the io threads first.
template <class T>
class Snapshot {
 public:
  using Ptr = std::shared_ptr<const T>;
  /// Runs a function on one io thread, in order of posting.
  using PostFn = std::function<void(std::size_t thread, std::function<void()>)>;

  Snapshot(std::size_t threads, Ptr initial, PostFn post) : post_(std::move(post)) {
    assert(initial != nullptr);
    slots_.resize(threads, Slot{std::move(initial)});
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  /// On io thread `thread` only: a session knows which one it lives on.
  const T& current(std::size_t thread) const noexcept { return *slots_[thread].ptr; }
  /// On io thread `thread` only. One atomic increment.
  Ptr pin(std::size_t thread) const noexcept { return slots_[thread].ptr; }

  /// Control thread only. Returns at once; each thread swaps when it next runs its queue.
  /// `swapped`, if given, then runs on that thread.
  void publish(Ptr next, std::function<void(std::size_t thread)> swapped = {}) {
    assert(next != nullptr);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      post_(i, [this, i, next, swapped] {
        slots_[i].ptr = next;
        if (swapped) swapped(i);
      });
    }
  }

 private:
  struct alignas(64) Slot {  // a line each: a swap on thread 0 must not stall thread 1
    Ptr ptr;
  };
  std::vector<Slot> slots_;
  PostFn post_;
};

}  // namespace pushgate::runtime
