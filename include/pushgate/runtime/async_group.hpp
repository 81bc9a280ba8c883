#pragma once
// async_group.hpp - every Asio coroutine of the control thread is counted, and none fails in
// silence.

#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "pushgate/runtime/log.hpp"

namespace pushgate::runtime {

/// Starts Asio coroutines that nobody awaits (admin connections, signals, reload), logs an
/// exception that leaves one, and can end them all. The io threads' counterpart is TaskGroup. Never
/// use asio::detached, which swallows exceptions.
///
/// Not thread-safe: everything happens on the thread that runs `executor`. Destroying the group,
/// even while coroutines are suspended, is safe if their io_context runs no more.
class AsyncGroup {
 public:
  AsyncGroup(boost::asio::any_io_executor executor, Log& log);
  AsyncGroup(const AsyncGroup&) = delete;
  AsyncGroup& operator=(const AsyncGroup&) = delete;
  ~AsyncGroup();

  /// Starts `work` from the executor's queue. `name` appears in the log line of an escaped
  /// exception.
  void spawn(boost::asio::awaitable<void> work, std::string name);

  std::size_t size() const noexcept;

  /// Cancels whatever each coroutine is waiting for; what it then does is its own affair, but its
  /// next co_await throws operation_aborted, which is not logged.
  void cancel_all();

  /// Returns when no coroutine of the group is left. Must not be awaited by one of them.
  boost::asio::awaitable<void> wait_for_zero();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pushgate::runtime
