#include "pushgate/runtime/cancellable.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "pushgate/runtime/completion.hpp"
#include "pushgate/runtime/task_group.hpp"

namespace pushgate::runtime {
namespace {

class CancellableTest : public testing::Test {
 protected:
  /// Waits for what the test brings, and holds a share in `token_` meanwhile.
  static Task<std::string> ask(CancellableTest& test) {
    const std::shared_ptr<int> held = test.token_;
    std::string answer = co_await test.answer_.wait();
    if (answer == "raise") throw std::runtime_error("raised");
    co_return answer;
  }
  static Task<std::string> answer_at_once() { co_return "at once"; }

  static Task<> wait_for(CancellableTest& test, Task<std::string> task) {
    Cancellable<std::string> answer{std::move(task)};
    test.pending_ = &answer;
    try {
      test.given_ = co_await answer;
    } catch (const std::runtime_error& error) {
      test.given_ = error.what();
    }
    test.pending_ = nullptr;
    test.over_ = true;
  }

  Completion<std::string> answer_;
  std::shared_ptr<int> token_ = std::make_shared<int>(0);
  Cancellation* pending_ = nullptr;
  std::optional<std::string> given_;
  bool over_ = false;
  TaskGroup group_{[](std::string_view what) { FAIL() << what; }};
};

TEST_F(CancellableTest, BringsWhatTheTaskReturns) {
  group_.spawn(wait_for(*this, ask(*this)));
  ASSERT_FALSE(over_);

  answer_.setter()("yes");

  EXPECT_TRUE(over_);
  EXPECT_EQ(given_, "yes");
  EXPECT_EQ(token_.use_count(), 1);
}

TEST_F(CancellableTest, MayBeThereAtOnce) {
  group_.spawn(wait_for(*this, answer_at_once()));

  EXPECT_TRUE(over_);
  EXPECT_EQ(given_, "at once");
}

TEST_F(CancellableTest, GoesOnWithNothingWhenItIsCancelled) {
  group_.spawn(wait_for(*this, ask(*this)));
  EXPECT_EQ(token_.use_count(), 2);

  pending_->cancel();

  EXPECT_TRUE(over_);
  EXPECT_EQ(given_, std::nullopt);
  EXPECT_EQ(token_.use_count(), 1) << "the task still lives";
  answer_.setter()("too late");
  EXPECT_EQ(group_.size(), 0u);
}

TEST_F(CancellableTest, PassesExceptionsOn) {
  group_.spawn(wait_for(*this, ask(*this)));

  answer_.setter()("raise");

  EXPECT_EQ(given_, "raised");
}

}  // namespace
}  // namespace pushgate::runtime
