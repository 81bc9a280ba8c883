// Does the explanation of a route say what the agent does?

#include "pushgate/agent/routing/explain.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent/routing/router_fixture.hpp"

namespace pushgate::agent {
namespace {

using sample::product;
using sample::Router;

Explanation example() {
  Explanation result;
  result.product = "chat";
  result.uid = "u1";
  result.policy = "rendezvous";
  result.hash = 0x4d2d3a36d5a8a1f2U;
  result.bucket = 39514;
  result.members = 3;
  result.choices = {{"node-2", "10.0.0.8:4000", 1, true},
                    {"10.0.0.7:4000", "10.0.0.7:4000", 2, false}};
  return result;
}

TEST(Explain, names_the_choices_that_pick_makes) {
  const Router router{{product("chat", {"a", "b", "c", "d", "e"})}};
  const Pool& pool = router.pool("chat");

  const Explanation explanation = explain(pool, "user-42");

  ASSERT_EQ(explanation.choices.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const Member& member = pool.members()[pool.policy().choice("user-42", i)];
    EXPECT_EQ(explanation.choices[i].id, member.id);
    EXPECT_EQ(explanation.choices[i].address, member.address);
  }
  EXPECT_EQ(explanation.hash, pool.policy().hash("user-42"));
  EXPECT_EQ(explanation.members, 5U);
}

TEST(Explain, has_fewer_choices_in_a_small_pool_and_none_in_an_empty_one) {
  const Router router{{product("two", {"a", "b"}), product("none", {})}};

  EXPECT_EQ(explain(router.pool("two"), "u").choices.size(), 2U);
  EXPECT_TRUE(explain(router.pool("none"), "u").choices.empty());
}

TEST(Explain, shows_a_node_that_backs_off_without_using_up_its_attempt) {
  const Router router{{product("chat", {"a"})}};
  NodeHealth& health = *router.pool("chat").members()[0].health;
  health.report_failure(TimePoint{}, std::chrono::seconds{1}, std::chrono::seconds{1});

  const Explanation explanation = explain(router.pool("chat"), "u");

  EXPECT_FALSE(explanation.choices.at(0).up);
  EXPECT_TRUE(health.available(TimePoint{std::chrono::seconds{5}}));
}

TEST(ExplainText, is_aligned_and_does_not_repeat_an_address_that_is_the_id) {
  EXPECT_EQ(to_text(example()),
            "product   chat\n"
            "uid       u1\n"
            "policy    rendezvous over 3 members\n"
            "hash      0x4d2d3a36d5a8a1f2, bucket 39514\n"
            "choice 1  node-2         10.0.0.8:4000\n"
            "choice 2  10.0.0.7:4000  (backing off)\n");
}

TEST(ExplainText, says_so_when_there_is_no_choice) {
  const Router router{{product("none", {})}};

  EXPECT_NE(to_text(explain(router.pool("none"), "u")).find("no choice"), std::string::npos);
}

TEST(ExplainJson, is_json_with_every_field) {
  const auto json = nlohmann::json::parse(to_json(example()));

  EXPECT_EQ(json, nlohmann::json::parse(R"({
    "product": "chat", "uid": "u1", "policy": "rendezvous", "hash": "0x4d2d3a36d5a8a1f2",
    "bucket": 39514, "members": 3, "choices": [
      {"id": "node-2", "address": "10.0.0.8:4000", "weight": 1, "up": true},
      {"id": "10.0.0.7:4000", "address": "10.0.0.7:4000", "weight": 2, "up": false}]})"));
}

TEST(ExplainJson, escapes_what_must_be_and_has_null_for_no_bucket) {
  Explanation explanation = example();
  explanation.uid = "a\"b\\\xc3\xa9";
  explanation.bucket.reset();

  const auto json = nlohmann::json::parse(to_json(explanation));

  EXPECT_EQ(json["uid"], "a\"b\\\xc3\xa9");
  EXPECT_TRUE(json["bucket"].is_null());
}

}  // namespace
}  // namespace pushgate::agent
