#include "pushgate/agent/routing/route_table.hpp"

namespace pushgate::agent {

RouteTable::RouteTable(const config::RouterConfig& router, const config::DaemonConfig& daemon,
                       HealthBoard& board) {
  PolicyCache policies;
  add_pools(router, daemon, {board, policies});
}

RouteTable::RouteTable(const config::RouterConfig& router, const config::DaemonConfig& daemon,
                       Pool::Shared shared) {
  add_pools(router, daemon, shared);
}

void RouteTable::add_pools(const config::RouterConfig& router, const config::DaemonConfig& daemon,
                           Pool::Shared shared) {
  pools_.reserve(router.products.size());
  by_name_.reserve(router.products.size());
  for (const config::ProductConfig& product : router.products) {
    pools_.push_back(std::make_unique<const Pool>(product, daemon, shared));
    by_name_.emplace(product.name, pools_.back().get());
  }
  default_ = find("default");
  config::ProductConfig none;
  none.retries = 0;
  PolicyCache apart;  // nobody else has a pool without members
  unlisted_ = std::make_unique<const Pool>(none, daemon, Pool::Shared{shared.board, apart});
}

const Pool* RouteTable::find(std::string_view product) const noexcept {
  const auto found = by_name_.find(product);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace pushgate::agent
