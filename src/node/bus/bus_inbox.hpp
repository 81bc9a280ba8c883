#pragma once
// bus_inbox.hpp - how calls of other threads get to the bus thread: many for one wake-up.

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "pushgate/runtime/io_threads.hpp"

namespace pushgate::node {

class ProcessBus;

/// Shared by the bus and everything that may call it after it is gone (an Inquiry that an io thread
/// still holds): such calls do nothing.
class BusInbox : public std::enable_shared_from_this<BusInbox> {
 public:
  using Call = std::function<void(ProcessBus&)>;

  BusInbox(runtime::IoThread& thread, ProcessBus& bus) : thread_(thread), bus_(&bus) {}

  /// Any thread. Calls of one thread are run in their order.
  void post(Call call) {
    {
      const std::lock_guard lock{mutex_};
      if (bus_ == nullptr) return;
      calls_.push_back(std::move(call));
      if (calls_.size() > 1) return;  // the thread has been woken up for the first of them
    }
    thread_.post([self = shared_from_this()] { self->run(); });
  }

  /// The bus is about to be destroyed, and its thread has ended.
  void detach() {
    std::vector<Call> dropped;  // destroyed without the lock: they may hold Inquiries, which post
    const std::lock_guard lock{mutex_};
    bus_ = nullptr;
    dropped.swap(calls_);
  }

  /// On the bus thread, but not from within a call: does now what other threads have asked for.
  void run() {
    std::vector<Call> calls;
    {
      const std::lock_guard lock{mutex_};
      calls.swap(calls_);
    }
    for (Call& call : calls) call(*bus_);
  }

 private:
  runtime::IoThread& thread_;
  std::mutex mutex_;
  std::vector<Call> calls_;
  ProcessBus* bus_;
};

}  // namespace pushgate::node
