// snapshot_test.cpp - each thread sees one version at a time, and an old one lives while pinned.

#include "pushgate/runtime/snapshot.hpp"

#include <atomic>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace pushgate::runtime {
namespace {

// Threads as queues that the test empties when it likes.
struct Queues {
  std::vector<std::vector<std::function<void()>>> posted;
  explicit Queues(std::size_t threads) : posted(threads) {}
  Snapshot<std::string>::PostFn post() {
    return [this](std::size_t thread, std::function<void()> run) {
      posted[thread].push_back(std::move(run));
    };
  }
  void run(std::size_t thread) {
    for (auto& run_one : posted[thread]) run_one();
    posted[thread].clear();
  }
};

auto text(const char* value) { return std::make_shared<const std::string>(value); }

TEST(Snapshot, AThreadChangesOnlyWhenItRunsItsQueue) {
  Queues queues{2};
  Snapshot<std::string> snapshot{2, text("old"), queues.post()};

  snapshot.publish(text("new"));
  queues.run(1);

  EXPECT_EQ(snapshot.current(0), "old");
  EXPECT_EQ(snapshot.current(1), "new");
}

TEST(Snapshot, VersionsArriveInTheOrderOfPublishing) {
  Queues queues{1};
  Snapshot<std::string> snapshot{1, text("a"), queues.post()};

  snapshot.publish(text("b"));
  snapshot.publish(text("c"));
  queues.run(0);

  EXPECT_EQ(snapshot.current(0), "c");
}

TEST(Snapshot, AnOldVersionLivesAsLongAsItIsPinned) {
  Queues queues{1};
  Snapshot<std::string> snapshot{1, text("old"), queues.post()};
  std::weak_ptr<const std::string> old = snapshot.pin(0);
  auto pinned = snapshot.pin(0);

  snapshot.publish(text("new"));
  queues.run(0);

  EXPECT_EQ(*pinned, "old");
  pinned.reset();
  EXPECT_TRUE(old.expired());
}

TEST(Snapshot, EachThreadTellsThatItHasSwapped) {
  Queues queues{2};
  Snapshot<std::string> snapshot{2, text("old"), queues.post()};
  std::vector<std::size_t> swapped;

  snapshot.publish(text("new"), [&](std::size_t thread) { swapped.push_back(thread); });
  EXPECT_TRUE(swapped.empty());
  queues.run(1);

  EXPECT_EQ(swapped, std::vector<std::size_t>{1});
}

TEST(Snapshot, RealThreadsReadWhileTheControlThreadPublishes) {
  boost::asio::io_context io{1};
  auto work = boost::asio::make_work_guard(io);
  Snapshot<std::string> snapshot{
      1, text("0"), [&](std::size_t, std::function<void()> run) { boost::asio::post(io, run); }};
  std::atomic<int> reads{0};
  std::function<void()> read_on = [&] {
    const auto pinned = snapshot.pin(0);
    EXPECT_EQ(pinned->c_str(), snapshot.current(0).c_str());
    if (++reads < 1'000) boost::asio::post(io, read_on);
  };
  boost::asio::post(io, read_on);
  std::thread thread{[&] { io.run(); }};

  for (int i = 1; i <= 1'000; ++i) snapshot.publish(text(std::to_string(i).c_str()));
  work.reset();
  thread.join();

  EXPECT_EQ(snapshot.current(0), "1000");
  EXPECT_EQ(reads, 1'000);
}

}  // namespace
}  // namespace pushgate::runtime
