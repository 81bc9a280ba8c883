#pragma once
// io_threads.hpp - the threads that connections live on: one io_context, one reactor, nothing
// shared.

#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "pushgate/runtime/reactor.hpp"
#include "pushgate/runtime/task_group.hpp"

namespace pushgate::runtime {

/// Cores that the process may run on (its CPU affinity); at least 1.
std::size_t usable_cores() noexcept;

/// One io thread. Everything but `post` and `reactor().turns()` belongs to the thread itself.
class IoThread {
 public:
  IoThread(std::size_t index, TaskGroup::OnEscaped on_escaped);
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  std::size_t index() const noexcept { return index_; }
  Reactor& reactor() noexcept { return reactor_; }
  TaskGroup& tasks() noexcept { return tasks_; }

  /// Runs `work` on this thread, in the order of posting. Any thread.
  template <class Work>
  void post(Work&& work) {
    boost::asio::post(io_, [this, work = std::forward<Work>(work)]() mutable {
      reactor_.refresh_now();  // the thread may have slept for long
      work();
    });
  }

 private:
  friend class IoThreads;

  void run();

  std::size_t index_;
  boost::asio::io_context io_{1};  // 1: Asio need not wake other threads of this context
  Reactor reactor_{io_};
  TaskGroup tasks_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::thread thread_;
};

/// A fixed number of io threads. Construct, set up what lives on them, `start`, and later `stop`.
class IoThreads {
 public:
  /// `count` 0: one per core that the process may use.
  IoThreads(std::size_t count, const TaskGroup::OnEscaped& on_escaped);
  ~IoThreads() { stop(); }

  std::size_t size() const noexcept { return threads_.size(); }
  IoThread& operator[](std::size_t index) noexcept { return *threads_[index]; }

  /// Nothing happens to threads that run already.
  void start();
  /// Lets the threads finish what they are doing and joins them. Whatever lives on them must have
  /// ended before, or is abandoned. Idempotent.
  void stop();

  /// Index of the calling io thread; only meaningful on one.
  static std::size_t current_index() noexcept;

 private:
  std::vector<std::unique_ptr<IoThread>> threads_;
};

}  // namespace pushgate::runtime
