#include "pushgate/runtime/io_threads.hpp"

#include <string>

#include <pthread.h>
#include <sched.h>
#include <signal.h>

namespace pushgate::runtime {

namespace {

thread_local std::size_t current_thread_index = 0;

/// Signals are the control thread's business; an io thread inherits a mask with all of them
/// blocked.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

std::size_t usable_cores() noexcept {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  const int count = CPU_COUNT(&cores);
  return count > 0 ? static_cast<std::size_t>(count) : 1;
}

IoThread::IoThread(std::size_t index, TaskGroup::OnEscaped on_escaped)
    : index_(index), tasks_(std::move(on_escaped)) {}

void IoThread::run() {
  current_thread_index = index_;
  io_.run();
}

IoThreads::IoThreads(std::size_t count, const TaskGroup::OnEscaped& on_escaped) {
  if (count == 0) count = usable_cores();
  threads_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.push_back(std::make_unique<IoThread>(i, on_escaped));
  }
}

void IoThreads::start() {
  const AllSignalsBlocked blocked;
  for (const std::unique_ptr<IoThread>& thread : threads_) {
    if (thread->thread_.joinable()) continue;
    thread->thread_ = std::thread([raw = thread.get()] { raw->run(); });
    ::pthread_setname_np(thread->thread_.native_handle(),
                         ("io-" + std::to_string(thread->index_)).c_str());
  }
}

void IoThreads::stop() {
  for (const std::unique_ptr<IoThread>& thread : threads_) {
    if (!thread->thread_.joinable()) continue;
    thread->post([raw = thread.get()] {
      raw->reactor_.stop();
      raw->work_.reset();
      raw->io_.stop();
    });
  }
  for (const std::unique_ptr<IoThread>& thread : threads_) {
    if (thread->thread_.joinable()) thread->thread_.join();
  }
}

std::size_t IoThreads::current_index() noexcept { return current_thread_index; }

}  // namespace pushgate::runtime
