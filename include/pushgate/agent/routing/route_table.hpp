#pragma once
// route_table.hpp - products, their pools, and the choice of a node. Immutable once built.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pushgate/agent/health/health_board.hpp"
#include "pushgate/agent/routing/hash_policy.hpp"
#include "pushgate/base/clock.hpp"
#include "pushgate/config/router_config.hpp"

namespace pushgate::agent {

/// A node inside a pool.
struct Member {
  std::string id;
  std::string address;  ///< as written in the table
  Endpoint endpoint;
  std::uint32_t weight = 1;
  std::shared_ptr<NodeHealth> health;
};

/// The nodes of one product and how a user is assigned to one of them.
class Pool {
 public:
  struct Timeouts {
    std::chrono::milliseconds connect;
    std::chrono::milliseconds first_byte;
    std::chrono::milliseconds tunnel_idle;
  };

  Pool(const config::ProductConfig& product, const config::DaemonConfig& daemon, HealthBoard& board);

  const std::string& name() const noexcept { return name_; }
  const std::vector<Member>& members() const noexcept { return members_; }
  const HashPolicy& policy() const noexcept { return *policy_; }
  const Timeouts& timeouts() const noexcept { return timeouts_; }
  unsigned retries() const noexcept { return retries_; }

 private:
  std::string name_;
  std::vector<Member> members_;
  std::unique_ptr<const HashPolicy> policy_;
  Timeouts timeouts_;
  unsigned retries_;
};

/// A chosen node.
struct Choice {
  const Member* member = nullptr;
  std::size_t index = 0;    ///< of the member in its pool
  std::size_t attempt = 0;  ///< 0 is the user's own node, 1 the second choice, …
};

/// The first available choice of `uid` at or after `first_attempt`; nullopt if no node is available.
/// Does not allocate while the user's own node is available.
std::optional<Choice> pick(const Pool& pool, std::string_view uid, std::size_t first_attempt,
                           TimePoint now) noexcept;

class RouteTable {
 public:
  RouteTable(const config::RouterConfig& router, const config::DaemonConfig& daemon,
             HealthBoard& board);

  /// nullptr if there is no such product. Heterogeneous lookup: does not allocate.
  const Pool* find(std::string_view product) const noexcept;
  const Pool* default_pool() const noexcept { return default_; }
  const std::vector<std::unique_ptr<const Pool>>& pools() const noexcept { return pools_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::vector<std::unique_ptr<const Pool>> pools_;
  std::unordered_map<std::string, const Pool*, Hash, std::equal_to<>> by_name_;
  const Pool* default_ = nullptr;
};

}  // namespace pushgate::agent
