// lifecycle_test.cpp - real signals to this process, and what they set in motion.

#include "pushgate/runtime/lifecycle.hpp"

#include <string>
#include <vector>

#include <signal.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/notify_socket.hpp"

namespace pushgate::runtime {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class LifecycleTest : public OpsFixture {
 protected:
  void start(LifecycleTimes times) {
    LifecycleHooks hooks;
    hooks.reload = [this] {
      calls.emplace_back("reload");
      if (reload_ends_at_once) lifecycle->reload_finished();
    };
    hooks.reopen_logs = [this] { calls.emplace_back("reopen"); };
    hooks.close_listeners = [this] { calls.emplace_back("close"); };
    hooks.finish_sessions = [this] { calls.emplace_back("finish"); };
    hooks.cut_sessions = [this] {
      calls.emplace_back("cut");
      if (cutting_works) work = 0;
    };
    hooks.work_left = [this] { return work; };
    hooks.exit = [this] { calls.emplace_back("exit"); };
    lifecycle = std::make_unique<Lifecycle>(io, times, std::move(hooks), *log);
    lifecycle->started();
    io.poll();
  }

  void send(int signal) { ASSERT_EQ(::kill(::getpid(), signal), 0); }

  bool run_until_called(const std::string& name) {
    return run_until([&] { return ::testing::Value(calls, Contains(name)); });
  }

  template <class Condition>
  bool run_until(Condition condition) {
    return eventually([&] {
      io.restart();
      io.run_for(milliseconds{2});
      return condition();
    });
  }

  NotifySocket manager{path("notify")};
  std::unique_ptr<Log> log = Log::open({.file = path("log")}).value();
  boost::asio::io_context io{1};
  std::unique_ptr<Lifecycle> lifecycle;
  std::vector<std::string> calls;
  std::size_t work = 0;
  bool reload_ends_at_once = true;
  bool cutting_works = true;
};

TEST_F(LifecycleTest, AStartIsToldToTheServiceManager) {
  start({});

  EXPECT_TRUE(lifecycle->is_ready());
  EXPECT_THAT(manager.received(), ElementsAre(StartsWith("READY=1")));
}

TEST_F(LifecycleTest, EachStopSignalDrainsAndExits) {
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT}) {
    calls.clear();
    start({});

    send(signal);

    EXPECT_TRUE(run_until_called("exit")) << signal;
    EXPECT_THAT(calls, ElementsAre("close", "finish", "exit")) << signal;
    lifecycle.reset();
    io.poll();
  }
}

TEST_F(LifecycleTest, TheProcessStaysUntilItsWorkIsDone) {
  work = 2;
  start({});
  send(SIGTERM);
  ASSERT_TRUE(run_until_called("finish"));
  EXPECT_FALSE(lifecycle->is_ready());

  work = 0;

  EXPECT_TRUE(run_until_called("exit"));
  EXPECT_THAT(calls, ElementsAre("close", "finish", "exit"));
}

TEST_F(LifecycleTest, TheLeadComesBeforeTheListenersClose) {
  start({.drain_lead = milliseconds{30}});

  send(SIGTERM);

  ASSERT_TRUE(run_until([&] { return lifecycle->state() == LifecycleState::draining; }));
  EXPECT_THAT(calls, IsEmpty());
  EXPECT_TRUE(run_until_called("exit"));
}

TEST_F(LifecycleTest, TheDrainTimeoutCutsWhatIsLeft) {
  work = 2;
  start({.drain_timeout = milliseconds{30}});

  send(SIGTERM);

  EXPECT_TRUE(run_until_called("exit"));
  EXPECT_THAT(calls, ElementsAre("close", "finish", "cut", "exit"));
}

TEST_F(LifecycleTest, ASecondSignalCutsAtOnce) {
  work = 2;
  start({.drain_lead = std::chrono::hours{1}});
  send(SIGTERM);
  ASSERT_TRUE(run_until([&] { return lifecycle->state() == LifecycleState::draining; }));

  send(SIGTERM);

  EXPECT_TRUE(run_until_called("exit"));
  EXPECT_THAT(calls, ElementsAre("close", "cut", "exit"));
}

TEST_F(LifecycleTest, WorkThatCannotBeCutDoesNotHoldTheProcess) {
  work = 2;
  cutting_works = false;
  start({.drain_timeout = milliseconds{1}, .cut_timeout = milliseconds{1}});

  send(SIGTERM);

  EXPECT_TRUE(run_until_called("exit"));
}

TEST_F(LifecycleTest, HangUpReloadsAndTellsTheServiceManager) {
  start({});
  manager.received();

  send(SIGHUP);

  EXPECT_TRUE(run_until_called("reload"));
  EXPECT_TRUE(lifecycle->is_ready());
  EXPECT_THAT(manager.received(),
              ElementsAre(StartsWith("RELOADING=1\nMONOTONIC_USEC="), StartsWith("READY=1")));
}

TEST_F(LifecycleTest, HangUpsDuringAReloadLeadToOneMore) {
  reload_ends_at_once = false;
  start({});
  send(SIGHUP);
  ASSERT_TRUE(run_until_called("reload"));

  lifecycle->request_reload();
  lifecycle->request_reload();
  EXPECT_THAT(calls, ElementsAre("reload"));
  lifecycle->reload_finished();
  lifecycle->reload_finished();

  EXPECT_THAT(calls, ElementsAre("reload", "reload"));
}

TEST_F(LifecycleTest, UserSignalOneReopensTheLogs) {
  start({});

  send(SIGUSR1);

  EXPECT_TRUE(run_until_called("reopen"));
  EXPECT_TRUE(lifecycle->is_ready());
}

TEST_F(LifecycleTest, ABrokenPipeIsNotTheEnd) {
  start({});

  send(SIGPIPE);

  EXPECT_TRUE(lifecycle->is_ready());
}

TEST_F(LifecycleTest, NoHookIsCalledAfterDestruction) {
  work = 1;
  start({.drain_timeout = milliseconds{1}});
  lifecycle->request_stop();
  calls.clear();

  lifecycle.reset();
  io.restart();
  io.run();  // returns: nothing is left to wait for

  EXPECT_THAT(calls, IsEmpty());
}

}  // namespace
}  // namespace pushgate::runtime
