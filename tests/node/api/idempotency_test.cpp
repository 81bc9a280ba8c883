// idempotency_test.cpp - what an Idempotency-Key remembers, and for how long.

#include "node/api/idempotency.hpp"

#include <string>

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using std::chrono::milliseconds;

const TimePoint kStart{};

TEST(Idempotency, TheSameRequestGetsTheSameAnswer) {
  IdempotencyTable table;
  EXPECT_FALSE(table.find("k", "digest", kStart));

  table.remember("k", "digest", {200, "{\"n\":1}"}, kStart);

  const auto again = table.find("k", "digest", kStart + milliseconds{1});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->body, "{\"n\":1}");
  EXPECT_EQ(table.find("k", "other", kStart)->status, 422u);
  EXPECT_FALSE(table.find("l", "digest", kStart));
}

TEST(Idempotency, ForgetsAfterItsTime) {
  IdempotencyTable table({.keep = milliseconds{100}});
  table.remember("k", "digest", {}, kStart);

  EXPECT_TRUE(table.find("k", "digest", kStart + milliseconds{99}));
  EXPECT_FALSE(table.find("k", "digest", kStart + milliseconds{100}));
  EXPECT_EQ(table.size(), 0u);
}

TEST(Idempotency, TheOldestGivesWayToMoreThanItHolds) {
  IdempotencyTable table({.entries = 2});
  for (const char* const key : {"a", "b", "c"}) {
    EXPECT_FALSE(table.find(key, "digest", kStart));
    table.remember(key, "digest", {}, kStart);
  }

  EXPECT_TRUE(table.find("c", "digest", kStart));
  EXPECT_FALSE(table.find("a", "digest", kStart));
}

TEST(Idempotency, LargeAnswersGiveWayToo) {
  IdempotencyTable table({.bytes = 1000});
  table.remember("a", "digest", {200, std::string(2000, 'x')}, kStart);

  EXPECT_FALSE(table.find("a", "digest", kStart));
}

TEST(Idempotency, KeysAreVisibleCharacters) {
  EXPECT_TRUE(is_idempotency_key("8e03978e-40d5"));
  EXPECT_TRUE(is_idempotency_key(std::string(255, 'k')));
  EXPECT_FALSE(is_idempotency_key(""));
  EXPECT_FALSE(is_idempotency_key(std::string(256, 'k')));
  EXPECT_FALSE(is_idempotency_key("a b"));
  EXPECT_FALSE(is_idempotency_key("\xc3\xa9"));
}

}  // namespace
}  // namespace pushgate::node
