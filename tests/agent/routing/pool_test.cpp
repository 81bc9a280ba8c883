// Which node does a user get while some nodes are down?

#include "pushgate/agent/routing/pool.hpp"

#include <gtest/gtest.h>

#include "agent/routing/router_fixture.hpp"
#include "agent/routing/sample.hpp"
#include "runtime/counted_allocations.hpp"

namespace pushgate::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kNow{seconds{1'000}};

std::vector<std::string> ids(std::size_t count) {
  std::vector<std::string> result;
  for (const auto& member : sample::nodes(count)) result.push_back(member.id);
  return result;
}

void fail(const Pool& pool, std::string_view id, TimePoint now = kNow) {
  for (const Member& member : pool.members()) {
    if (member.id == id) member.health->report_failure(now, milliseconds{1'000}, seconds{30});
  }
}

TEST(Pick, is_the_policys_choice_while_every_node_is_up) {
  const sample::Router router{{sample::product("chat", ids(4))}};
  const Pool& pool = router.pool("chat");

  for (const std::string& uid : sample::keys(200)) {
    const auto choice = pick(pool, uid, 0, kNow);
    ASSERT_TRUE(choice);
    EXPECT_EQ(choice->index, pool.policy().pick(uid));
    EXPECT_EQ(choice->member, &pool.members()[choice->index]);
    EXPECT_EQ(choice->attempt, 0U);
  }
}

TEST(Pick, sends_the_users_of_a_dead_node_to_their_second_choice_and_nobody_else_anywhere) {
  const sample::Router router{{sample::product("chat", ids(5))}};
  const Pool& pool = router.pool("chat");
  fail(pool, "node-2");

  for (const std::string& uid : sample::keys(500)) {
    const std::size_t own = pool.policy().choice(uid, 0);
    const bool dead = pool.members()[own].id == "node-2";
    const auto choice = pick(pool, uid, 0, kNow);
    ASSERT_TRUE(choice);
    EXPECT_EQ(choice->index, dead ? pool.policy().choice(uid, 1) : own);
    EXPECT_EQ(choice->attempt, dead ? 1U : 0U);
  }
}

TEST(Pick, starts_at_the_attempt_asked_for) {
  const sample::Router router{{sample::product("chat", ids(5))}};
  const Pool& pool = router.pool("chat");

  for (std::size_t attempt = 0; attempt < 5; ++attempt) {
    const auto choice = pick(pool, "user-42", attempt, kNow);
    ASSERT_TRUE(choice);
    EXPECT_EQ(choice->index, pool.policy().choice("user-42", attempt));
    EXPECT_EQ(choice->attempt, attempt);
  }
  EXPECT_FALSE(pick(pool, "user-42", 5, kNow));
}

TEST(Pick, has_no_answer_when_every_node_is_backing_off) {
  const sample::Router router{{sample::product("chat", ids(3))}};
  for (const std::string& id : ids(3)) fail(router.pool("chat"), id);

  EXPECT_FALSE(pick(router.pool("chat"), "user-42", 0, kNow));
}

TEST(Pick, has_no_answer_for_an_empty_pool) {
  const sample::Router router{{sample::product("chat", {})}};

  EXPECT_FALSE(pick(router.pool("chat"), "user-42", 0, kNow));
}

TEST(Pick, gives_the_one_attempt_after_a_back_off_to_a_user_of_that_node) {
  const sample::Router router{{sample::product("chat", {"only"})}};
  const Pool& pool = router.pool("chat");
  fail(pool, "only");
  const TimePoint later = kNow + seconds{2};

  EXPECT_TRUE(pick(pool, "first", 0, later));
  EXPECT_FALSE(pick(pool, "second", 0, later));
}

TEST(Pick, does_not_use_up_the_attempt_of_a_later_choice) {
  const sample::Router router{{sample::product("chat", ids(2))}};
  const Pool& pool = router.pool("chat");
  const Member& second = pool.members()[pool.policy().choice("user-42", 1)];
  fail(pool, second.id);
  const TimePoint later = kNow + seconds{2};

  const auto choice = pick(pool, "user-42", 0, later);

  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->attempt, 0U);
  EXPECT_TRUE(second.health->available(later));
}

class PickAllocations : public testing::TestWithParam<config::HashKind> {
 protected:
  /// How many times operator new is called for one pick from 40 nodes.
  std::size_t of_pick(std::size_t first_attempt) const {
    const std::string uid(256, 'x');
    const std::size_t before = runtime::allocations_of_this_thread();
    const bool picked = pick(router_->pool("chat"), uid, first_attempt, kNow).has_value();
    return picked ? runtime::allocations_of_this_thread() - before : 999;
  }
  void SetUp() override {
    config::ProductConfig product = sample::product("chat", ids(40));
    product.hash = GetParam();
    router_ = std::make_unique<sample::Router>(std::vector{product});
  }

 private:
  std::unique_ptr<sample::Router> router_;
};

TEST_P(PickAllocations, are_none_while_the_users_own_node_is_up) { EXPECT_EQ(of_pick(0), 0U); }

TEST_P(PickAllocations, are_none_after_the_first_fallback_of_a_thread) {
  of_pick(1);

  EXPECT_EQ(of_pick(1), 0U);
}

INSTANTIATE_TEST_SUITE_P(policies, PickAllocations,
                         testing::Values(config::HashKind::rendezvous, config::HashKind::ketama,
                                         config::HashKind::maglev, config::HashKind::modulo),
                         [](const auto& each) { return std::string{name_of(each.param)}; });

}  // namespace
}  // namespace pushgate::agent
