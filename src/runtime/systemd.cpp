// systemd.cpp - what the service manager is told: ready, reloading, stopping, still alive.

#include "pushgate/runtime/systemd.hpp"

#include <algorithm>
#include <string>

#include <time.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <systemd/sd-daemon.h>

namespace pushgate::runtime {

namespace asio = boost::asio;

namespace {

// The protocol is lines: a line end in a status text would start another assignment.
std::string one_line(std::string_view text) {
  std::string line{text};
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

void notify(const std::string& message) { static_cast<void>(::sd_notify(0, message.c_str())); }

std::string monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1'000);
}

}  // namespace

void ServiceNotifier::ready(std::string_view status) {
  notify("READY=1\nSTATUS=" + one_line(status));
}

void ServiceNotifier::reloading() {
  notify("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds());
}

void ServiceNotifier::stopping(std::string_view status) {
  notify("STOPPING=1\nSTATUS=" + one_line(status));
}

void ServiceNotifier::status(std::string_view text) { notify("STATUS=" + one_line(text)); }

void ServiceNotifier::alive() { notify("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> ServiceNotifier::watchdog_timeout() const {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds{microseconds};
}

asio::awaitable<void> run_watchdog(ServiceNotifier& notifier, std::chrono::microseconds timeout,
                                   std::function<bool()> healthy) {
  asio::steady_timer timer{co_await asio::this_coro::executor};
  for (;;) {
    if (healthy()) notifier.alive();
    timer.expires_after(timeout / 2);
    const auto waited = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (std::get<0>(waited)) co_return;
  }
}

}  // namespace pushgate::runtime
