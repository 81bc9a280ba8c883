#pragma once
// lifecycle.hpp - signals, systemd and the steps of a stop, bound to the control thread.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "pushgate/runtime/lifecycle_fsm.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::runtime {

/// What the owner does when the process's life takes a turn. All are called on the control thread.
struct LifecycleHooks {
  /// Read the configuration anew, then call Lifecycle::reload_finished, now or later, success or
  /// not.
  std::function<void()> reload;
  std::function<void()> reopen_logs;
  std::function<void()> close_listeners;
  /// Tell the sessions to end after what they are doing.
  std::function<void()> finish_sessions;
  /// Close every connection.
  std::function<void()> cut_sessions;
  /// Connections and tunnels left, all threads together. Asked every 20 ms while stopping.
  std::function<std::size_t()> work_left;
  /// Everything is over: stop the io threads and the control thread's io_context.
  std::function<void()> exit;
};

struct LifecycleTimes {
  std::chrono::milliseconds drain_lead{0};  ///< between SIGTERM and the listeners closing
  std::chrono::milliseconds drain_timeout{
      30'000};                                   ///< how long requests and tunnels may then go on
  std::chrono::milliseconds cut_timeout{2'000};  ///< how long cut connections may take to be gone
};

/// Drives LifecycleFsm. SIGTERM, SIGINT and SIGQUIT stop gracefully, a second one at once; SIGHUP
/// reloads; SIGUSR1 reopens the logs; SIGPIPE is ignored. Tells systemd about each turn.
///
/// Control thread only. At most one at a time in a process. Signals are caught from construction
/// on.
class Lifecycle {
 public:
  Lifecycle(boost::asio::io_context& control, LifecycleTimes times, LifecycleHooks hooks, Log& log);
  Lifecycle(const Lifecycle&) = delete;
  Lifecycle& operator=(const Lifecycle&) = delete;
  /// Gives the signals back and ends its coroutines, none of which calls a hook any more. `control`
  /// must still exist.
  ~Lifecycle();

  /// The listeners are open.
  void started();
  void request_stop();
  /// As SIGHUP; for a change of the files.
  void request_reload();
  void reload_finished();
  /// A reload may change them; a timer that runs already keeps its time.
  void set_times(LifecycleTimes times);

  LifecycleState state() const noexcept;
  /// What /readyz answers.
  bool is_ready() const noexcept { return state() == LifecycleState::ready; }

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pushgate::runtime
