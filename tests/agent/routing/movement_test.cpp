// Is the movement between two tables counted and told as it is?

#include "pushgate/agent/routing/movement.hpp"

#include <gtest/gtest.h>

#include "agent/routing/router_fixture.hpp"

namespace pushgate::agent {
namespace {

using sample::product;
using sample::Router;

TEST(Movement, of_a_table_to_itself_is_none) {
  const Router router{{product("chat", {"a", "b"}), product("game", {"a"})}};

  const Movement movement = compare(router.table, router.table);

  EXPECT_TRUE(movement.empty());
  EXPECT_EQ(movement.moved, 0.0);
  EXPECT_EQ(movement.products, 2U);
  EXPECT_EQ(to_text(movement), "no key moves\n");
}

TEST(Movement, of_one_node_more_is_its_share) {
  const Router from{{product("chat", {"a", "b", "c"})}};
  const Router to{{product("chat", {"a", "b", "c", "d"})}};

  const Movement movement = compare(from.table, to.table);

  ASSERT_EQ(movement.changed.size(), 1U);
  EXPECT_NEAR(movement.changed[0].moved, 0.25, 0.01);
  EXPECT_GE(movement.changed[0].sampled_keys, 20'000U);
  EXPECT_EQ(movement.changed[0].members_added, std::vector<std::string>{"d"});
  EXPECT_TRUE(movement.changed[0].members_removed.empty());
}

TEST(Movement, over_all_is_the_mean_of_the_products_in_both_tables) {
  const Router from{
      {product("chat", {"a", "b", "c"}), product("game", {"x"}), product("old", {"x"})}};
  const Router to{{product("chat", {"a", "b"}), product("game", {"x"}), product("new", {"x"})}};

  const Movement movement = compare(from.table, to.table);

  EXPECT_EQ(movement.products, 2U);
  EXPECT_NEAR(movement.moved, (1.0 / 3 + 0) / 2, 0.01);
  EXPECT_EQ(movement.products_added, std::vector<std::string>{"new"});
  EXPECT_EQ(movement.products_removed, std::vector<std::string>{"old"});
}

TEST(Movement, compares_ids_so_that_order_and_address_do_not_matter) {
  const Router from{{product("chat", {"a", "b", "c"})}};
  const Router to{{product("chat", {"c", "b", "a"})}};

  EXPECT_EQ(compare(from.table, to.table).moved, 0.0);
}

TEST(Movement, of_a_renamed_node_is_all_it_had) {
  const Router from{{product("chat", {"a", "b"})}};
  const Router to{{product("chat", {"a", "B"})}};

  const Movement movement = compare(from.table, to.table);

  EXPECT_GE(movement.moved, 0.45);
  EXPECT_EQ(movement.changed.at(0).members_removed, std::vector<std::string>{"b"});
}

TEST(Movement, sees_a_changed_policy) {
  config::ProductConfig ketama = product("chat", {"a", "b", "c", "d"});
  ketama.hash = config::HashKind::ketama;
  const Router from{{product("chat", {"a", "b", "c", "d"})}};
  const Router to{{ketama}};

  const Movement movement = compare(from.table, to.table);

  EXPECT_NEAR(movement.moved, 0.75, 0.05);
  EXPECT_EQ(movement.changed.at(0).policy_to, "ketama");
}

TEST(Movement, of_many_products_samples_fewer_keys_of_each) {
  std::vector<config::ProductConfig> before;
  std::vector<config::ProductConfig> after;
  for (int i = 0; i < 500; ++i) {
    before.push_back(product("p" + std::to_string(i), {"a", "b"}));
    after.push_back(product("p" + std::to_string(i), {"a", "b", "c"}));
  }

  const Movement movement = compare(Router{before}.table, Router{after}.table);

  EXPECT_EQ(movement.changed.size(), 500U);
  EXPECT_EQ(movement.changed.at(0).sampled_keys, 4'000U);
  EXPECT_NEAR(movement.moved, 1.0 / 3, 0.02);
}

TEST(MovementText, names_products_and_members) {
  Movement movement;
  movement.moved = 0.111;
  movement.products = 3;
  movement.changed.push_back(
      {"chat", 0.333, 20'000, "rendezvous", "ketama", {"node-4", "node-5"}, {"node-1"}});
  movement.products_added = {"test"};
  movement.products_removed = {"old"};

  EXPECT_EQ(to_text(movement),
            "11.1 % of keys move (1 of 3 products changed)\n"
            "  chat: 33.3 % of keys move; hash rendezvous -> ketama; added node-4, node-5; "
            "removed node-1\n"
            "product added: test\n"
            "product removed: old\n");
}

TEST(MovementText, does_not_round_a_little_down_to_nothing) {
  Movement movement;
  movement.moved = 0.0001;
  movement.products = 1;

  EXPECT_EQ(to_text(movement), "under 0.1 % of keys move\n");
}

TEST(MovementText, counts_what_is_too_much_to_name) {
  Movement movement;
  movement.products = 30;
  movement.changed.resize(30);

  const std::string text = to_text(movement, 2);

  EXPECT_NE(text.find("and 28 more products\n"), std::string::npos);
}

}  // namespace
}  // namespace pushgate::agent
