// link_fsm_test.cpp - when a connection is attempted, tested and given up.

#include "redis/link_fsm.hpp"

#include <gtest/gtest.h>

namespace pushgate::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LinkFsmTest : public ::testing::Test {
 protected:
  /// From the beginning to ready.
  void make_ready() {
    fsm.attempt(now);
    fsm.connected(now);
    fsm.shaken_hands(now);
  }
  /// How long it waits after a failure, with the largest random number that counts.
  milliseconds longest_wait(std::uint64_t cap_ms) {
    fsm.attempt(now);
    fsm.broken(now, cap_ms * 1000);
    return std::chrono::duration_cast<milliseconds>(fsm.deadline() - now);
  }

  TimePoint now{seconds{1000}};
  LinkFsm fsm{LinkTimes{.connect_timeout = seconds{3},
                        .liveness = seconds{10},
                        .ping_timeout = seconds{5},
                        .backoff_min = milliseconds{100},
                        .backoff_max = seconds{5}}};
};

TEST_F(LinkFsmTest, IdleWaitsForNothing) {
  EXPECT_EQ(fsm.phase(), LinkPhase::idle);
  EXPECT_EQ(fsm.deadline(), TimePoint::max());
  EXPECT_EQ(fsm.due(now), LinkStep::none);
}

TEST_F(LinkFsmTest, ConnectingAndTheHandshakeHaveALimitEach) {
  fsm.attempt(now);
  EXPECT_EQ(fsm.deadline(), now + seconds{3});
  EXPECT_EQ(fsm.due(now + milliseconds{2999}), LinkStep::none);
  EXPECT_EQ(fsm.due(now + seconds{3}), LinkStep::give_up);
  EXPECT_EQ(fsm.due(now + seconds{4}), LinkStep::none) << "said once";

  fsm.broken(now, 0);
  fsm.attempt(now);
  fsm.connected(now + seconds{2});
  EXPECT_EQ(fsm.deadline(), now + seconds{7});
  fsm.received(now + seconds{6});  // bytes alone are not a login
  EXPECT_EQ(fsm.due(now + seconds{7}), LinkStep::give_up);
}

TEST_F(LinkFsmTest, SilenceBringsAPingAndSilenceAfterItTheEnd) {
  make_ready();

  EXPECT_EQ(fsm.deadline(), now + seconds{10});
  EXPECT_EQ(fsm.due(now + seconds{10}), LinkStep::ping);
  EXPECT_EQ(fsm.deadline(), now + seconds{15});
  EXPECT_EQ(fsm.due(now + seconds{14}), LinkStep::none);
  EXPECT_EQ(fsm.due(now + seconds{15}), LinkStep::give_up);
  EXPECT_EQ(fsm.phase(), LinkPhase::ready);
}

TEST_F(LinkFsmTest, AnAnswerToThePingStartsTheSilenceAnew) {
  make_ready();
  fsm.due(now + seconds{10});

  fsm.received(now + seconds{11});

  EXPECT_EQ(fsm.deadline(), now + seconds{21});
  EXPECT_EQ(fsm.due(now + seconds{15}), LinkStep::none);
  EXPECT_EQ(fsm.due(now + seconds{21}), LinkStep::ping);
}

TEST_F(LinkFsmTest, WhoeverTalksIsNotPinged) {
  make_ready();
  for (int second = 1; second <= 9; ++second) fsm.received(now + seconds{second});

  EXPECT_EQ(fsm.due(now + seconds{10}), LinkStep::none);
  EXPECT_EQ(fsm.deadline(), now + seconds{19});
  EXPECT_EQ(fsm.due(now + seconds{19}), LinkStep::ping);
}

TEST_F(LinkFsmTest, TheLongestWaitDoublesUpToItsLimit) {
  for (const int cap : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
    EXPECT_EQ(longest_wait(static_cast<std::uint64_t>(cap)), milliseconds{cap});
  }
  for (int i = 0; i < 100; ++i) longest_wait(0);
  EXPECT_EQ(longest_wait(5000), milliseconds{5000}) << "no overflow";
}

TEST_F(LinkFsmTest, TheWaitIsAnyPartOfTheLongest) {
  fsm.attempt(now);
  fsm.broken(now, 0);
  EXPECT_EQ(fsm.deadline(), now);
  EXPECT_EQ(fsm.due(now), LinkStep::connect);
  EXPECT_EQ(fsm.due(now), LinkStep::none) << "said once";

  fsm.attempt(now);
  fsm.broken(now, 77'000 + 200'001);  // the second wait has 200,001 parts of a microsecond
  EXPECT_EQ(fsm.deadline(), now + milliseconds{77});
  EXPECT_EQ(fsm.due(now + milliseconds{76}), LinkStep::none);
  EXPECT_EQ(fsm.due(now + milliseconds{77}), LinkStep::connect);
}

TEST_F(LinkFsmTest, OnlyAConnectionThatLastedForgivesEarlierFailures) {
  longest_wait(0);
  longest_wait(0);

  make_ready();
  now += milliseconds{4999};
  fsm.broken(now, 400'000);
  EXPECT_EQ(fsm.deadline(), now + milliseconds{400}) << "accepted and closed";

  make_ready();
  now += seconds{5};
  fsm.broken(now, 100'000);
  EXPECT_EQ(fsm.deadline(), now + milliseconds{100});
}

TEST_F(LinkFsmTest, HurryMakesTheNextAttemptDue) {
  fsm.attempt(now);
  fsm.broken(now, 100'000);

  fsm.hurry(now + milliseconds{1});

  EXPECT_EQ(fsm.due(now + milliseconds{1}), LinkStep::connect);
}

TEST_F(LinkFsmTest, HurryChangesNothingElsewhere) {
  make_ready();
  fsm.hurry(now);

  EXPECT_EQ(fsm.deadline(), now + seconds{10});
}

}  // namespace
}  // namespace pushgate::redis
