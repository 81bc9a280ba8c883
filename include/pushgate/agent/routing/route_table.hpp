#pragma once
// route_table.hpp - products and their pools. Immutable once built.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pushgate/agent/routing/pool.hpp"

namespace pushgate::agent {

/// Every product of a router file. Built on the control thread, then only read, by every thread.
class RouteTable {
 public:
  /// Pools with equal members share one hash table within this route table.
  RouteTable(const config::RouterConfig& router, const config::DaemonConfig& daemon,
             HealthBoard& board);
  /// And with earlier tables that used the same cache: then a reload costs only what has changed.
  RouteTable(const config::RouterConfig& router, const config::DaemonConfig& daemon,
             Pool::Shared shared);

  /// nullptr if there is no such product. Heterogeneous lookup: does not allocate.
  const Pool* find(std::string_view product) const noexcept;
  /// The pool of the product "default"; nullptr if there is none.
  const Pool* default_pool() const noexcept { return default_; }
  /// A pool without nodes, with the timeouts of the daemon: for a node that is in no table.
  const Pool& unlisted() const noexcept { return *unlisted_; }
  /// In the order of the file.
  const std::vector<std::unique_ptr<const Pool>>& pools() const noexcept { return pools_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  void add_pools(const config::RouterConfig& router, const config::DaemonConfig& daemon,
                 Pool::Shared shared);

  std::vector<std::unique_ptr<const Pool>> pools_;
  std::unordered_map<std::string, const Pool*, Hash, std::equal_to<>> by_name_;
  const Pool* default_ = nullptr;
  std::unique_ptr<const Pool> unlisted_;
};

}  // namespace pushgate::agent
