#pragma once
// api_server.hpp - the listener of the HTTP API, on a thread of its own.

#include <memory>
#include <string>
#include <vector>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/runtime/log.hpp"
#include "pushgate/runtime/metrics.hpp"

namespace pushgate::node {

class NodeCore;
class Push;

/// One for all nodes of a process. A thread of its own, so that neither clients nor signals wait
/// for a large request. Keys and limits are those of the node's current configuration.
///
/// At most kMaxConnections; one more is answered 503 and closed. A connection has ten seconds to
/// send a head and a minute for a whole request, to be idle between two, and to take the answer.
class ApiServer {
 public:
  static constexpr std::size_t kMaxConnections = 256;

  /// `push` may be null: then there is nobody to push to. Node, push and log outlive `stop`.
  ApiServer(NodeCore& node, Push* push, runtime::Log& log);
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;
  /// To be destroyed when no node can answer a question any more.
  ~ApiServer();

  /// Listens. Why it cannot, in words; empty if it can.
  std::string open(const Endpoint& at);
  /// Serves, after `open`.
  void start();
  const Endpoint& bound() const noexcept;
  /// Closes everything; requests in progress get no answer. Idempotent.
  void stop();

  void collect_metrics(std::vector<runtime::MetricFamily>& out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::node
