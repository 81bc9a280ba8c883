// lifecycle.cpp - signals, systemd and the steps of a stop, bound to the control thread.

#include "pushgate/runtime/lifecycle.hpp"

#include <utility>

#include <signal.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pushgate/runtime/async_group.hpp"
#include "pushgate/runtime/systemd.hpp"

namespace pushgate::runtime {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {
// The count is the sum over threads that have better to do than to tell us of each change.
constexpr milliseconds kWorkPollInterval{20};
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
}  // namespace

// Shared with its coroutines, so that a frame that the io_context destroys late finds it alive.
struct Lifecycle::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& control, LifecycleTimes lifecycle_times, LifecycleHooks lifecycle_hooks,
       Log& log_to)
      : times(lifecycle_times),
        hooks(std::move(lifecycle_hooks)),
        log(log_to),
        signals(control, SIGTERM, SIGINT, SIGQUIT),
        group(control.get_executor(), log_to) {
    signals.add(SIGHUP);
    signals.add(SIGUSR1);
    ::signal(SIGPIPE, SIG_IGN);
  }

  using Event = LifecycleActions (LifecycleFsm::*)();

  // Coroutines are spawned with the object as an argument: it lives as long as their frame.
  static asio::awaitable<void> run_signals(std::shared_ptr<Impl> self);
  static asio::awaitable<void> run_timer(std::shared_ptr<Impl> self, milliseconds after,
                                         Event event);
  static asio::awaitable<void> run_work_poll(std::shared_ptr<Impl> self);

  void on_signal(int signal);
  void perform(const LifecycleActions& actions);
  void perform(LifecycleAction action);
  void start_timer(milliseconds after, Event event, const char* name);

  LifecycleTimes times;
  LifecycleHooks hooks;
  Log& log;
  ServiceNotifier notifier;
  LifecycleFsm fsm;
  asio::signal_set signals;
  AsyncGroup group;
  bool polling = false;
  bool abandoned = false;  // a wait may have ended well before its cancellation came
};

asio::awaitable<void> Lifecycle::Impl::run_signals(std::shared_ptr<Impl> self) {
  for (;;) {
    const auto caught = co_await self->signals.async_wait(kNoThrow);
    if (std::get<0>(caught) || self->abandoned) co_return;
    self->on_signal(std::get<1>(caught));
    if (self->fsm.state() == LifecycleState::ended) co_return;
  }
}

asio::awaitable<void> Lifecycle::Impl::run_timer(std::shared_ptr<Impl> self, milliseconds after,
                                                 Event event) {
  asio::steady_timer timer{self->signals.get_executor(), after};
  const auto waited = co_await timer.async_wait(kNoThrow);
  if (std::get<0>(waited) || self->abandoned) co_return;
  self->perform((self->fsm.*event)());
}

asio::awaitable<void> Lifecycle::Impl::run_work_poll(std::shared_ptr<Impl> self) {
  asio::steady_timer timer{self->signals.get_executor()};
  while (self->fsm.state() != LifecycleState::ended) {
    if (self->hooks.work_left() == 0) {
      self->perform(self->fsm.on_all_work_gone());
      co_return;
    }
    timer.expires_after(kWorkPollInterval);
    const auto waited = co_await timer.async_wait(kNoThrow);
    if (std::get<0>(waited) || self->abandoned) co_return;
  }
}

void Lifecycle::Impl::on_signal(int signal) {
  switch (signal) {
    case SIGHUP:
      log.info("reload requested", {{"by", "SIGHUP"}});
      perform(fsm.on_reload_requested());
      return;
    case SIGUSR1:
      hooks.reopen_logs();
      return;
    default:
      log.info("stop requested", {{"signal", ::sigabbrev_np(signal)}});
      perform(fsm.on_stop_requested(times.drain_lead));
  }
}

void Lifecycle::Impl::perform(const LifecycleActions& actions) {
  for (const LifecycleAction action : actions) perform(action);
}

// One case per action, no more.
void Lifecycle::Impl::perform(LifecycleAction action) {
  switch (action) {
    case LifecycleAction::announce_ready:
      return notifier.ready("ready");
    case LifecycleAction::announce_reloading:
      return notifier.reloading();
    case LifecycleAction::announce_stopping:
      return notifier.stopping("draining");
    case LifecycleAction::begin_reload:
      return hooks.reload();
    case LifecycleAction::start_lead_timer:
      return start_timer(times.drain_lead, &LifecycleFsm::on_lead_elapsed, "drain lead");
    case LifecycleAction::close_listeners:
      log.info("listeners closed");
      return hooks.close_listeners();
    case LifecycleAction::finish_sessions:
      return hooks.finish_sessions();
    case LifecycleAction::start_drain_timer:
      if (!std::exchange(polling, true))
        group.spawn(run_work_poll(shared_from_this()), "work poll");
      return start_timer(times.drain_timeout, &LifecycleFsm::on_drain_elapsed, "drain timeout");
    case LifecycleAction::cut_sessions:
      log.warn("cutting what is left", {{"connections", hooks.work_left()}});
      return hooks.cut_sessions();
    case LifecycleAction::start_cut_timer:
      if (!std::exchange(polling, true))
        group.spawn(run_work_poll(shared_from_this()), "work poll");
      return start_timer(times.cut_timeout, &LifecycleFsm::on_cut_elapsed, "cut timeout");
    case LifecycleAction::exit:
      log.info("stopped", {{"connections", hooks.work_left()}});
      group.cancel_all();
      return hooks.exit();
  }
}

void Lifecycle::Impl::start_timer(milliseconds after, Event event, const char* name) {
  group.spawn(run_timer(shared_from_this(), after, event), name);
}

Lifecycle::Lifecycle(asio::io_context& control, LifecycleTimes times, LifecycleHooks hooks,
                     Log& log)
    : impl_(std::make_shared<Impl>(control, times, std::move(hooks), log)) {
  impl_->group.spawn(Impl::run_signals(impl_), "signals");
}

Lifecycle::~Lifecycle() {
  impl_->abandoned = true;
  boost::system::error_code ignored;
  impl_->signals.cancel(ignored);
  impl_->signals.clear(ignored);
  impl_->group.cancel_all();
}

void Lifecycle::started() { impl_->perform(impl_->fsm.on_started()); }

void Lifecycle::request_stop() {
  impl_->perform(impl_->fsm.on_stop_requested(impl_->times.drain_lead));
}

void Lifecycle::request_reload() { impl_->perform(impl_->fsm.on_reload_requested()); }

void Lifecycle::reload_finished() { impl_->perform(impl_->fsm.on_reload_finished()); }

void Lifecycle::set_times(LifecycleTimes times) { impl_->times = times; }

LifecycleState Lifecycle::state() const noexcept { return impl_->fsm.state(); }

}  // namespace pushgate::runtime
