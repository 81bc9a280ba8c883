// async_group.cpp - every Asio coroutine of the control thread is counted, and none fails in
// silence.

#include "pushgate/runtime/async_group.hpp"

#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace pushgate::runtime {

namespace asio = boost::asio;

namespace {

struct Running {
  std::string name;
  asio::cancellation_signal cancel;
};

}  // namespace

// Shared with the completion handlers, which may outlive the group.
struct AsyncGroup::State {
  State(asio::any_io_executor where, Log& log_to)
      : executor(std::move(where)), log(log_to), became_zero(executor) {}

  void ended(const std::shared_ptr<Running>& one, const std::exception_ptr& escaped) {
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
  asio::co_spawn(state_->executor, std::move(work),
                 asio::bind_cancellation_slot(one->cancel.slot(), std::move(on_end)));
}

std::size_t AsyncGroup::size() const noexcept { return state_->running.size(); }

void AsyncGroup::cancel_all() {
  // A copy: a coroutine that ends in here would change the list under us.
  const std::vector<std::shared_ptr<Running>> all = state_->running;
  for (const auto& one : all) one->cancel.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> AsyncGroup::wait_for_zero() {
  const std::shared_ptr<State> state = state_;
  while (!state->running.empty()) {
    state->became_zero.expires_at(asio::steady_timer::time_point::max());
    co_await state->became_zero.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace pushgate::runtime
