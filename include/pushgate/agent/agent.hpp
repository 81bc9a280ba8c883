#pragma once
// agent.hpp - the sticky-routing agent as a whole: its io threads, listeners and configuration.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pushgate/agent/session/agent_snapshot.hpp"
#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/result.hpp"
#include "pushgate/config/load.hpp"
#include "pushgate/runtime/access_log.hpp"
#include "pushgate/runtime/log.hpp"
#include "pushgate/runtime/metrics.hpp"

namespace pushgate::agent {

/// How many connections fit the process's descriptor limit: each may need two descriptors (the
/// client's socket and the node's), and some are set aside for the rest of the process.
std::uint64_t max_connections_for(std::uint64_t descriptor_limit, std::size_t threads) noexcept;

/// Owned by the control thread; every method is called there. Construct, `start`, `publish` as
/// often as the configuration changes; then `close_listeners`, `finish_sessions`, wait for
/// `work_left() == 0` (or `cut_sessions`), destroy.
class Agent {
 public:
  /// Builds route tables and threads; opens nothing yet. `access_log` may be nullptr.
  Agent(config::Config config, runtime::Log& log, runtime::AccessLog* access_log);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent();

  /// Why the agent could not start, in words, with the remedy; empty if it did. Opens the listeners
  /// and starts the threads.
  std::string start();

  /// Where it listens, with the ports that the kernel chose; after start().
  const std::vector<Endpoint>& listening() const noexcept;

  /// Reads and compiles what a configuration names besides itself: scripts, keys, shared objects.
  /// What is wrong with them; empty if `publish` may follow with the same configuration, to which
  /// the products of router.lua have been added. Nothing else changes by it. May block on files.
  std::vector<config::Diagnostic> prepare(config::Config& config);
  /// Makes a configuration the current one for new requests: that of the last `prepare`, which has
  /// found nothing wrong. Tunnels,
  /// requests in flight and pooled connections go on. Returns the keys whose change needs a
  /// restart, for the log.
  std::vector<std::string> publish(config::Config config);
  /// The configuration that is current now.
  std::shared_ptr<const AgentSnapshot> snapshot() const noexcept;

  void close_listeners();
  void finish_sessions();
  void cut_sessions();
  /// Connections and tunnels still open.
  std::uint64_t work_left() const noexcept;

  std::uint64_t max_connections() const noexcept;
  std::size_t threads() const noexcept;
  /// True if every io thread has answered since the last call; for the watchdog.
  bool threads_alive();

  /// Adds the agent's families: counters, gauges, durations, and what is known of each node.
  void collect_metrics(std::vector<runtime::MetricFamily>& out) const;
  /// The status page's JSON.
  std::string status_json(const std::string& state) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::agent
