// Does a route table hold what the configuration says, share what is equal, and keep its health?

#include "pushgate/agent/routing/route_table.hpp"

#include <gtest/gtest.h>

#include "agent/routing/router_fixture.hpp"
#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using config::HashKind;
using std::chrono::milliseconds;

std::vector<std::string> many_ids(std::size_t count) {
  std::vector<std::string> result;
  for (const auto& member : sample::nodes(count)) result.push_back(member.id);
  return result;
}

TEST(RouteTable, finds_a_product_by_name_and_nothing_else) {
  const sample::Router router{{sample::product("chat", {"a"}), sample::product("game", {"b"})}};

  ASSERT_NE(router.table.find("game"), nullptr);
  EXPECT_EQ(router.table.find("game")->name(), "game");
  EXPECT_EQ(router.table.find("gam"), nullptr);
  EXPECT_EQ(router.table.find(""), nullptr);
}

TEST(RouteTable, the_default_pool_is_the_product_of_that_name) {
  const sample::Router with{{sample::product("chat", {"a"}), sample::product("default", {"b"})}};
  const sample::Router without{{sample::product("chat", {"a"})}};

  EXPECT_EQ(with.table.default_pool(), with.table.find("default"));
  EXPECT_EQ(without.table.default_pool(), nullptr);
}

TEST(RouteTable, keeps_the_order_of_the_file) {
  const sample::Router router{{sample::product("z", {"a"}), sample::product("a", {"b"})}};

  EXPECT_EQ(router.table.pools().at(0)->name(), "z");
  EXPECT_EQ(router.table.pools().at(1)->name(), "a");
}

TEST(Pool, takes_the_products_policy_and_timeouts_and_else_the_daemons) {
  config::DaemonConfig daemon;
  daemon.default_hash = HashKind::maglev;
  daemon.timeouts.connect = milliseconds{1};
  daemon.timeouts.first_byte = milliseconds{2};
  daemon.timeouts.tunnel_idle = milliseconds{3};
  config::ProductConfig own = sample::product("own", {"a"});
  own.hash = HashKind::ketama;
  own.first_byte_timeout = milliseconds{20};
  own.retries = 7;

  const sample::Router router{{own, sample::product("plain", {"a"})}, daemon};

  EXPECT_EQ(router.pool("own").policy().name(), "ketama");
  EXPECT_EQ(router.pool("own").timeouts().connect, milliseconds{1});
  EXPECT_EQ(router.pool("own").timeouts().first_byte, milliseconds{20});
  EXPECT_EQ(router.pool("own").retries(), 7U);
  EXPECT_EQ(router.pool("plain").policy().name(), "maglev");
  EXPECT_EQ(router.pool("plain").timeouts().first_byte, milliseconds{2});
  EXPECT_EQ(router.pool("plain").timeouts().tunnel_idle, milliseconds{3});
}

TEST(Pool, holds_the_members_as_configured) {
  const sample::Router router{{sample::product("chat", {"a", "b"})}};

  const Member& second = router.pool("chat").members().at(1);

  EXPECT_EQ(second.id, "b");
  EXPECT_EQ(second.address, "10.0.0.2:4000");
  EXPECT_EQ(second.endpoint.to_string(), "10.0.0.2:4000");
  EXPECT_EQ(second.weight, 1U);
}

TEST(RouteTable, one_endpoint_has_one_health_in_all_pools_and_tables) {
  HealthBoard board;
  const config::DaemonConfig daemon;
  const config::RouterConfig config{{sample::product("one", {"a"}), sample::product("two", {"b"})}};
  const RouteTable before{config, daemon, board};
  const RouteTable after{config, daemon, board};

  const auto& health = before.find("one")->members().front().health;

  EXPECT_EQ(health, before.find("two")->members().front().health);
  EXPECT_EQ(health, after.find("one")->members().front().health);
}

TEST(RouteTable, pools_with_equal_members_share_a_policy) {
  const sample::Router router{{sample::product("one", {"a", "b"}),
                               sample::product("two", {"a", "b"}),
                               sample::product("three", {"a", "c"})}};

  EXPECT_EQ(&router.pool("one").policy(), &router.pool("two").policy());
  EXPECT_NE(&router.pool("one").policy(), &router.pool("three").policy());
}

TEST(RouteTable, a_reload_builds_only_the_policies_that_changed) {
  HealthBoard board;
  PolicyCache policies;
  const config::DaemonConfig daemon;
  const config::RouterConfig first{
      {sample::product("one", many_ids(20)), sample::product("two", many_ids(21))}};
  config::RouterConfig second = first;
  second.products[1].backends[0].weight = 5;
  const RouteTable before{first, daemon, Pool::Shared{board, policies}};
  const std::size_t built = policies.built();

  const RouteTable after{second, daemon, Pool::Shared{board, policies}};

  EXPECT_EQ(built, 2U);
  EXPECT_EQ(policies.built(), 3U);
  EXPECT_EQ(&after.find("one")->policy(), &before.find("one")->policy());
}

TEST(PolicyCache, tells_apart_everything_a_policy_looks_at) {
  PolicyCache cache;
  const auto get = [&](HashKind kind, HashMember member) { return cache.get(kind, {&member, 1}); };
  const auto base = get(HashKind::ketama, {"a", 1, 0, "x"});

  EXPECT_EQ(base, get(HashKind::ketama, {"a", 1, 0, "x"}));
  EXPECT_NE(base, get(HashKind::maglev, {"a", 1, 0, "x"}));
  EXPECT_NE(base, get(HashKind::ketama, {"b", 1, 0, "x"}));
  EXPECT_NE(base, get(HashKind::ketama, {"a", 2, 0, "x"}));
  EXPECT_NE(base, get(HashKind::ketama, {"a", 1, 1, "x"}));
  EXPECT_NE(base, get(HashKind::ketama, {"a", 1, 0, "y"}));
}

TEST(PolicyCache, forgets_what_nobody_holds) {
  PolicyCache cache;
  const HashMember member{"a", 1, 0, "x"};

  cache.get(HashKind::maglev, {&member, 1});
  cache.get(HashKind::maglev, {&member, 1});

  EXPECT_EQ(cache.built(), 2U);
}

TEST(RouteTable, ten_thousand_small_products_are_a_matter_of_course) {
  std::vector<config::ProductConfig> products;
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = "p" + std::to_string(i);
    products.push_back(sample::product(name, {name + "-a", name + "-b", name + "-c"}));
  }

  const sample::Router router{std::move(products)};

  EXPECT_EQ(router.table.pools().size(), 10'000U);
  EXPECT_TRUE(pick(router.pool("p9999"), "user-42", 0, TimePoint{std::chrono::seconds{1}}));
}

}  // namespace
}  // namespace pushgate::agent
