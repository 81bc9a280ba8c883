// systemd_test.cpp - the datagrams that a service manager receives, on a real socket.

#include "pushgate/runtime/systemd.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pushgate/runtime/async_group.hpp"
#include "pushgate/runtime/heartbeats.hpp"

#include "runtime/notify_socket.hpp"

namespace pushgate::runtime {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class SystemdTest : public OpsFixture {
 protected:
  NotifySocket manager{path("notify")};
  ServiceNotifier notifier;
};

TEST_F(SystemdTest, TurnsInTheLifeOfTheServiceAreTold) {
  notifier.ready("12 nodes");
  notifier.status("draining 3");
  notifier.stopping("bye\nREADY=1");

  EXPECT_THAT(manager.received(), ElementsAre("READY=1\nSTATUS=12 nodes", "STATUS=draining 3",
                                              "STOPPING=1\nSTATUS=bye READY=1"));
}

TEST_F(SystemdTest, AReloadCarriesTheMonotonicTime) {
  notifier.reloading();

  EXPECT_THAT(manager.received(), ElementsAre(MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+")));
}

TEST_F(SystemdTest, WithoutAServiceManagerNothingIsSent) {
  ::unsetenv("NOTIFY_SOCKET");

  notifier.ready("x");

  EXPECT_THAT(manager.received(), IsEmpty());
  EXPECT_FALSE(notifier.watchdog_timeout());
}

TEST_F(SystemdTest, TheWatchdogIsForThisProcessOnly) {
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(notifier.watchdog_timeout(), std::chrono::seconds{30});

  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(notifier.watchdog_timeout());
}

class WatchdogTest : public SystemdTest {
 protected:
  void watch(std::function<bool()> healthy) {
    auto log = Log::open({.file = path("log")}).value();
    boost::asio::io_context io{1};
    AsyncGroup group{io.get_executor(), *log};
    group.spawn(run_watchdog(notifier, std::chrono::milliseconds{4},
                             [&] {
                               if (++asked == 5) group.cancel_all();
                               return healthy();
                             }),
                "watchdog");
    io.run_for(std::chrono::seconds{5});
    EXPECT_EQ(group.size(), 0U);
  }
  int asked = 0;
};

TEST_F(WatchdogTest, AHealthyProcessIsAliveAgainAndAgain) {
  watch([] { return true; });

  EXPECT_GE(asked, 5);
  EXPECT_THAT(manager.received(), Each("WATCHDOG=1"));
}

TEST_F(WatchdogTest, AnUnhealthyProcessKeepsSilent) {
  watch([this] { return asked == 1; });

  EXPECT_THAT(manager.received(), ElementsAre("WATCHDOG=1"));
}

TEST(Heartbeats, AThreadThatDoesNotAnswerIsNoticed) {
  std::vector<std::function<void()>> posted[2];
  Heartbeats heartbeats{2, [&](std::size_t thread, std::function<void()> run) {
                          posted[thread].push_back(std::move(run));
                        }};
  EXPECT_TRUE(heartbeats.check());
  posted[0].back()();

  EXPECT_FALSE(heartbeats.check());
  EXPECT_EQ(posted[1].size(), 1U) << "a stuck thread's queue must not grow";

  posted[0].back()();
  posted[1].back()();
  EXPECT_EQ(heartbeats.silent(), 0U);
  EXPECT_TRUE(heartbeats.check());
}

TEST(Heartbeats, AnAnswerMayComeAfterTheEnd) {
  std::function<void()> late;
  {
    Heartbeats heartbeats{1,
                          [&](std::size_t, std::function<void()> run) { late = std::move(run); }};
    heartbeats.check();
  }

  late();
}

}  // namespace
}  // namespace pushgate::runtime
