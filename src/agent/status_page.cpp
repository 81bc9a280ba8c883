#include "agent/status_page.hpp"

#include <cstdint>
#include <numeric>

#include <nlohmann/json.hpp>

#include "pushgate/config/dump.hpp"

namespace pushgate::agent {

using Json = nlohmann::ordered_json;

namespace {

RequestCounts::Sums requests_of(const Member& member) {
  return member.counts ? member.counts->sums() : RequestCounts::Sums{};
}

Json describe(const Member& member) {
  const RequestCounts::Sums requests = requests_of(member);
  Json by_choice;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    by_choice[std::string{RequestCounts::kChoices[i]}] = requests[i];
  }
  return {{"id", member.id},
          {"address", member.address},
          {"weight", member.weight},
          {"up", member.health->is_up()},
          {"consecutiveFailures", member.health->consecutive_failures()},
          {"requestsTotal", std::accumulate(requests.begin(), requests.end(), std::uint64_t{0})},
          {"requestsByChoice", std::move(by_choice)}};
}

Json describe(const Pool& pool) {
  Json nodes = Json::array();
  for (const Member& member : pool.members()) nodes.push_back(describe(member));
  return {{"product", pool.name()}, {"hash", pool.policy().name()}, {"nodes", std::move(nodes)}};
}

template <class Field>
auto sum(const runtime::PerThread<AgentMetrics>& metrics, Field AgentMetrics::*field) {
  decltype((metrics.at(0).*field).value()) total = 0;
  metrics.for_each([&](const AgentMetrics& thread) { total += (thread.*field).value(); });
  return total;
}

}  // namespace

std::string render_status(const StatusFacts& facts) {
  Json listening = Json::array();
  for (const Endpoint& endpoint : facts.listening) listening.push_back(endpoint.to_string());
  Json pools = Json::array();
  for (const auto& pool : facts.snapshot.routes.pools()) pools.push_back(describe(*pool));
  Json per_thread = Json::array();
  facts.metrics.for_each([&](const AgentMetrics& thread) {
    per_thread.push_back({{"connections", thread.open_connections.value()},
                          {"tunnels", thread.open_tunnels.value()}});
  });

  const Json page = {
      {"state", facts.state},
      {"epoch", facts.snapshot.epoch},
      {"listening", std::move(listening)},
      {"maxConnections", facts.max_connections},
      {"connections", sum(facts.metrics, &AgentMetrics::open_connections)},
      {"tunnels", sum(facts.metrics, &AgentMetrics::open_tunnels)},
      {"requestsTotal", sum(facts.metrics, &AgentMetrics::requests)},
      {"threads", std::move(per_thread)},
      {"products", std::move(pools)},
  };
  return page.dump(2) + "\n";
}

void collect_node_metrics(const AgentSnapshot& snapshot, std::vector<runtime::MetricFamily>& out) {
  runtime::MetricFamily requests{
      "pushgate_agent_node_requests_total",
      "Requests sent to the node, by which choice of the user it was: 1 is the user's own node",
      runtime::MetricType::counter,
      {}};
  runtime::MetricFamily up{"pushgate_agent_node_up",
                           "1 if the node is used, 0 while it is left alone after failed connects",
                           runtime::MetricType::gauge,
                           {}};
  for (const auto& pool : snapshot.routes.pools()) {
    for (const Member& member : pool->members()) {
      up.samples.push_back({{{"product", pool->name()}, {"node", member.id}},
                            member.health->is_up() ? 1.0 : 0.0,
                            {}});
      const RequestCounts::Sums sums = requests_of(member);
      for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::string choice{RequestCounts::kChoices[i]};
        requests.samples.push_back(
            {{{"product", pool->name()}, {"node", member.id}, {"choice", choice}},
             static_cast<double>(sums[i]),
             {}});
      }
    }
  }
  out.push_back(std::move(up));
  out.push_back(std::move(requests));
  out.push_back({"pushgate_agent_table_epoch",
                 "How many configurations have been loaded since the start",
                 runtime::MetricType::gauge,
                 {{{}, static_cast<double>(snapshot.epoch), {}}}});
}

}  // namespace pushgate::agent
