#pragma once
// lifecycle_fsm.hpp - what the process does next when it is told to start, reload or stop.
// Sans-I/O.

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pushgate::runtime {

enum class LifecycleState : std::uint8_t {
  starting,  ///< listeners are not open yet
  ready,     ///< serving
  draining,  ///< told to stop; still accepting, so that the balancer can see /readyz fail first
  stopping,  ///< listeners closed; requests and tunnels may finish
  forced,    ///< what was left has been cut
  ended,     ///< the process may exit
};

std::string_view to_string(LifecycleState state) noexcept;

/// What the driver has to do, in the order given.
enum class LifecycleAction : std::uint8_t {
  announce_ready,      ///< tell systemd READY=1
  announce_reloading,  ///< tell systemd RELOADING=1
  announce_stopping,   ///< tell systemd STOPPING=1; /readyz already fails, since state() changed
  begin_reload,        ///< read the configuration; report reload_finished
  start_lead_timer,    ///< report lead_elapsed after the drain lead
  close_listeners,
  finish_sessions,    ///< keep-alive connections close after their request; tunnels may go on
  start_drain_timer,  ///< report drain_elapsed after the drain timeout
  cut_sessions,       ///< close every connection now
  start_cut_timer,    ///< report cut_elapsed after a short time
  exit,
};

using LifecycleActions = std::vector<LifecycleAction>;

/// The life of the process as a state machine. A stop goes draining → stopping → ended; the second
/// request to stop, or the end of the drain timeout, cuts what is left (forced), and the third ends
/// the process whatever is left. Events that make no sense in a state do nothing.
class LifecycleFsm {
 public:
  LifecycleState state() const noexcept { return state_; }
  /// What /readyz answers.
  bool is_ready() const noexcept { return state_ == LifecycleState::ready; }

  LifecycleActions on_started();
  /// SIGTERM, SIGINT, SIGQUIT. A `lead` of zero goes straight on to closing the listeners.
  LifecycleActions on_stop_requested(std::chrono::milliseconds lead);
  LifecycleActions on_lead_elapsed();
  LifecycleActions on_drain_elapsed();
  LifecycleActions on_cut_elapsed();
  /// No connection is left. Before the listeners are closed this means nothing: more may come.
  LifecycleActions on_all_work_gone();
  /// While one reload runs, any number of further requests become one more.
  LifecycleActions on_reload_requested();
  LifecycleActions on_reload_finished();

 private:
  LifecycleActions enter_stopping();
  LifecycleActions enter_forced();
  LifecycleActions enter_ended();

  LifecycleState state_ = LifecycleState::starting;
  bool reloading_ = false;
  bool reload_wanted_ = false;
};

}  // namespace pushgate::runtime
