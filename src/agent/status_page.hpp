#pragma once
// status_page.hpp - the agent as a JSON document for people and scripts, and its nodes as metrics.

#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/session/agent_metrics.hpp"
#include "pushgate/agent/session/agent_snapshot.hpp"

namespace pushgate::agent {

struct StatusFacts {
  std::string_view state;  ///< of the process's life
  const AgentSnapshot& snapshot;
  const runtime::PerThread<AgentMetrics>& metrics;
  const std::vector<Endpoint>& listening;
  std::uint64_t max_connections;
  std::size_t threads;
};

std::string render_status(const StatusFacts& facts);

/// pushgate_agent_node_up, pushgate_agent_node_requests_total and the table's epoch.
void collect_node_metrics(const AgentSnapshot& snapshot, std::vector<runtime::MetricFamily>& out);

}  // namespace pushgate::agent
