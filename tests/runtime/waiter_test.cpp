// waiter_test.cpp - a coroutine is woken by readiness, its deadline or a stop, whichever is first.

#include "pushgate/runtime/waiter.hpp"

#include <vector>

#include "pushgate/runtime/task_group.hpp"

#include "runtime/reactor_fixture.hpp"

namespace pushgate::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

/// Waits for one deadline after the other and notes why each wait ended.
Task<> wait_for_each(Waiter& waiter, std::vector<TimePoint> deadlines,
                     std::vector<WakeReason>& reasons) {
  for (const TimePoint deadline : deadlines) {
    const WakeReason reason = co_await waiter.wait_until(deadline);
    reasons.push_back(reason);
  }
}

class WaiterTest : public ReactorFixture {
 protected:
  void start(std::vector<TimePoint> deadlines) {
    tasks.spawn(wait_for_each(waiter, std::move(deadlines), reasons));
  }
  bool woken(std::size_t times = 1) {
    return run_until([&] { return reasons.size() >= times; });
  }

  TaskGroup tasks{[](std::string_view what) { ADD_FAILURE() << what; }};
  std::vector<WakeReason> reasons;
  Waiter waiter{reactor};
};

TEST_F(WaiterTest, AnEventOfInterestWakes) {
  const SocketPair pair;
  Channel& channel = add(pair, waiter, kReadable);
  start({TimePoint::max()});
  EXPECT_TRUE(waiter.waiting());

  pair.peer_says("x");

  ASSERT_TRUE(woken());
  EXPECT_EQ(reasons.front(), WakeReason::ready);
  EXPECT_TRUE(channel.ready & kReadable);
  EXPECT_FALSE(waiter.waiting());
}

TEST_F(WaiterTest, AnEventWhileNobodyWaitsIsKeptInTheChannel) {
  const SocketPair pair;
  Channel& channel = add(pair, waiter, kReadable);

  pair.peer_says("x");

  EXPECT_TRUE(run_until([&] { return (channel.ready & kReadable) != 0; }));
}

TEST_F(WaiterTest, TheDeadlineWakesAndNotBefore) {
  const TimePoint deadline = Clock::now() + milliseconds{30};
  start({deadline});

  ASSERT_TRUE(woken());

  EXPECT_EQ(reasons.front(), WakeReason::timed_out);
  EXPECT_GE(reactor.now(), deadline);
}

TEST_F(WaiterTest, CancelWakesAtOnce) {
  start({TimePoint::max()});

  waiter.cancel();

  EXPECT_EQ(reasons, std::vector<WakeReason>{WakeReason::cancelled});
}

TEST_F(WaiterTest, CancelWithoutAWaitDoesNothing) {
  waiter.cancel();
  start({TimePoint::max()});

  EXPECT_TRUE(reasons.empty());
  waiter.cancel();
}

TEST_F(WaiterTest, AnEarlierTimerLeftBehindDoesNotEndALaterWait) {
  const TimePoint later = Clock::now() + milliseconds{120};
  start({Clock::now() + milliseconds{20}, later});

  waiter.cancel();
  ASSERT_TRUE(woken(2));

  EXPECT_EQ(reasons.back(), WakeReason::timed_out);
  EXPECT_GE(reactor.now(), later);
}

TEST_F(WaiterTest, AnEarlierDeadlineThanTheTimerLeftBehindIsKept) {
  start({Clock::now() + hours{1}, Clock::now() + milliseconds{20}});

  waiter.cancel();

  ASSERT_TRUE(woken(2));
  EXPECT_EQ(reasons.back(), WakeReason::timed_out);
}

TEST_F(WaiterTest, ATimerLeftBehindDoesNotEndAWaitWithoutADeadline) {
  Alarm after_it;
  start({Clock::now() + milliseconds{20}, TimePoint::max()});
  waiter.cancel();

  reactor.arm(after_it, Clock::now() + milliseconds{100});
  ASSERT_TRUE(run_until([&] { return after_it.rung > 0; }));

  EXPECT_EQ(reasons.size(), 1U);
  waiter.cancel();
}

TEST_F(WaiterTest, ADeadlineWorksAgainAfterOneThatPassedUnused) {
  Alarm after_it;
  start({Clock::now() + milliseconds{20}, TimePoint::max(), Clock::now() + milliseconds{130}});
  waiter.cancel();
  reactor.arm(after_it, Clock::now() + milliseconds{100});
  ASSERT_TRUE(run_until([&] { return after_it.rung > 0; }));

  waiter.cancel();

  ASSERT_TRUE(woken(3));
  EXPECT_EQ(reasons.back(), WakeReason::timed_out);
}

Task<> wait_in_a_waiter_of_its_own(Reactor& reactor, Waiter*& place, TimePoint deadline) {
  Waiter own(reactor);
  place = &own;
  co_await own.wait_until(deadline);
}

TEST_F(WaiterTest, ACoroutineMayEndAndTakeItsWaiterWithItWhenWoken) {
  Waiter* place = nullptr;
  tasks.spawn(wait_in_a_waiter_of_its_own(reactor, place, Clock::now() + milliseconds{20}));
  ASSERT_EQ(tasks.size(), 1U);

  EXPECT_TRUE(run_until([&] { return tasks.size() == 0; }));
}

}  // namespace
}  // namespace pushgate::runtime
