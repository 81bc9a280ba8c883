// rate_limit_test.cpp - a flood of equal failures becomes a few lines and a number.

#include "pushgate/runtime/rate_limit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/ops_fixture.hpp"

namespace pushgate::runtime {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr TimePoint kStart{seconds{1'000}};

TEST(RateLimit, ABurstPassesAndTheRestIsSuppressed) {
  RateLimit limit{{.burst = 2, .interval = seconds{10}}};

  EXPECT_EQ(limit.admit(kStart), 0U);
  EXPECT_EQ(limit.admit(kStart), 0U);
  EXPECT_EQ(limit.admit(kStart), std::nullopt);
  EXPECT_EQ(limit.admit(kStart + seconds{9}), std::nullopt);
}

TEST(RateLimit, TheNextIntervalTellsHowManyWereSuppressed) {
  RateLimit limit{{.burst = 1, .interval = seconds{10}}};
  limit.admit(kStart);
  limit.admit(kStart);
  limit.admit(kStart);

  EXPECT_EQ(limit.admit(kStart + seconds{10}), 2U);
  EXPECT_EQ(limit.admit(kStart + seconds{20}), 0U);
}

TEST(RateLimit, TheFirstEventPassesWhateverTheClockShows) {
  EXPECT_EQ(RateLimit{}.admit(TimePoint{}), 0U);
  EXPECT_EQ(RateLimit{}.admit(TimePoint{TimePoint::duration::max() / 2}), 0U);
}

TEST(KeyedRateLimit, KeysDoNotDisturbEachOther) {
  KeyedRateLimit limit{{.burst = 1, .interval = seconds{10}}};

  EXPECT_EQ(limit.admit("a", kStart), 0U);
  EXPECT_EQ(limit.admit("b", kStart), 0U);
  EXPECT_EQ(limit.admit("a", kStart), std::nullopt);
}

TEST(KeyedRateLimit, KeysWithoutBoundShareOneLimit) {
  KeyedRateLimit limit{{.burst = 1, .interval = seconds{10}}};
  for (std::size_t i = 0; i < KeyedRateLimit::kMaxKeys; ++i) {
    limit.admit(std::to_string(i), kStart);
  }

  EXPECT_EQ(limit.admit("one more", kStart), 0U);
  EXPECT_EQ(limit.admit("and another", kStart), std::nullopt);
}

TEST(KeyedRateLimit, OldKeysMakeRoomForNewOnes) {
  KeyedRateLimit limit{{.burst = 1, .interval = seconds{10}}};
  for (std::size_t i = 0; i < KeyedRateLimit::kMaxKeys; ++i) {
    limit.admit(std::to_string(i), kStart);
  }

  EXPECT_EQ(limit.admit("one more", kStart + seconds{10}), 0U);
  EXPECT_EQ(limit.admit("and another", kStart + seconds{10}), 0U);
}

using RateLimitedLogTest = OpsFixture;

TEST_F(RateLimitedLogTest, SuppressedLinesAreSummedUpBeforeTheNext) {
  LogSettings settings;
  settings.file = path("log");
  auto log = Log::open(settings).value();
  RateLimitedLog limited{*log, {.burst = 1, .interval = std::chrono::milliseconds{20}}};

  // More calls than an interval has lines, until an interval has passed.
  const bool summed_up = eventually([&] {
    for (int i = 0; i < 1'000; ++i) limited.warn("connect failed", "n1", {{"node", "n1"}});
    return read("log").find("similar lines suppressed lines=") != std::string::npos;
  });
  limited.warn("connect failed", "n2", {{"node", "n2"}});
  log.reset();

  EXPECT_TRUE(summed_up);
  EXPECT_THAT(read("log"), HasSubstr("of=\"connect failed\" key=n1\n"));
  EXPECT_THAT(read("log"), HasSubstr("warn connect failed node=n2\n"));
}

}  // namespace
}  // namespace pushgate::runtime
