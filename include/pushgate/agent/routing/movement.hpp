#pragma once
// movement.hpp - what share of the users a new route table would send to another node.

#include <cstddef>
#include <string>
#include <vector>

#include "pushgate/agent/routing/route_table.hpp"

namespace pushgate::agent {

/// What changes for one product that both tables have.
struct ProductMovement {
  std::string product;
  double moved = 0;              ///< share of the keys whose own node changes, 0 to 1
  std::size_t sampled_keys = 0;  ///< 0: nothing that decides has changed, so nothing was sampled
  std::string policy_from;
  std::string policy_to;
  std::vector<std::string> members_added;    ///< ids
  std::vector<std::string> members_removed;  ///< ids
};

/// The difference between two tables, as their users would see it. Health plays no part.
struct Movement {
  double moved = 0;          ///< mean of the products in both tables, each counted once
  std::size_t products = 0;  ///< in both tables
  std::vector<ProductMovement>
      changed;  ///< of those, the ones that differ at all; in the new order
  std::vector<std::string> products_added;
  std::vector<std::string> products_removed;

  bool empty() const noexcept {
    return changed.empty() && products_added.empty() && products_removed.empty();
  }
};

/// Compares members by id: a node that keeps its id and changes its address has not moved. Each
/// changed product is sampled with the same fixed keys: 20,000 (so a share is right to within 1 %
/// of the whole), fewer, but at least 1,000, if more than 100 products have changed. Milliseconds
/// for a product, seconds at most in all: control thread or command line.
Movement compare(const RouteTable& from, const RouteTable& to);

/// For the reload log and `pushgate check --against`; the last line is ended by a newline:
///     11.1 % of keys move (1 of 3 products changed)
///       chat: 33.3 % of keys move; added node-4; removed node-1
///     product added: test
/// or "no key moves". Names at most `max_products` changed products and counts the rest.
std::string to_text(const Movement& movement, std::size_t max_products = 20);

}  // namespace pushgate::agent
