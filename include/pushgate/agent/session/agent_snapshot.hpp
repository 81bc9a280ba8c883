#pragma once
// agent_snapshot.hpp - one loaded configuration, ready for use: what a reload replaces as a whole.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/health/health_board.hpp"
#include "pushgate/agent/request_policy.hpp"
#include "pushgate/agent/routing/route_table.hpp"
#include "pushgate/agent/upstream/upstream_pool.hpp"
#include "pushgate/config/load.hpp"
#include "pushgate/http/head_parser.hpp"

namespace pushgate::agent {

/// The identity fields, which only the agent may set. A client's own copies are removed, in any
/// case and with `_` for `-`: many back ends (CGI, WSGI, PHP) cannot tell X_Pushgate_Uid from
/// X-Pushgate-Uid.
class ProtectedNames {
 public:
  void add(std::string_view name);
  /// O(1) for nearly every name: lengths are compared first.
  bool contains(std::string_view name) const noexcept;

 private:
  std::vector<std::string> names_;
  std::uint64_t lengths_ = 0;  // bit n: some name has n bytes (63: or more)
};

/// Immutable, shared by all io threads.
struct AgentSnapshot {
  AgentSnapshot(config::Config loaded, std::shared_ptr<const RequestPolicy> made_of_it,
                Pool::Shared shared, std::uint64_t table_epoch);

  config::Config config;
  std::shared_ptr<const RequestPolicy> policy;
  RouteTable routes;
  http::HeadLimits head_limits;
  UpstreamPool::Limits upstream_limits;
  ProtectedNames protected_names;
  std::uint64_t epoch;  ///< counts loads, from 1
};

}  // namespace pushgate::agent
