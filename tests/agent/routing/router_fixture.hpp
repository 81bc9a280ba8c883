#pragma once
// router_fixture.hpp - route tables for tests, from a few words.

#include <string>
#include <vector>

#include "pushgate/agent/routing/route_table.hpp"

namespace pushgate::agent::sample {

/// A backend "ID" at 10.0.0.N:4000, where N counts from 1 in the order of the ids.
inline config::ProductConfig product(std::string name, const std::vector<std::string>& ids) {
  config::ProductConfig result;
  result.name = std::move(name);
  for (std::uint32_t i = 0; i < ids.size(); ++i) {
    const std::string address = "10.0.0." + std::to_string(i + 1) + ":4000";
    result.backends.push_back({ids[i], address, *Endpoint::parse(address), 1, i});
  }
  result.servers = static_cast<std::uint32_t>(ids.size());
  return result;
}

/// A table over its own health board, with a daemon of defaults.
struct Router {
  explicit Router(std::vector<config::ProductConfig> products,
                  config::DaemonConfig daemon_config = {})
      : daemon(std::move(daemon_config)), table({std::move(products)}, daemon, board) {}

  const Pool& pool(std::string_view name) const { return *table.find(name); }

  HealthBoard board;
  config::DaemonConfig daemon;
  RouteTable table;
};

}  // namespace pushgate::agent::sample
