// task_group_test.cpp - what runs is counted, and what escapes is told.

#include "pushgate/runtime/task_group.hpp"

#include <coroutine>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pushgate::runtime {
namespace {

/// Suspends whoever awaits it, until the test resumes the handle.
struct Pause {
  std::coroutine_handle<>& waiting;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const noexcept { waiting = handle; }
  void await_resume() const noexcept {}
};

struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Task<> pause(std::coroutine_handle<>& waiting) { co_await Pause{waiting}; }

Task<> pause_and_fail(std::coroutine_handle<>& waiting) {
  co_await Pause{waiting};
  throw Broken("table is gone");
}

Task<> fail_with_a_number() {
  throw 7;
  co_return;
}

Task<> note(int& runs) {
  ++runs;
  co_return;
}

class TaskGroupTest : public ::testing::Test {
 protected:
  std::vector<std::string> escaped;
  TaskGroup group{[this](std::string_view what) { escaped.emplace_back(what); }};
};

TEST_F(TaskGroupTest, ATaskRunsToItsFirstSuspensionAtOnce) {
  int runs = 0;

  group.spawn(note(runs));

  EXPECT_EQ(runs, 1);
  EXPECT_EQ(group.size(), 0U);
}

TEST_F(TaskGroupTest, CountsWhatIsSuspendedUntilItEnds) {
  std::coroutine_handle<> first;
  std::coroutine_handle<> second;
  group.spawn(pause(first));
  group.spawn(pause(second));
  EXPECT_EQ(group.size(), 2U);

  first.resume();
  EXPECT_EQ(group.size(), 1U);
  second.resume();

  EXPECT_EQ(group.size(), 0U);
  EXPECT_TRUE(escaped.empty());
}

TEST_F(TaskGroupTest, AnEscapedExceptionIsReportedAndTheTaskCountedOut) {
  std::coroutine_handle<> waiting;
  group.spawn(pause_and_fail(waiting));

  waiting.resume();

  EXPECT_EQ(escaped, std::vector<std::string>{"table is gone"});
  EXPECT_EQ(group.size(), 0U);
}

TEST_F(TaskGroupTest, WhatIsNoExceptionIsReportedToo) {
  group.spawn(fail_with_a_number());

  EXPECT_EQ(escaped.size(), 1U);
  EXPECT_EQ(group.size(), 0U);
}

TEST_F(TaskGroupTest, OthersGoOnAfterOneHasFailed) {
  std::coroutine_handle<> waiting;
  group.spawn(pause(waiting));

  group.spawn(fail_with_a_number());
  EXPECT_EQ(group.size(), 1U);
  waiting.resume();

  EXPECT_EQ(group.size(), 0U);
}

}  // namespace
}  // namespace pushgate::runtime
