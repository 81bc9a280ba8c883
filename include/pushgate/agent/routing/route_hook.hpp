#pragma once
// route_hook.hpp - a function of request and user that chooses where to go, instead of the hash.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/identity.hpp"
#include "pushgate/runtime/task.hpp"

namespace pushgate::agent {

/// Where a request shall go.
struct RouteDecision {
  enum class Kind : std::uint8_t {
    by_hash,   ///< as without a hook
    node,      ///< `name` is the id of a node of the product (or of `pool`, if that is not empty)
    pool,      ///< by hash among the nodes of the product `pool`
    endpoint,  ///< to `endpoint`, and nowhere else
    refused,
    later,  ///< `task` brings one of the others
  };
  Kind kind = Kind::by_hash;
  std::string name;
  std::string pool;
  Endpoint endpoint;
  Refusal refusal;
  std::unique_ptr<SourceExtras> extras{};  ///< with refused
  std::optional<runtime::Task<RouteDecision>> task{};
};

/// Same rules as for IdentitySource.
class RouteHook {
 public:
  virtual ~RouteHook() = default;
  /// Whether there is a function for this product. Does not allocate.
  virtual bool decides(std::string_view product) const noexcept = 0;
  /// Precondition: decides(identity.product()). `identity` lives until the decision.
  virtual RouteDecision decide(const RequestView& request, const Identity& identity) const = 0;
  virtual std::string describe() const = 0;
};

}  // namespace pushgate::agent
