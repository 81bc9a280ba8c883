#include "node/webhook/webhook_queue.hpp"

#include <algorithm>
#include <utility>

namespace pushgate::node {

void WebhookQueue::set_limit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  limit_ = bytes;
}

void WebhookQueue::put(std::string event) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || bytes_ + event.size() > limit_) {
      ++dropped_;
      return;
    }
    bytes_ += event.size();
    entries_.push_back({std::move(event), Clock::now()});
  }
  changed_.notify_one();
}

std::vector<std::string> WebhookQueue::take(const Batching& batching) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !entries_.empty(); });
  if (!entries_.empty()) {
    const Clock::time_point until = entries_.front().since + batching.delay;
    changed_.wait_until(lock, until, [&] { return closed_ || entries_.size() >= batching.size; });
  }
  std::vector<std::string> batch;
  const std::size_t count = std::min(batching.size, entries_.size());
  for (std::size_t i = 0; i < count; ++i) {
    bytes_ -= entries_.front().event.size();
    batch.push_back(std::move(entries_.front().event));
    entries_.pop_front();
  }
  return batch;
}

bool WebhookQueue::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return closed_; });
  return !closed_;
}

void WebhookQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

std::uint64_t WebhookQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

std::size_t WebhookQueue::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace pushgate::node
