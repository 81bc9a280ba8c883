// io_threads_test.cpp - posted work runs on its thread, in order; stop waits for all of it.

#include "pushgate/runtime/io_threads.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include <signal.h>

#include <gtest/gtest.h>

namespace pushgate::runtime {
namespace {

void no_exception(std::string_view what) { ADD_FAILURE() << what; }

/// What `work` returned on that thread.
template <class Work>
auto result_on(IoThread& thread, Work work) {
  auto promise = std::make_shared<std::promise<decltype(work())>>();
  auto result = promise->get_future();
  thread.post([promise, work] { promise->set_value(work()); });
  return result.get();
}

TEST(IoThreadsTest, WorkRunsOnTheThreadItIsPostedTo) {
  IoThreads threads(3, no_exception);
  threads.start();

  for (std::size_t i = 0; i < threads.size(); ++i) {
    EXPECT_EQ(result_on(threads[i], &IoThreads::current_index), i);
    EXPECT_EQ(threads[i].index(), i);
  }
}

TEST(IoThreadsTest, WorkRunsInTheOrderOfPosting) {
  constexpr int kPosts = 1000;
  std::vector<int> order;
  IoThreads threads(1, no_exception);
  threads.start();

  for (int i = 0; i < kPosts; ++i) threads[0].post([&order, i] { order.push_back(i); });
  threads.stop();

  std::vector<int> expected(kPosts);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
}

TEST(IoThreadsTest, ASecondStartLeavesThemAsTheyAre) {
  IoThreads threads(1, no_exception);
  threads.start();
  const auto id = result_on(threads[0], &std::this_thread::get_id);

  threads.start();

  EXPECT_EQ(result_on(threads[0], &std::this_thread::get_id), id);
}

TEST(IoThreadsTest, WorkPostedBeforeTheStartIsDone) {
  bool done = false;
  IoThreads threads(1, no_exception);

  threads[0].post([&] { done = true; });
  threads.start();
  threads.stop();

  EXPECT_TRUE(done);
}

TEST(IoThreadsTest, SeveralThreadsMayPostAtOnce) {
  constexpr int kPosts = 500;
  int runs = 0;  // only the io thread touches it
  IoThreads threads(1, no_exception);
  threads.start();

  std::vector<std::thread> posters;
  for (int i = 0; i < 4; ++i) {
    posters.emplace_back([&] {
      for (int k = 0; k < kPosts; ++k) threads[0].post([&] { ++runs; });
    });
  }
  for (std::thread& poster : posters) poster.join();
  threads.stop();

  EXPECT_EQ(runs, 4 * kPosts);
}

TEST(IoThreadsTest, StopEndsThreadsThatHaveAChannelAndATimer) {
  struct Silent final : EventSink {
    void on_ready(Channel&) override {}
  };
  struct Never final : TimerNode {
    void on_timer(TimePoint) override {}
  };
  Silent sink;
  Never timer;
  int fds[2] = {-1, -1};
  ASSERT_EQ(::pipe(fds), 0);
  const UniqueFd read_end{fds[0]};
  const UniqueFd write_end{fds[1]};
  IoThreads threads(1, no_exception);
  threads.start();
  EXPECT_TRUE(result_on(threads[0], [&] {
    threads[0].reactor().arm(timer, Clock::now() + std::chrono::hours{1});
    return threads[0].reactor().add(fds[0], &sink).has_value();
  }));

  threads.stop();

  SUCCEED() << "joined";
}

TEST(IoThreadsTest, StopMayBeCalledTwiceAndWithoutAStart) {
  IoThreads never_started(1, no_exception);
  never_started.stop();
  IoThreads threads(2, no_exception);
  threads.start();

  threads.stop();
  threads.stop();

  SUCCEED() << "neither hangs";
}

TEST(IoThreadsTest, ZeroMeansOneForEachUsableCore) {
  IoThreads threads(0, no_exception);

  EXPECT_GE(threads.size(), 1U);
}

TEST(IoThreadsTest, SignalsAreNotForIoThreads) {
  IoThreads threads(1, no_exception);
  threads.start();

  const bool blocked = result_on(threads[0], [] {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return ::sigismember(&mask, SIGTERM) == 1 && ::sigismember(&mask, SIGHUP) == 1;
  });

  EXPECT_TRUE(blocked);
}

// A thread that has slept for minutes may be given a connection by another one. Its first deadline
// counts from then, not from when the thread fell asleep.
TEST(IoThreadsTest, PostedWorkSeesTheTimeAtWhichItRuns) {
  IoThreads threads(1, no_exception);
  threads.start();
  const TimePoint earlier = Clock::now();
  while (Clock::now() < earlier + std::chrono::milliseconds{20}) std::this_thread::yield();
  const TimePoint before = Clock::now();

  const TimePoint seen = result_on(threads[0], [&] { return threads[0].reactor().now(); });

  EXPECT_GE(seen, before);
}

TEST(IoThreadsTest, AnExceptionOfATaskIsReportedOnItsThread) {
  struct Fails {
    static Task<> run() {
      throw 1;
      co_return;
    }
  };
  std::atomic<int> reports = 0;
  IoThreads threads(1, [&](std::string_view) { ++reports; });
  threads.start();

  threads[0].post([&] { threads[0].tasks().spawn(Fails::run()); });
  threads.stop();

  EXPECT_EQ(reports, 1);
}

}  // namespace
}  // namespace pushgate::runtime
