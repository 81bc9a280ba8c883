#pragma once
// systemd.hpp - what the service manager is told: ready, reloading, stopping, still alive.

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include <boost/asio/awaitable.hpp>

namespace pushgate::runtime {

/// Speaks sd_notify(3) to the socket that NOTIFY_SOCKET names; without one, every call does
/// nothing, so nothing need ask whether there is a service manager. A datagram each, never waits
/// long; failure is ignored, as sd_notify(3) recommends. Control thread.
class ServiceNotifier {
 public:
  /// READY=1: sent when the listeners are open, and again when a reload has ended.
  void ready(std::string_view status);
  /// RELOADING=1 with MONOTONIC_USEC, as Type=notify-reload demands (systemd.service(5)).
  void reloading();
  /// STOPPING=1.
  void stopping(std::string_view status);
  /// STATUS=: the line that `systemctl status` shows.
  void status(std::string_view text);
  /// WATCHDOG=1.
  void alive();

  /// WatchdogSec= of the unit, if it is meant for this process.
  std::optional<std::chrono::microseconds> watchdog_timeout() const;
};

/// Sends WATCHDOG=1 at half of `timeout`, each time only if `healthy()` (see Heartbeats::check);
/// otherwise systemd ends and restarts the process when the timeout has passed. Runs until
/// cancelled.
boost::asio::awaitable<void> run_watchdog(ServiceNotifier& notifier,
                                          std::chrono::microseconds timeout,
                                          std::function<bool()> healthy);

}  // namespace pushgate::runtime
