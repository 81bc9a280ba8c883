// command_queue_test.cpp - commands and answers in order, deadlines, and what each failure means.

#include "redis/command_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/replies.hpp"

namespace pushgate::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CommandQueueTest : public ::testing::Test {
 protected:
  /// Notes "name=answer" or "name!reason".
  ReplyCallback note(std::string name) {
    return [this, name = std::move(name)](const Result<Reply>& reply) {
      notes.push_back(reply ? name + '=' + reply->text
                            : name + '!' + std::to_string(reply.error().value()));
    };
  }
  static std::string failed(const std::string& name, Error error) {
    return name + '!' + std::to_string(static_cast<int>(error));
  }
  void push(const std::string& name, TimePoint deadline = TimePoint::max()) {
    queue.push(Command{name}, deadline, note(name));
  }
  void send_all() {
    std::string out;
    queue.send(out, 1'000'000);
  }
  void answer(std::string text) {
    Reply reply = status(std::move(text));
    ASSERT_TRUE(queue.answer(reply));
  }

  RedisMetrics metrics;
  CommandQueue queue{1000, metrics};
  std::vector<std::string> notes;
  TimePoint now{seconds{1000}};
};

TEST_F(CommandQueueTest, AnswersFitCommandsInOrder) {
  push("A");
  push("B");
  std::string out;
  queue.send(out, 1'000'000);
  EXPECT_EQ(out, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");

  answer("1");
  answer("2");

  EXPECT_THAT(notes, ElementsAre("A=1", "B=2"));
  Reply surplus = status("3");
  EXPECT_FALSE(queue.answer(surplus));
}

TEST_F(CommandQueueTest, AWriteEndsWithTheCommandThatReachesItsLimit) {
  for (const char* name : {"A", "B", "C"}) push(name);
  std::string out;

  queue.send(out, 12);
  EXPECT_EQ(queue.sent_count(), 2U);
  EXPECT_EQ(queue.waiting_count(), 1U);
  out.clear();
  queue.send(out, 1);

  EXPECT_EQ(out, "*1\r\n$1\r\nC\r\n");
}

TEST_F(CommandQueueTest, WhatWaitsIsBoundedInBytes) {
  const std::string word(480, 'x');
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(queue.has_room_for(Command{word}));
    queue.push(Command{word}, TimePoint::max(), {});
  }
  EXPECT_EQ(metrics.queue_bytes.value(), 2 * 492);

  EXPECT_FALSE(queue.has_room_for(Command{word}));
  send_all();  // what is sent does not count
  EXPECT_TRUE(queue.has_room_for(Command{word}));

  EXPECT_EQ(metrics.queue_bytes.value(), 0);
  EXPECT_EQ(metrics.in_flight.value(), 2);
}

TEST_F(CommandQueueTest, ALateAnswerBelongsToNobody) {
  push("A", now + seconds{1});
  push("B", now + seconds{2});
  send_all();
  EXPECT_GE(queue.deadline(), now + seconds{1});
  EXPECT_LE(queue.deadline(), now + seconds{1} + CommandQueue::kPrecision);

  queue.expire(queue.deadline());
  EXPECT_THAT(notes, ElementsAre(failed("A", Error::timed_out)));
  answer("1");
  answer("2");

  EXPECT_THAT(notes, ElementsAre(failed("A", Error::timed_out), "B=2"));
  EXPECT_EQ(metrics.timeouts.value(), 1U);
}

TEST_F(CommandQueueTest, ADeadlineThatIsNeverSentSaysSo) {
  push("A", now + seconds{1});
  push("B", now + seconds{9});

  queue.expire(now + seconds{2});
  EXPECT_THAT(notes, ElementsAre(failed("A", Error::not_connected)));
  EXPECT_GE(queue.deadline(), now + seconds{9});
  std::string out;
  queue.send(out, 1000);

  EXPECT_EQ(out, "*1\r\n$1\r\nB\r\n");
}

TEST_F(CommandQueueTest, NothingExpiresEarly) {
  push("A", now + milliseconds{5});

  queue.expire(now + milliseconds{4});

  EXPECT_THAT(notes, IsEmpty());
  queue.expire(TimePoint::max());
  EXPECT_EQ(notes.size(), 1U);
  EXPECT_EQ(queue.deadline(), TimePoint::max());
}

TEST_F(CommandQueueTest, ABrokenConnectionFailsOnlyWhatWasSent) {
  push("A", now + seconds{1});
  push("B");
  send_all();
  push("C");
  queue.expire(now + seconds{2});
  notes.clear();

  queue.fail_sent(Error::connection_lost);

  EXPECT_THAT(notes, ElementsAre(failed("B", Error::connection_lost)));  // A has failed before
  queue.fail_waiting(Error::stopped);
  EXPECT_THAT(notes, ElementsAre(failed("B", Error::connection_lost), failed("C", Error::stopped)));
  EXPECT_EQ(metrics.failures.value(), 3U);
  EXPECT_EQ(queue.waiting_bytes(), 0U);
}

TEST_F(CommandQueueTest, ACallbackMayPushAndFailMore) {
  queue.push(Command{"A"}, TimePoint::max(), [&](const Result<Reply>&) {
    push("B");
    send_all();
    queue.fail_sent(Error::stopped);
  });
  send_all();

  answer("1");

  EXPECT_THAT(notes, ElementsAre(failed("B", Error::stopped)));
}

TEST_F(CommandQueueTest, ErrorsAreAnswersThatAreCounted) {
  push("A");
  send_all();
  Reply reply = error_reply("ERR no");

  EXPECT_TRUE(queue.answer(reply));

  EXPECT_THAT(notes, ElementsAre("A=ERR no"));
  EXPECT_EQ(metrics.error_replies.value(), 1U);
  EXPECT_EQ(metrics.failures.value(), 0U);
}

TEST_F(CommandQueueTest, TheGaugesForgetAQueueThatIsGone) {
  {
    CommandQueue other{1000, metrics};
    other.push(Command{"A"}, TimePoint::max(), {});
    std::string out;
    other.send(out, 1);
    other.push(Command{"B"}, TimePoint::max(), {});
    EXPECT_EQ(metrics.in_flight.value(), 1);
  }
  EXPECT_EQ(metrics.in_flight.value(), 0);
  EXPECT_EQ(metrics.queue_bytes.value(), 0);
}

}  // namespace
}  // namespace pushgate::redis
