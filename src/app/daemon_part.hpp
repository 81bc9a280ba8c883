#pragma once
// daemon_part.hpp - what a daemon runs, as the daemon sees it: the agent is one part, the push
// nodes are another.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pushgate/config/load.hpp"
#include "pushgate/runtime/log.hpp"
#include "pushgate/runtime/metrics.hpp"

namespace pushgate::app {

/// Everything is called on the control thread, in this order: `start`, `log_started`; `prepare`
/// and then `take_over` as often as the configuration changes; `close_listeners`,
/// `finish_sessions`, `work_left` until it is 0, or `cut_sessions`; the destructor. Numbers and
/// pages may be asked for at any time after `start`.
class DaemonPart {
 public:
  DaemonPart() = default;
  DaemonPart(const DaemonPart&) = delete;
  DaemonPart& operator=(const DaemonPart&) = delete;
  virtual ~DaemonPart() = default;

  /// Opens the listeners and starts the threads. Why it could not, in words, with the remedy; empty
  /// if it did. A part may complete `config` for those that start after it.
  virtual std::string start(config::Config& config) = 0;
  /// Says where it listens. The log is complete by then: later errors would hide it.
  virtual void log_started() const = 0;

  /// What is wrong with the files that a validated configuration names: scripts, keys. Empty: it
  /// may be taken over. Changes nothing but `config`, which may be completed.
  virtual std::vector<config::Diagnostic> prepare(config::Config& config) = 0;
  /// Makes a validated and prepared configuration the current one, and says in the log what that
  /// changes. May complete `config` as `start` does. Returns the keys whose change needs a restart.
  virtual std::vector<std::string> take_over(config::Config& config) = 0;

  virtual void close_listeners() = 0;
  virtual void finish_sessions() = 0;
  virtual void cut_sessions() = 0;
  virtual std::uint64_t work_left() const noexcept = 0;
  /// Further files whose change is a reason to load the configuration again.
  virtual std::vector<std::string> files() const { return {}; }
  /// True if every thread has answered since the last call; for the watchdog.
  virtual bool threads_alive() = 0;

  virtual void collect_metrics(std::vector<runtime::MetricFamily>& out) const = 0;
  /// Members of the status page: a JSON object. `state` is that of the process's life.
  virtual std::string status_json(const std::string& state) const = 0;
};

/// In the order of their start; they stop accepting and end in the opposite order.
using DaemonParts = std::vector<std::unique_ptr<DaemonPart>>;

}  // namespace pushgate::app
