// splice_pipe_test.cpp - bytes pass through the kernel's pipe; an empty pipe is used again, one
// with bytes in it never.

#include "pushgate/net/splice_pipe.hpp"

#include <cerrno>
#include <vector>

#include "net/net_fixture.hpp"

namespace pushgate::net {
namespace {

struct SplicePipeTest : ::testing::Test {
  Connection source = connect_tcp();
  Connection sink = connect_tcp();

  /// Waits in the kernel until the source has something to say.
  void await_input() const {
    char byte = 0;
    ::fcntl(source.ours.get(), F_SETFL, 0);
    static_cast<void>(::recv(source.ours.get(), &byte, 1, MSG_PEEK));
    ::fcntl(source.ours.get(), F_SETFL, O_NONBLOCK);
  }
  std::string arrived(std::size_t bytes) {
    while (sink.peer.collect().size() < bytes && !sink.peer.has_ended()) {
    }
    return sink.peer.collect();
  }
};

TEST_F(SplicePipeTest, WhatIsFilledInIsDrainedOut) {
  auto pipe = SplicePipe::borrow();
  source.peer.send("hello");
  await_input();

  EXPECT_EQ(pipe->fill(source.ours.get(), 1024), 5);
  EXPECT_EQ(pipe->held_bytes(), 5U);
  EXPECT_EQ(pipe->drain(sink.ours.get(), false), 5);

  EXPECT_EQ(pipe->held_bytes(), 0U);
  EXPECT_EQ(arrived(5), "hello");
}

TEST_F(SplicePipeTest, NoMoreIsTakenThanAskedFor) {
  auto pipe = SplicePipe::borrow();
  source.peer.send("hello");
  await_input();

  EXPECT_EQ(pipe->fill(source.ours.get(), 2), 2);
}

TEST_F(SplicePipeTest, NothingToReadIsNotTheEnd) {
  auto pipe = SplicePipe::borrow();

  const long moved = pipe->fill(source.ours.get(), 1024);
  const int error = errno;

  EXPECT_EQ(moved, -1);
  EXPECT_EQ(error, EAGAIN);
}

TEST_F(SplicePipeTest, TheEndOfTheStreamIsZero) {
  auto pipe = SplicePipe::borrow();
  source.peer.end();
  await_input();

  EXPECT_EQ(pipe->fill(source.ours.get(), 1024), 0);
}

TEST_F(SplicePipeTest, AnEmptyPipeIsLentAgain) {
  auto pipe = SplicePipe::borrow();
  const SplicePipe* const first = pipe.get();

  SplicePipe::give_back(std::move(pipe));

  EXPECT_EQ(SplicePipe::borrow().get(), first);
}

TEST_F(SplicePipeTest, OneConnectionsBytesNeverReachTheNext) {
  auto pipe = SplicePipe::borrow();
  source.peer.send("secret");
  await_input();
  ASSERT_EQ(pipe->fill(source.ours.get(), 1024), 6);
  SplicePipe::give_back(std::move(pipe));

  auto next = SplicePipe::borrow();
  source.peer.send("mine");
  await_input();
  ASSERT_EQ(next->fill(source.ours.get(), 1024), 4);
  next->drain(sink.ours.get(), false);

  EXPECT_EQ(arrived(4), "mine");
}

TEST_F(SplicePipeTest, GivingNothingBackIsAllowed) {
  SplicePipe::give_back(nullptr);

  EXPECT_NE(SplicePipe::borrow(), nullptr);
}

TEST_F(SplicePipeTest, WithoutDescriptorsThereIsNoPipe) {
  std::vector<std::unique_ptr<SplicePipe>> pooled;
  for (int i = 0; i < 20; ++i) pooled.push_back(SplicePipe::borrow());
  const NoMoreDescriptors exhausted;

  EXPECT_EQ(SplicePipe::borrow(), nullptr);
}

}  // namespace
}  // namespace pushgate::net
