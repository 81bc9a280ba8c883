// lifecycle_fsm.cpp - what the process does next when it is told to start, reload or stop.

#include "pushgate/runtime/lifecycle_fsm.hpp"

#include <utility>

namespace pushgate::runtime {

using Action = LifecycleAction;
using State = LifecycleState;

std::string_view to_string(LifecycleState state) noexcept {
  switch (state) {
    case State::starting:
      return "starting";
    case State::ready:
      return "ready";
    case State::draining:
      return "draining";
    case State::stopping:
      return "stopping";
    case State::forced:
      return "forced";
    case State::ended:
      break;
  }
  return "ended";
}

LifecycleActions LifecycleFsm::on_started() {
  if (state_ != State::starting) return {};
  state_ = State::ready;
  LifecycleActions actions{Action::announce_ready};
  if (std::exchange(reload_wanted_, false)) {
    const LifecycleActions reload = on_reload_requested();
    actions.insert(actions.end(), reload.begin(), reload.end());
  }
  return actions;
}

LifecycleActions LifecycleFsm::on_stop_requested(std::chrono::milliseconds lead) {
  switch (state_) {
    case State::starting:
    case State::forced:
      return enter_ended();
    case State::draining:
    case State::stopping:
      return enter_forced();
    case State::ended:
      return {};
    case State::ready:
      break;
  }
  if (lead > std::chrono::milliseconds::zero()) {
    state_ = State::draining;
    return {Action::announce_stopping, Action::start_lead_timer};
  }
  LifecycleActions actions = enter_stopping();
  actions.insert(actions.begin(), Action::announce_stopping);
  return actions;
}

LifecycleActions LifecycleFsm::on_lead_elapsed() {
  if (state_ != State::draining) return {};
  return enter_stopping();
}

LifecycleActions LifecycleFsm::on_drain_elapsed() {
  if (state_ != State::stopping) return {};
  return enter_forced();
}

LifecycleActions LifecycleFsm::on_cut_elapsed() {
  if (state_ != State::forced) return {};
  return enter_ended();
}

LifecycleActions LifecycleFsm::on_all_work_gone() {
  if (state_ != State::stopping && state_ != State::forced) return {};
  return enter_ended();
}

LifecycleActions LifecycleFsm::on_reload_requested() {
  if (state_ == State::starting || (state_ == State::ready && reloading_)) {
    reload_wanted_ = true;
    return {};
  }
  if (state_ != State::ready) return {};
  reloading_ = true;
  return {Action::announce_reloading, Action::begin_reload};
}

LifecycleActions LifecycleFsm::on_reload_finished() {
  if (!std::exchange(reloading_, false) || state_ != State::ready) return {};
  if (std::exchange(reload_wanted_, false)) {
    reloading_ = true;
    return {Action::begin_reload};
  }
  return {Action::announce_ready};
}

LifecycleActions LifecycleFsm::enter_stopping() {
  state_ = State::stopping;
  return {Action::close_listeners, Action::finish_sessions, Action::start_drain_timer};
}

LifecycleActions LifecycleFsm::enter_forced() {
  // From draining the listeners are still open.
  const bool listening = std::exchange(state_, State::forced) == State::draining;
  LifecycleActions actions{Action::cut_sessions, Action::start_cut_timer};
  if (listening) actions.insert(actions.begin(), Action::close_listeners);
  return actions;
}

LifecycleActions LifecycleFsm::enter_ended() {
  state_ = State::ended;
  return {Action::exit};
}

}  // namespace pushgate::runtime
