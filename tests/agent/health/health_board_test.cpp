// When is a node left alone, and who is the one to try it again?

#include "pushgate/agent/health/health_board.hpp"

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace pushgate::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kNow{seconds{1'000}};
constexpr milliseconds kBackoff{1'000};
constexpr milliseconds kMaxBackoff{30'000};

milliseconds fail(NodeHealth& health, TimePoint now) {
  return health.report_failure(now, kBackoff, kMaxBackoff);
}

TEST(NodeHealth, is_up_at_first) {
  NodeHealth health;

  EXPECT_TRUE(health.is_up());
  EXPECT_TRUE(health.available(kNow));
  EXPECT_TRUE(health.available(kNow));
  EXPECT_EQ(health.consecutive_failures(), 0U);
}

TEST(NodeHealth, is_skipped_for_the_back_off_after_a_failure) {
  NodeHealth health;

  EXPECT_EQ(fail(health, kNow), kBackoff);

  EXPECT_FALSE(health.is_up());
  EXPECT_FALSE(health.available(kNow));
  EXPECT_FALSE(health.available(kNow + kBackoff - milliseconds{1}));
  EXPECT_EQ(health.consecutive_failures(), 1U);
}

TEST(NodeHealth, lets_exactly_one_through_when_the_back_off_is_over) {
  NodeHealth health;
  fail(health, kNow);

  EXPECT_TRUE(health.available(kNow + kBackoff));
  EXPECT_FALSE(health.available(kNow + kBackoff));
  EXPECT_FALSE(health.is_up());
}

TEST(NodeHealth, is_up_again_after_a_success) {
  NodeHealth health;
  fail(health, kNow);
  EXPECT_TRUE(health.available(kNow + kBackoff));

  health.report_success();

  EXPECT_TRUE(health.is_up());
  EXPECT_TRUE(health.available(kNow + kBackoff));
  EXPECT_EQ(health.consecutive_failures(), 0U);
}

TEST(NodeHealth, doubles_the_back_off_with_each_failed_attempt_up_to_the_largest) {
  NodeHealth health;
  TimePoint now = kNow;
  std::vector<milliseconds::rep> lengths;

  for (int i = 0; i < 8; ++i) {
    const milliseconds length = fail(health, now);
    lengths.push_back(length.count());
    now += length;
    EXPECT_TRUE(health.available(now));
  }

  EXPECT_EQ(lengths,
            (std::vector<milliseconds::rep>{1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000}));
}

TEST(NodeHealth, starts_over_with_the_first_back_off_after_a_success) {
  NodeHealth health;
  fail(health, kNow);
  fail(health, kNow + seconds{2});
  health.report_success();

  EXPECT_EQ(fail(health, kNow + seconds{10}), kBackoff);
}

TEST(NodeHealth, counts_connects_that_fail_together_as_one_failure) {
  NodeHealth health;
  fail(health, kNow);

  EXPECT_EQ(fail(health, kNow), milliseconds::zero());
  EXPECT_EQ(fail(health, kNow + milliseconds{999}), milliseconds::zero());

  EXPECT_EQ(health.consecutive_failures(), 1U);
  EXPECT_TRUE(health.available(kNow + kBackoff));
}

TEST(NodeHealth, grants_another_attempt_when_the_first_never_reports) {
  NodeHealth health;
  fail(health, kNow);
  EXPECT_TRUE(health.available(kNow + seconds{1}));

  EXPECT_FALSE(health.available(kNow + seconds{2} - milliseconds{1}));
  EXPECT_TRUE(health.available(kNow + seconds{2}));
  EXPECT_FALSE(health.available(kNow + seconds{2}));
}

TEST(NodeHealth, stays_sane_with_absurd_back_offs) {
  NodeHealth zero;
  NodeHealth inverted;

  EXPECT_EQ(zero.report_failure(kNow, milliseconds{0}, milliseconds{0}), milliseconds{1});
  EXPECT_EQ(inverted.report_failure(kNow, seconds{5}, seconds{1}), seconds{1});
}

TEST(NodeHealth, survives_more_failures_than_it_counts) {
  NodeHealth health;
  TimePoint now = kNow;

  for (int i = 0; i < 40'000; ++i) {
    now += kMaxBackoff;
    fail(health, now);
  }

  EXPECT_EQ(health.consecutive_failures(), 0x7fffU);
  EXPECT_FALSE(health.is_up());
  EXPECT_FALSE(health.available(now));
  EXPECT_TRUE(health.available(now + kMaxBackoff));
}

/// Runs `work` on four threads that start together.
template <class Work>
void in_parallel(Work work) {
  constexpr int kThreads = 4;
  std::latch start{kThreads};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(NodeHealthThreads, one_thread_alone_is_let_through_each_time) {
  for (int round = 0; round < 200; ++round) {
    NodeHealth health;
    fail(health, kNow);
    std::atomic<int> granted{0};

    in_parallel([&](int) { granted += health.available(kNow + kBackoff) ? 1 : 0; });

    EXPECT_EQ(granted, 1);
  }
}

TEST(NodeHealthThreads, failures_reported_at_once_begin_one_back_off) {
  for (int round = 0; round < 200; ++round) {
    NodeHealth health;
    std::atomic<int> begun{0};

    in_parallel([&](int) { begun += fail(health, kNow) > milliseconds::zero() ? 1 : 0; });

    EXPECT_EQ(begun, 1);
    EXPECT_EQ(health.consecutive_failures(), 1U);
  }
}

TEST(NodeHealthThreads, success_and_failure_at_once_leave_one_of_the_two_states) {
  for (int round = 0; round < 200; ++round) {
    NodeHealth health;
    fail(health, kNow);

    in_parallel([&](int thread) {
      if (thread % 2 == 0) health.report_success();
      if (thread % 2 == 1) fail(health, kNow + kBackoff);
    });

    EXPECT_EQ(health.is_up(), health.consecutive_failures() == 0);
    EXPECT_EQ(health.is_up(), health.available(kNow + kBackoff));
  }
}

TEST(HealthBoard, has_one_health_for_an_endpoint_while_it_is_held) {
  HealthBoard board;
  const auto first = board.node(*Endpoint::parse("127.0.0.1:4000"));

  EXPECT_EQ(board.node(*Endpoint::parse("127.0.0.1:4000")), first);
  EXPECT_NE(board.node(*Endpoint::parse("127.0.0.1:4001")), first);
  EXPECT_NE(board.node(*Endpoint::parse("unix:/run/a.sock")), first);
}

TEST(HealthBoard, starts_afresh_with_an_endpoint_that_nobody_held) {
  HealthBoard board;
  fail(*board.node(*Endpoint::parse("127.0.0.1:4000")), kNow);

  EXPECT_TRUE(board.node(*Endpoint::parse("127.0.0.1:4000"))->is_up());
}

TEST(HealthBoard, does_not_grow_with_endpoints_that_come_and_go) {
  HealthBoard board;

  for (std::uint16_t port = 1; port < 20'000; ++port) board.node(Endpoint{IpAddress{}, port});

  EXPECT_LE(board.size(), 64U);
}

}  // namespace
}  // namespace pushgate::agent
