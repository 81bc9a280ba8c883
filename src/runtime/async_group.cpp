// async_group.cpp - every Asio coroutine of the control thread is counted, and none fails in
// silence.

#include "pushgate/runtime/async_group.hpp"

#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace pushgate::runtime {

namespace asio = boost::asio;

namespace {

struct Running {
  std::string name;
  asio::cancellation_signal cancel;
  bool started = false;
  bool cancelled = false;
  bool ended = false;

  // Run from the executor's queue: there co_spawn passes the signal on at once. Elsewhere it would
  // post it, and Asio 1.81 does not keep what it posts alive if the coroutine ends first.
  void emit_cancel() {
    if (started && !ended) cancel.emit(asio::cancellation_type::terminal);
  }
};

// Starts from the queue. Asio 1.81 lets operation_aborted escape into io_context::run if a
// coroutine is cancelled before it has been suspended once, so until then a cancellation is only
// noted.
asio::awaitable<void> drive(std::shared_ptr<Running> one, asio::awaitable<void> work) {
  co_await asio::post(asio::use_awaitable);
  one->started = true;
  if (one->cancelled) co_return;
  co_await std::move(work);
}

}  // namespace

// Shared with the completion handlers, which may outlive the group.
struct AsyncGroup::State {
  State(asio::any_io_executor where, Log& log_to)
      : executor(std::move(where)), log(log_to), became_zero(executor) {}

  void ended(const std::shared_ptr<Running>& one, const std::exception_ptr& escaped) {
    one->ended = true;
    std::erase(running, one);
    if (escaped) report(one->name, escaped);
    if (running.empty()) became_zero.cancel();
  }

  void report(const std::string& name, const std::exception_ptr& escaped) {
    try {
      std::rethrow_exception(escaped);
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) return;
      log.error("coroutine failed", {{"name", name}, {"error", error.what()}});
    } catch (const std::exception& error) {
      log.error("coroutine failed", {{"name", name}, {"error", error.what()}});
    } catch (...) {
      log.error("coroutine failed", {{"name", name}, {"error", "unknown exception"}});
    }
  }

  asio::any_io_executor executor;
  Log& log;
  std::vector<std::shared_ptr<Running>> running;
  asio::steady_timer became_zero;  // cancelled = notified
};

AsyncGroup::AsyncGroup(asio::any_io_executor executor, Log& log)
    : state_(std::make_shared<State>(std::move(executor), log)) {}

AsyncGroup::~AsyncGroup() = default;

void AsyncGroup::spawn(asio::awaitable<void> work, std::string name) {
  auto one = std::make_shared<Running>();
  one->name = std::move(name);
  state_->running.push_back(one);
  // The handler keeps `one`, and with it the signal whose slot the coroutine listens to.
  auto on_end = [state = state_, one](const std::exception_ptr& escaped) {
    state->ended(one, escaped);
  };
  asio::co_spawn(state_->executor, drive(one, std::move(work)),
                 asio::bind_cancellation_slot(one->cancel.slot(), std::move(on_end)));
}

std::size_t AsyncGroup::size() const noexcept { return state_->running.size(); }

void AsyncGroup::cancel_all() {
  for (const auto& one : state_->running) {
    one->cancelled = true;
    asio::post(state_->executor, std::bind_front(&Running::emit_cancel, one));
  }
}

asio::awaitable<void> AsyncGroup::wait_for_zero() {
  const std::shared_ptr<State> state = state_;
  while (!state->running.empty()) {
    state->became_zero.expires_at(asio::steady_timer::time_point::max());
    co_await state->became_zero.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace pushgate::runtime
