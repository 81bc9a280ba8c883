#pragma once
// pool.hpp - the nodes of one product and the choice of one of them for a user.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/health/health_board.hpp"
#include "pushgate/agent/routing/policy_cache.hpp"
#include "pushgate/agent/routing/request_counts.hpp"
#include "pushgate/base/clock.hpp"
#include "pushgate/config/router_config.hpp"

namespace pushgate::agent {

class Condition;

/// A node inside a pool.
struct Member {
  std::string id;
  std::string address;  ///< as written in the table
  Endpoint endpoint;
  std::uint32_t weight = 1;
  std::uint32_t server = 0;                 ///< host index in gopush's two-level form
  std::shared_ptr<NodeHealth> health;       ///< shared with every pool that has the same endpoint
  std::shared_ptr<RequestCounts> counts{};  ///< nullptr in a table that counts nothing
};

/// The nodes of one product and how a user is assigned to one of them. Immutable once built; read
/// by every thread.
class Pool {
 public:
  struct Timeouts {
    std::chrono::milliseconds connect;
    std::chrono::milliseconds first_byte;
    std::chrono::milliseconds tunnel_idle;
  };
  /// What outlives a table and is shared by its pools.
  struct Shared {
    HealthBoard& board;
    PolicyCache& policies;
    RequestCountBoard* counts = nullptr;  ///< nullptr: a table that serves no requests
  };

  Pool(const config::ProductConfig& product, const config::DaemonConfig& daemon, Shared shared);

  const std::string& name() const noexcept { return name_; }
  const std::vector<Member>& members() const noexcept { return members_; }
  /// The member with this id; nullptr if there is none. O(members).
  const Member* find(std::string_view id) const noexcept;
  const HashPolicy& policy() const noexcept { return *policy_; }
  const Timeouts& timeouts() const noexcept { return timeouts_; }
  unsigned retries() const noexcept { return retries_; }
  /// Which requests may have this product; nullptr: every one.
  const Condition* condition() const noexcept { return condition_.get(); }

 private:
  std::string name_;
  std::vector<Member> members_;
  std::shared_ptr<const HashPolicy> policy_;
  Timeouts timeouts_;
  unsigned retries_;
  std::shared_ptr<const Condition> condition_;
};

/// A chosen node.
struct Choice {
  const Member* member = nullptr;
  std::size_t index = 0;    ///< of the member in its pool
  std::size_t attempt = 0;  ///< 0 is the user's own node, 1 the second choice, …
};

/// The first available choice of `uid` at or after `first_attempt`; nullopt if no node is
/// available. Asks NodeHealth::available in the order of choice and stops at the first true,
/// because true may be the one attempt that a node coming back is granted: whoever gets a Choice is
/// expected to connect and report. Does not allocate while the user's own node is available.
std::optional<Choice> pick(const Pool& pool, std::string_view uid, std::size_t first_attempt,
                           TimePoint now) noexcept;

}  // namespace pushgate::agent
