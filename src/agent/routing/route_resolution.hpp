#pragma once
// route_resolution.hpp - from a product, or what a script has decided, to the nodes that may serve
// a request.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "pushgate/agent/routing/route_hook.hpp"
#include "pushgate/agent/routing/route_table.hpp"

namespace pushgate::agent {

/// Nodes that scripts name and no table has. One for each thread.
class UnlistedMembers {
 public:
  explicit UnlistedMembers(HealthBoard& board) noexcept : board_(board) {}
  /// Always the same for one address, as long as not too many are named.
  std::shared_ptr<const Member> at(const Endpoint& endpoint);

 private:
  HealthBoard& board_;
  std::unordered_map<std::string, std::shared_ptr<const Member>> members_;
};

/// Where a request may go. The table must outlive it.
struct Route {
  const Pool* pool = nullptr;
  const Member* pinned = nullptr;  ///< is tried first; nullptr: the hash chooses
  bool only_pinned = false;        ///< and no other
  bool pin_is_unknown = false;     ///< the script has named a node that is not in the pool
  std::shared_ptr<const Member> unlisted{};  ///< `pinned`, if it is in no table
};

struct RouteQuestion {
  const RouteTable& routes;
  const config::IdentityConfig& config;
  const RequestView& request;
  const Identity& identity;
};

/// Follows the decision of a hook (by_hash: there was none). Why nobody may serve the request, or
/// nullopt, and then `route.pool` is set. Precondition: the decision is not `later`.
std::optional<Refusal> resolve_route(const RouteQuestion& question, const RouteDecision& decision,
                                     UnlistedMembers& unlisted, Route& route);

}  // namespace pushgate::agent
