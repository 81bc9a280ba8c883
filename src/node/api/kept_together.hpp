#pragma once
// kept_together.hpp - a request is answered when the log has everything that it published.
// Sans-I/O.

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "node/node_thread.hpp"

namespace pushgate::node {

/// One for each request. Shared by what is under way; those ends may come on any thread.
class KeptTogether : public std::enable_shared_from_this<KeptTogether> {
 public:
  /// One more message, which ends by this call.
  PublishedDone expect() {
    left_.fetch_add(1, std::memory_order_relaxed);
    return [self = shared_from_this()](ErrorCode error) { self->settle(!error); };
  }
  /// Nothing more will be expected. Called once, maybe from within: all of it is kept, or not.
  void finish(std::function<void(bool all_kept)> then) {
    then_ = std::move(then);
    settle(true);
  }

 private:
  void settle(bool kept) {
    if (!kept) all_kept_.store(false, std::memory_order_relaxed);
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      then_(all_kept_.load(std::memory_order_relaxed));
    }
  }

  std::atomic<unsigned> left_{1};  // the last one is finish()
  std::atomic<bool> all_kept_{true};
  std::function<void(bool)> then_;
};

}  // namespace pushgate::node
