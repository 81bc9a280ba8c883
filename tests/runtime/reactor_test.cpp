// reactor_test.cpp - events reach the channel they are meant for, and no other; timers wake the
// thread; work cut short is taken up again.

#include "pushgate/runtime/reactor.hpp"

#include <cerrno>
#include <string>
#include <vector>

#include <netinet/in.h>

#include <boost/asio/post.hpp>

#include "runtime/reactor_fixture.hpp"

namespace pushgate::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class ReactorTest : public ReactorFixture {};

TEST_F(ReactorTest, DataIsReportedAsReadable) {
  const SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink);

  pair.peer_says("x");

  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  EXPECT_EQ(sink.calls.front(), &channel);
  EXPECT_EQ(channel.ready, kReadable);
}

TEST_F(ReactorTest, WhatNobodyIsInterestedInIsRememberedWithoutACall) {
  const SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink, 0);

  pair.peer_says("x");

  ASSERT_TRUE(run_until([&] { return (channel.ready & kReadable) != 0; }));
  EXPECT_TRUE(sink.calls.empty());
}

TEST_F(ReactorTest, OfABatchTheEarlyChannelsComeFirst) {
  const SocketPair usual;
  const SocketPair early;
  std::vector<Channel*> order;
  RecordingSink sink([&](Channel& channel) { order.push_back(&channel); });
  Channel& second = add(usual, sink);
  const Result<Channel*> first = reactor.add(early.ours.get(), &sink, Turn::early);
  ASSERT_TRUE(first);
  (*first)->interest = kReadable;

  usual.peer_says("x");
  early.peer_says("x");

  ASSERT_TRUE(run_until([&] { return order.size() == 2; }));
  EXPECT_EQ(order, (std::vector<Channel*>{*first, &second}));
}

TEST_F(ReactorTest, APeerThatEndsIsReadableAndClosed) {
  const SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink);

  ::shutdown(pair.peer.get(), SHUT_WR);

  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  EXPECT_EQ(channel.ready, kReadable | kPeerClosed);
}

TEST_F(ReactorTest, APeerThatIsGoneIsBroken) {
  SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink);

  pair.peer.reset();

  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  EXPECT_TRUE(channel.ready & kBroken);
}

TEST_F(ReactorTest, ADescriptorCannotBeAddedTwiceAndTheFailureLeavesNothingBehind) {
  const SocketPair pair;
  RecordingSink sink;
  RecordingSink second_sink;
  add(pair, sink);

  const Result<Channel*> second = reactor.add(pair.ours.get(), &second_sink);
  pair.peer_says("x");

  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error().value(), EEXIST);
  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  EXPECT_TRUE(second_sink.calls.empty());
}

TEST_F(ReactorTest, ARemovedChannelHearsNothingMore) {
  SocketPair pair;
  const SocketPair other;
  RecordingSink sink;
  RecordingSink other_sink;
  Channel& channel = add(pair, sink);
  add(other, other_sink);

  pair.peer_says("x");
  reactor.remove(&channel);
  pair.ours.reset();
  other.peer_says("x");

  ASSERT_TRUE(run_until([&] { return !other_sink.calls.empty(); }));
  EXPECT_TRUE(sink.calls.empty());
}

// Both are readable in one batch. Whoever comes first closes the other, and something new takes the
// channel's place in memory: the event that was already fetched must not reach it.
TEST_F(ReactorTest, AnEventOfAChannelThatIsGoneDoesNotReachItsSuccessor) {
  SocketPair pairs[2];
  const SocketPair late;
  Channel* channels[2] = {};
  RecordingSink successor_sink;
  Channel* successor = nullptr;
  RecordingSink sink([&](Channel& called) {
    const int gone = &called == channels[0] ? 1 : 0;
    reactor.remove(channels[gone]);
    pairs[gone].ours.reset();
    successor = &add(late, successor_sink);
    EXPECT_EQ(successor, channels[gone]) << "memory is reused, or this test proves nothing";
    called.interest = 0;
  });
  for (int i = 0; i < 2; ++i) channels[i] = &add(pairs[i], sink);

  for (const SocketPair& pair : pairs) pair.peer_says("x");
  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  run_ready();

  EXPECT_EQ(sink.calls.size(), 1U);
  EXPECT_TRUE(successor_sink.calls.empty());
  EXPECT_EQ(successor->ready, 0);
}

TEST_F(ReactorTest, OutputIsWatchedOnceAWriteFellShort) {
  const SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink, kWritable);
  const std::string block(64 * 1024, 'x');
  while (::send(pair.ours.get(), block.data(), block.size(), MSG_NOSIGNAL) > 0) {
  }
  ASSERT_EQ(errno, EAGAIN);

  reactor.watch_output(channel);
  run_ready();
  EXPECT_TRUE(sink.calls.empty()) << "the peer has taken nothing yet";
  std::string taken(64 * 1024, '\0');
  while (::recv(pair.peer.get(), taken.data(), taken.size(), 0) > 0) {
  }

  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  EXPECT_TRUE(channel.ready & kWritable);
}

TEST_F(ReactorTest, WithoutAWatchThereIsNoEventForOutput) {
  const SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink);

  run_ready();

  EXPECT_TRUE(sink.calls.empty());
  EXPECT_EQ(channel.ready, 0);
}

// ---- work that was cut short ----------------------------------------------------------------

TEST_F(ReactorTest, RunAgainCallsTheSinkOnceHoweverOftenItIsAsked) {
  const SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink);

  reactor.run_again(channel);
  reactor.run_again(channel);
  run_ready();

  EXPECT_EQ(sink.calls.size(), 1U);
}

