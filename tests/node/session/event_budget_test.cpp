// event_budget_test.cpp - how many events a client may send.

#include "node/session/event_budget.hpp"

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using std::chrono::milliseconds;

unsigned taken(EventBudget& budget, TimePoint now, const config::EventRateConfig& rate) {
  unsigned count = 0;
  while (count < 1000 && budget.take(now, rate)) ++count;
  return count;
}

TEST(EventBudget, ABurstThenTheRate) {
  const config::EventRateConfig rate{.per_second = 10, .burst = 30};
  const TimePoint start = Clock::now();
  EventBudget budget;

  EXPECT_EQ(taken(budget, start, rate), 30u);
  EXPECT_EQ(taken(budget, start + milliseconds{99}, rate), 0u);
  EXPECT_EQ(taken(budget, start + milliseconds{100}, rate), 1u);
  EXPECT_EQ(taken(budget, start + milliseconds{1100}, rate), 10u);
}

TEST(EventBudget, APauseFillsItAndNoMore) {
  const config::EventRateConfig rate{.per_second = 10, .burst = 3};
  const TimePoint start = Clock::now();
  EventBudget budget;
  taken(budget, start, rate);

  EXPECT_EQ(taken(budget, start + std::chrono::hours{24}, rate), 3u);
}

TEST(EventBudget, WithoutABurstThereIsASecondsWorth) {
  EventBudget budget;
  EXPECT_EQ(taken(budget, Clock::now(), {.per_second = 7}), 7u);
}

TEST(EventBudget, WithoutARateThereIsNoEndAndANewRateCountsAtOnce) {
  const TimePoint now = Clock::now();
  EventBudget budget;
  EXPECT_EQ(taken(budget, now, {}), 1000u);
  EXPECT_EQ(taken(budget, now, {.per_second = 2}), 2u);
  EXPECT_EQ(taken(budget, now, {}), 1000u);
}

}  // namespace
}  // namespace pushgate::node
