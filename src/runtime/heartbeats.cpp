// heartbeats.cpp - whether every io thread still gets around to its queue.

#include "pushgate/runtime/heartbeats.hpp"

#include <utility>

namespace pushgate::runtime {

Heartbeats::Heartbeats(std::size_t threads, PostFn post) : post_(std::move(post)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.push_back(std::make_shared<Thread>());
}

bool Heartbeats::check() {
  bool all_answered = true;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const std::shared_ptr<Thread>& thread = threads_[i];
    if (!thread->answered.exchange(false)) {
      all_answered = false;
      continue;
    }
    post_(i, [thread] { thread->answered.store(true); });
  }
  return all_answered;
}

std::size_t Heartbeats::silent() const {
  std::size_t count = 0;
  for (const auto& thread : threads_) count += thread->answered.load() ? 0U : 1U;
  return count;
}

}  // namespace pushgate::runtime
