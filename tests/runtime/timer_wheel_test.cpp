// timer_wheel_test.cpp - deadlines fire once, never early, at most a tick late, in any order of
// arming.

#include "pushgate/runtime/timer_wheel.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace pushgate::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart = TimePoint{} + hours{1000};

class Probe final : public TimerNode {
 public:
  explicit Probe(std::function<void(Probe&, TimePoint)> on_fire = {})
      : on_fire_(std::move(on_fire)) {}
  int fired = 0;
  TimePoint fired_at{};

 private:
  void on_timer(TimePoint now) override {
    ++fired;
    fired_at = now;
    if (on_fire_) on_fire_(*this, now);
  }
  std::function<void(Probe&, TimePoint)> on_fire_;
};

/// Advances as a thread would: sleeping until the wheel says that something is due.
void run_until(TimerWheel& wheel, TimePoint end) {
  for (;;) {
    const std::optional<TimePoint> due = wheel.next_due();
    if (!due || *due > end) break;
    wheel.advance(*due);
  }
  wheel.advance(end);
}

class TimerWheelDelay : public testing::TestWithParam<milliseconds> {};

TEST_P(TimerWheelDelay, FiresOnceNeverEarlyAndAtMostOneTickLate) {
  TimerWheel wheel(kStart);
  Probe probe;
  const TimePoint deadline = kStart + GetParam();
  wheel.arm(probe, deadline);

  run_until(wheel, deadline + hours{1});

  EXPECT_EQ(probe.fired, 1);
  EXPECT_GE(probe.fired_at, deadline);
  EXPECT_LE(probe.fired_at, deadline + TimerWheel::kTick);
  EXPECT_FALSE(probe.armed());
}

INSTANTIATE_TEST_SUITE_P(EveryLevel, TimerWheelDelay,
                         testing::Values(milliseconds{1}, milliseconds{16}, milliseconds{17},
                                         milliseconds{1008}, milliseconds{1024}, seconds{10},
                                         seconds{65}, seconds{66}, seconds{3600}, hours{2},
                                         hours{74}, hours{75}, hours{500}));

TEST(TimerWheelTest, ADeadlineIsKeptWhateverTheUptimeAtWhichItIsArmed) {
  // 64^4 ticks are 74.6 hours: every boundary of every level is crossed by one of these.
  for (const auto uptime : {hours{0}, hours{1}, hours{74}, hours{75}, hours{149}, hours{9999}}) {
    for (int minutes = 0; minutes < 60; ++minutes) {
      TimerWheel wheel(kStart);
      const TimePoint now = kStart + uptime + std::chrono::minutes{minutes};
      wheel.advance(now);
      Probe probe;
      wheel.arm(probe, now + seconds{90});

      run_until(wheel, now + seconds{89});
      ASSERT_EQ(probe.fired, 0) << "after " << uptime.count() << " h " << minutes << " min";
      run_until(wheel, now + seconds{91});
      ASSERT_EQ(probe.fired, 1) << "after " << uptime.count() << " h " << minutes << " min";
    }
  }
}

TEST(TimerWheelTest, ADeadlineInThePastFiresAtTheNextTick) {
  TimerWheel wheel(kStart);
  wheel.advance(kStart + seconds{5});
  Probe probe;

  wheel.arm(probe, kStart);
  wheel.advance(kStart + seconds{5} + TimerWheel::kTick);

  EXPECT_EQ(probe.fired, 1);
}

TEST(TimerWheelTest, ADisarmedNodeDoesNotFire) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.arm(probe, kStart + seconds{1});

  wheel.disarm(probe);
  run_until(wheel, kStart + seconds{2});

  EXPECT_EQ(probe.fired, 0);
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_EQ(wheel.next_due(), std::nullopt);
}

TEST(TimerWheelTest, ArmingAgainMovesTheDeadline) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.arm(probe, kStart + seconds{1});

  wheel.arm(probe, kStart + seconds{90});
  run_until(wheel, kStart + seconds{89});
  const int early = probe.fired;
  run_until(wheel, kStart + seconds{91});

  EXPECT_EQ(early, 0);
  EXPECT_EQ(probe.fired, 1);
}

TEST(TimerWheelTest, ANodeMayArmItselfAgainWhenItFires) {
  TimerWheel wheel(kStart);
  Probe probe([&](Probe& self, TimePoint now) {
    if (self.fired < 5) wheel.arm(self, now + milliseconds{100});
  });
  wheel.arm(probe, kStart + milliseconds{100});

  run_until(wheel, kStart + seconds{10});

  EXPECT_EQ(probe.fired, 5);
}

TEST(TimerWheelTest, ANodeMayDestroyItselfAndItsNeighbourWhenItFires) {
  TimerWheel wheel(kStart);
  auto neighbour = std::make_unique<Probe>();
  auto probe = std::make_unique<Probe>([&](Probe&, TimePoint) { neighbour.reset(); });
  // The list is a stack: what is armed last fires first.
  wheel.arm(*neighbour, kStart + seconds{1});
  wheel.arm(*probe, kStart + seconds{1});

  run_until(wheel, kStart + seconds{2});

  EXPECT_EQ(probe->fired, 1);
  EXPECT_EQ(neighbour, nullptr);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimerWheelTest, NodesOutliveTheirWheel) {
  Probe probe;
  {
    TimerWheel wheel(kStart);
    wheel.arm(probe, kStart + hours{1});
  }
  EXPECT_FALSE(probe.armed());
}

TEST(TimerWheelTest, AgreesWithASortedListUnderRandomArmingAndDisarming) {
  std::mt19937_64 random{20261120};
  TimerWheel wheel(kStart);
  constexpr std::size_t kNodes = 300;
  std::vector<std::unique_ptr<Probe>> nodes;
  std::map<Probe*, TimePoint> expected;
  TimePoint now = kStart;
  for (std::size_t i = 0; i < kNodes; ++i) {
    nodes.push_back(std::make_unique<Probe>([&](Probe& self, TimePoint at) {
      const auto found = expected.find(&self);
      ASSERT_NE(found, expected.end()) << "fired without being armed";
      EXPECT_LE(found->second, at) << "fired early";
      expected.erase(found);
    }));
  }

  for (int step = 0; step < 20'000; ++step) {
    Probe& node = *nodes[random() % kNodes];
    if (random() % 4 == 0) {
      wheel.disarm(node);
      expected.erase(&node);
    } else {
      const auto delay = milliseconds{static_cast<std::int64_t>(1ull << (random() % 28))};
      wheel.arm(node, now + delay);
      expected[&node] = now + delay;
    }
    now += milliseconds{static_cast<std::int64_t>(random() % 2000)};
    wheel.advance(now);
    for (const auto& [pending, deadline] : expected) {
      ASSERT_GT(deadline + TimerWheel::kTick, now) << "overdue at step " << step;
    }
    const std::optional<TimePoint> due = wheel.next_due();
    for (const auto& [pending, deadline] : expected) {
      ASSERT_TRUE(due && *due <= deadline + TimerWheel::kTick) << "would sleep too long";
    }
  }
}

}  // namespace
}  // namespace pushgate::runtime