TEST_F(ReactorTest, OneThatAlwaysWantsMoreStarvesNeitherOthersNorPostedWork) {
  const SocketPair greedy;
  const SocketPair modest;
  RecordingSink greedy_sink([&](Channel& channel) { reactor.run_again(channel); });
  RecordingSink modest_sink;
  Channel& channel = add(greedy, greedy_sink);
  add(modest, modest_sink);
  bool posted_work_done = false;

  reactor.run_again(channel);
  modest.peer_says("x");
  boost::asio::post(io, [&] { posted_work_done = true; });

  EXPECT_TRUE(run_until([&] { return posted_work_done && !modest_sink.calls.empty(); }));
  EXPECT_GT(greedy_sink.calls.size(), 1U);
  reactor.remove(&channel);
}

TEST_F(ReactorTest, AChannelRemovedWhileItIsQueuedIsNotCalled) {
  const SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink);

  reactor.run_again(channel);
  reactor.remove(&channel);
  run_ready();

  EXPECT_TRUE(sink.calls.empty());
}

TEST_F(ReactorTest, AQueuedChannelMayBeRemovedByTheOneBeforeIt) {
  const SocketPair pairs[2];
  Channel* channels[2] = {};
  RecordingSink sink([&](Channel&) { reactor.remove(channels[1]); });
  for (int i = 0; i < 2; ++i) channels[i] = &add(pairs[i], sink);

  for (Channel* channel : channels) reactor.run_again(*channel);
  run_ready();

  EXPECT_EQ(sink.calls, std::vector<Channel*>{channels[0]});
}

TEST_F(ReactorTest, AQueuedChannelMayRemoveItselfAfterAskingForMore) {
  const SocketPair pair;
  RecordingSink sink([&](Channel& channel) {
    reactor.run_again(channel);
    reactor.remove(&channel);
  });
  Channel& channel = add(pair, sink);

  reactor.run_again(channel);
  run_ready();

  EXPECT_EQ(sink.calls.size(), 1U);
}

// ---- timers ---------------------------------------------------------------------------------

TEST_F(ReactorTest, ATimerWakesASleepingThreadAndIsNeverEarly) {
  Alarm alarm;
  const TimePoint deadline = Clock::now() + milliseconds{30};

  reactor.arm(alarm, deadline);

  ASSERT_TRUE(run_until([&] { return alarm.rung > 0; }));
  EXPECT_GE(alarm.rung_at, deadline);
  EXPECT_EQ(reactor.now(), alarm.rung_at);
}

TEST_F(ReactorTest, AnEarlierTimerArmedLaterStillWakesTheThread) {
  Alarm late;
  Alarm early;

  reactor.arm(late, Clock::now() + hours{1});
  reactor.arm(early, Clock::now() + milliseconds{20});

  EXPECT_TRUE(run_until([&] { return early.rung > 0; }));
  EXPECT_EQ(late.rung, 0);
}

TEST_F(ReactorTest, ADeadlineThatHasPassedFiresAtOnce) {
  Alarm alarm;

  reactor.arm(alarm, Clock::now() - hours{1});

  EXPECT_TRUE(run_until([&] { return alarm.rung > 0; }));
}

TEST_F(ReactorTest, ATimerMayArmItselfAgain) {
  Alarm* self = nullptr;
  Alarm alarm([&](TimePoint now) { reactor.arm(*self, now + milliseconds{1}); });
  self = &alarm;

  reactor.arm(alarm, Clock::now());

  EXPECT_TRUE(run_until([&] { return alarm.rung >= 3; }));
}

TEST_F(ReactorTest, ATimerArmedAfterAllOthersHaveFiredWakesTheThread) {
  Alarm first;
  Alarm second;
  reactor.arm(first, Clock::now() + milliseconds{20});
  ASSERT_TRUE(run_until([&] { return first.rung > 0; }));

  reactor.arm(second, Clock::now() + milliseconds{20});

  EXPECT_TRUE(run_until([&] { return second.rung > 0; }));
}

// ---- listeners and the end --------------------------------------------------------------------

class ReactorListenerTest : public ReactorFixture {
 protected:
  ReactorListenerTest() {
    EXPECT_EQ(::listen(listener.get(), 16), 0);
    socklen_t length = sizeof address;
    EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
    channel = reactor.add_listener(listener.get(), &sink).value();
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  }

  sockaddr_in address{};
  UniqueFd listener{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  UniqueFd client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  RecordingSink sink;
  Channel* channel = nullptr;
};

TEST_F(ReactorListenerTest, AListenerIsOfferedAgainWhatOneTurnHasLeft) {
  EXPECT_TRUE(run_until([&] { return sink.calls.size() >= 3; }));
}

TEST_F(ReactorListenerTest, APausedListenerIsSilentUntilItIsResumed) {
  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));

  reactor.pause(*channel);
  sink.calls.clear();
  run_ready();
  EXPECT_TRUE(sink.calls.empty());
  reactor.resume(*channel);

  EXPECT_TRUE(run_until([&] { return !sink.calls.empty(); }));
}

TEST_F(ReactorTest, TheThreadRunsOutOfWorkOnceTheReactorIsStopped) {
  const SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink);
  Alarm alarm;
  reactor.arm(alarm, Clock::now() + hours{1});

  reactor.stop();
  io.run_for(std::chrono::seconds{20});

  EXPECT_TRUE(io.stopped()) << "nothing is left to wait for";
  EXPECT_EQ(channel.fd, pair.ours.get()) << "channels stay valid";
  reactor.remove(&channel);
}

TEST_F(ReactorTest, EveryTurnIsCounted) {
  const SocketPair pair;
  RecordingSink sink;
  add(pair, sink);
  const std::uint64_t before = reactor.turns();

  pair.peer_says("x");
  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));

  EXPECT_GT(reactor.turns(), before);
}

}  // namespace
}  // namespace pushgate::runtime
