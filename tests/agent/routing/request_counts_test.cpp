// Who counts where, and what of it outlives a table.

#include "pushgate/agent/routing/request_counts.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "pushgate/agent/routing/route_table.hpp"

#include "agent/routing/router_fixture.hpp"
#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using Sums = RequestCounts::Sums;

TEST(RequestCounts, are_kept_by_choice_and_summed_over_the_threads) {
  RequestCounts counts{3};
  counts.add(0, 0);
  counts.add(2, 0);
  counts.add(1, 1);
  counts.add(1, 2);
  counts.add(0, 7);

  EXPECT_EQ(counts.sums(), (Sums{2, 1, 2}));
}

TEST(RequestCountBoard, has_one_object_for_a_node_of_a_product_while_it_is_held) {
  RequestCountBoard board{1};
  const auto held = board.of("chat", "node-1");
  held->add(0, 0);

  EXPECT_EQ(board.of("chat", "node-1"), held);
  EXPECT_NE(board.of("chat", "node-2"), held);
  EXPECT_NE(board.of("shop", "node-1"), held);
}

TEST(RequestCountBoard, begins_at_zero_for_a_node_that_comes_back) {
  RequestCountBoard board{1};
  board.of("chat", "node-1")->add(0, 0);

  EXPECT_EQ(board.of("chat", "node-1")->sums(), (Sums{0, 0, 0}));
}

TEST(RequestCountBoard, forgets_nodes_that_nobody_holds) {
  RequestCountBoard board{1};
  for (int i = 0; i < 10'000; ++i) board.of("chat", std::to_string(i));

  EXPECT_LT(board.size(), 200U);
}

TEST(RequestCountBoard, keeps_the_counts_of_a_node_over_a_reload_even_at_another_address) {
  const config::DaemonConfig daemon;
  HealthBoard health;
  PolicyCache policies;
  RequestCountBoard board{1};
  config::RouterConfig router{{sample::product("chat", {"node-0", "node-1"})}};
  const Pool::Shared shared{health, policies, &board};
  auto before = std::make_unique<RouteTable>(router, daemon, shared);
  for (const Member& member : before->find("chat")->members()) member.counts->add(0, 0);

  std::swap(router.products[0].backends[0].address, router.products[0].backends[1].address);
  router.products[0].backends[1].id = "node-2";
  const RouteTable after{router, daemon, shared};
  before.reset();

  EXPECT_EQ(after.find("chat")->members()[0].counts->sums(), (Sums{1, 0, 0}));
  EXPECT_EQ(after.find("chat")->members()[1].counts->sums(), (Sums{0, 0, 0}));
}

}  // namespace
}  // namespace pushgate::agent
