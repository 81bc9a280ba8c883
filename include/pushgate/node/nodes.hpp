#pragma once
// nodes.hpp - the push nodes of a process as a whole: their io threads, listeners and the bus that
// joins them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/config/daemon_config.hpp"
#include "pushgate/node/push.hpp"
#include "pushgate/runtime/log.hpp"
#include "pushgate/runtime/metrics.hpp"

namespace pushgate::node {

/// What the status page shows of one node.
struct NodeStatus {
  std::string name;
  Endpoint address;
  std::uint64_t sessions = 0;
  std::uint64_t sockets = 0;
  std::uint64_t rooms = 0;
};

/// Owned by the control thread; every method is called there. Construct, `start`, `publish` as
/// often as the configuration changes; then `close_listeners`, `finish_sessions`, wait for
/// `work_left() == 0` (or `cut_sessions`), destroy.
class Nodes {
 public:
  /// Builds `serverWorkers` nodes; opens nothing yet.
  Nodes(const config::DaemonConfig& config, runtime::Log& log);
  Nodes(const Nodes&) = delete;
  Nodes& operator=(const Nodes&) = delete;
  ~Nodes();

  /// Why they could not start, in words, with the remedy; empty if they did.
  std::string start();
  /// Where they listen, with the ports that the kernel chose; after start().
  std::vector<Endpoint> listening() const;
  /// Where the API listens; nullopt if it is off.
  std::optional<Endpoint> api_listening() const;

  /// Makes a configuration the current one. Sessions go on. Returns the keys whose change needs a
  /// restart, for the log.
  std::vector<std::string> publish(const config::DaemonConfig& config);

  /// Events to users. Any thread; valid as long as the nodes.
  Push& push() noexcept;

  void close_listeners();
  /// Closes every session: its client is told to come back, which will be elsewhere. Spread over a
  /// moment, so that they do not all come back at once.
  void finish_sessions();
  void cut_sessions();
  /// Connections still open.
  std::uint64_t work_left() const noexcept;
  /// True if every io thread, and the bus thread, has answered since the last call.
  bool threads_alive();

  void collect_metrics(std::vector<runtime::MetricFamily>& out) const;
  std::vector<NodeStatus> status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::node
