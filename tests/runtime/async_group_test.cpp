// async_group_test.cpp - coroutines are counted, their exceptions logged, and all can be ended.

#include "pushgate/runtime/async_group.hpp"

#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/ops_fixture.hpp"

namespace pushgate::runtime {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::Not;

asio::awaitable<void> wait_forever() {
  asio::steady_timer timer{co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max()};
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> fail() {
  throw std::runtime_error("broken");
  co_return;
}

asio::awaitable<void> fail_oddly() {
  throw 7;
  co_return;
}

asio::awaitable<void> finish() { co_return; }

class AsyncGroupTest : public OpsFixture {
 protected:
  std::string logged() {
    log.reset();
    return read("log");
  }
  std::unique_ptr<Log> log = Log::open({.file = path("log")}).value();
  asio::io_context io{1};
  AsyncGroup group{io.get_executor(), *log};
};

TEST_F(AsyncGroupTest, CountsWhatRuns) {
  group.spawn(wait_forever(), "a");
  group.spawn(finish(), "b");
  EXPECT_EQ(group.size(), 2U);

  io.poll();

  EXPECT_EQ(group.size(), 1U);
}

TEST_F(AsyncGroupTest, AnEscapedExceptionIsLoggedWithTheName) {
  group.spawn(fail(), "reload");
  group.spawn(fail_oddly(), "signals");
  io.poll();

  EXPECT_EQ(group.size(), 0U);
  const std::string text = logged();
  EXPECT_THAT(text, HasSubstr("error coroutine failed name=reload error=broken\n"));
  EXPECT_THAT(text, HasSubstr("name=signals error=\"unknown exception\"\n"));
}

TEST_F(AsyncGroupTest, CancelEndsAllAndIsNotAFailure) {
  group.spawn(wait_forever(), "a");
  group.spawn(wait_forever(), "b");
  io.poll();

  group.cancel_all();
  io.restart();
  io.poll();

  EXPECT_EQ(group.size(), 0U);
  EXPECT_THAT(logged(), Not(HasSubstr("failed")));
}

asio::awaitable<void> cancel_group(AsyncGroup& group, int& runs) {
  ++runs;
  group.cancel_all();
  co_return;
}

TEST_F(AsyncGroupTest, ACoroutineMayCancelItsOwnGroup) {
  int runs = 0;
  group.spawn(cancel_group(group, runs), "a");
  group.spawn(cancel_group(group, runs), "not started yet");

  io.poll();

  EXPECT_EQ(runs, 1);
  EXPECT_EQ(group.size(), 0U);
}

TEST_F(AsyncGroupTest, WaitingEndsWithTheLastCoroutine) {
  group.spawn(wait_forever(), "a");
  group.spawn(wait_forever(), "b");
  bool done = false;
  asio::co_spawn(io, group.wait_for_zero(), [&](const std::exception_ptr&) { done = true; });
  io.poll();
  EXPECT_FALSE(done);

  group.cancel_all();
  io.restart();
  io.poll();

  EXPECT_TRUE(done);
}

TEST_F(AsyncGroupTest, WaitingForAnEmptyGroupReturnsAtOnce) {
  bool done = false;
  asio::co_spawn(io, group.wait_for_zero(), [&](const std::exception_ptr&) { done = true; });

  io.poll();

  EXPECT_TRUE(done);
}

TEST_F(AsyncGroupTest, AContextMayBeDestroyedUnderSuspendedCoroutines) {
  auto other = std::make_unique<asio::io_context>(1);
  auto other_group = std::make_unique<AsyncGroup>(other->get_executor(), *log);
  other_group->spawn(wait_forever(), "a");
  other->poll();

  other_group.reset();
  other.reset();
}

}  // namespace
}  // namespace pushgate::runtime
