#pragma once
// webhook_queue.hpp - events on their way to the webhook: bounded, and in batches.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace pushgate::node {

/// Any number of threads put, one takes.
class WebhookQueue {
 public:
  struct Batching {
    std::size_t size = 100;
    std::chrono::milliseconds delay{100};
  };

  /// Events beyond so many bytes are dropped. Any thread.
  void set_limit(std::size_t bytes);
  void put(std::string event);

  /// Waits until a batch is full, or its first event has waited long enough. Empty: closed, and
  /// nothing is left.
  std::vector<std::string> take(const Batching& batching);
  /// Waits so long, or until `close`. False: closed.
  bool pause(std::chrono::milliseconds time);
  /// What is in it can still be taken, without waiting.
  void close();

  std::uint64_t dropped() const;
  std::size_t bytes() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::string event;
    Clock::time_point since;
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  std::size_t limit_ = 0;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace pushgate::node
