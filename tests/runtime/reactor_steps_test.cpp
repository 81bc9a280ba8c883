// reactor_steps_test.cpp - the three steps of a batch: what is read ahead reaches who reads later,
// and what is staged is sent once everything has been handled.

#include <cerrno>
#include <string>
#include <vector>

#include "pushgate/runtime/task_group.hpp"

#include "runtime/reactor_fixture.hpp"

namespace pushgate::runtime {
namespace {

class ReactorStepsTest : public ReactorFixture {
 protected:
  Channel& add_ahead(const SocketPair& pair, EventSink& sink) {
    return add(pair, sink, kReadable | kPeerClosed | kBroken | kAhead);
  }

  std::string take(Channel& channel, std::size_t size = ReceivedAhead::kLongest) {
    std::string bytes(size, '\0');
    last = reactor.received_ahead().take(channel, bytes.data(), size);
    bytes.resize(last.bytes);
    return bytes;
  }

  static std::string waiting_in(const SocketPair& pair) {
    std::string bytes(100, '\0');
    const ssize_t got = ::recv(pair.peer.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }

  ReceivedAhead::Taken last;
  TaskGroup tasks{[](std::string_view what) { ADD_FAILURE() << what; }};
};

TEST_F(ReactorStepsTest, AMessageIsReadBeforeTheSinkIsCalled) {
  const SocketPair pair;
  std::string seen;
  RecordingSink sink([&](Channel& channel) { seen = take(channel); });
  Channel& channel = add_ahead(pair, sink);

  pair.peer_says("hello");

  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  EXPECT_EQ(seen, "hello");
  EXPECT_TRUE(last.socket_is_empty);
  EXPECT_EQ(channel.ahead, 0u);
}

TEST_F(ReactorStepsTest, WithoutTheInterestNothingIsReadAhead) {
  const SocketPair pair;
  RecordingSink sink;
  Channel& channel = add(pair, sink, kReadable);

  pair.peer_says("hello");

  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  EXPECT_EQ(channel.ahead, 0u);
}

TEST_F(ReactorStepsTest, WhatIsNotTakenAtOnceIsKept) {
  const SocketPair first;
  const SocketPair second;
  RecordingSink sink;
  Channel& kept = add_ahead(first, sink);
  Channel& other = add_ahead(second, sink);
  first.peer_says("to be taken later");
  ASSERT_TRUE(run_until([&] { return sink.calls.size() == 1; }));

  second.peer_says("overwrites what it can");
  ASSERT_TRUE(run_until([&] { return sink.calls.size() == 2; }));

  EXPECT_EQ(take(other), "overwrites what it can");
  EXPECT_EQ(take(kept, 5), "to be");
  EXPECT_FALSE(last.socket_is_empty);
  EXPECT_EQ(take(kept), " taken later");
  EXPECT_TRUE(last.socket_is_empty);
}

TEST_F(ReactorStepsTest, ALongMessageLeavesItsRestInTheSocket) {
  const SocketPair pair;
  std::string seen;
  RecordingSink sink([&](Channel& channel) { seen = take(channel); });
  add_ahead(pair, sink);

  pair.peer_says(std::string(ReceivedAhead::kLongest + 1, 'x'));

  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  EXPECT_EQ(seen.size(), ReceivedAhead::kLongest);
  EXPECT_FALSE(last.socket_is_empty);
}

TEST_F(ReactorStepsTest, AChannelThatGoesAwayTakesItsMessageAlong) {
  const SocketPair pair;
  RecordingSink sink([&](Channel& channel) { reactor.remove(&channel); });
  add_ahead(pair, sink);
  pair.peer_says("never read");
  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));

  const SocketPair next;
  std::string seen;
  RecordingSink next_sink([&](Channel& channel) { seen = take(channel); });
  Channel& reused = add_ahead(next, next_sink);

  EXPECT_EQ(reused.ahead, 0u);
  next.peer_says("mine");
  ASSERT_TRUE(run_until([&] { return !next_sink.calls.empty(); }));
  EXPECT_EQ(seen, "mine");
}

TEST_F(ReactorStepsTest, NothingCanBeStagedOutsideABatch) {
  EXPECT_TRUE(reactor.departures().stage("a", "b").empty());
}

/// Sends two pieces by way of the stage, as a session does.
Task<> send_staged(Reactor& reactor, int fd, std::string first, std::string second,
                   std::vector<Departures::Outcome>& outcomes) {
  const std::string_view staged = reactor.departures().stage(first, second);
  EXPECT_EQ(staged, first + second);
  const Departures::Outcome outcome = co_await reactor.departures().send(fd, staged);
  EXPECT_TRUE(reactor.departures().stage("x", {}).empty()) << "the batch has departed";
  outcomes.push_back(outcome);
}

TEST_F(ReactorStepsTest, WhatIsStagedIsSentWhenEveryEventHasBeenHandled) {
  const SocketPair first;
  const SocketPair second;
  std::vector<Departures::Outcome> outcomes;
  std::size_t sent_too_early = 0;
  RecordingSink sink([&](Channel& channel) {
    tasks.spawn(send_staged(reactor, channel.fd, "he", "llo", outcomes));
    sent_too_early += waiting_in(first).size() + waiting_in(second).size();
  });
  add(first, sink, kReadable);
  add(second, sink, kReadable);

  first.peer_says("x");
  second.peer_says("x");

  ASSERT_TRUE(run_until([&] { return outcomes.size() == 2; }));
  EXPECT_EQ(sent_too_early, 0u);
  EXPECT_EQ(waiting_in(first), "hello");
  EXPECT_EQ(waiting_in(second), "hello");
  EXPECT_EQ(outcomes[0].bytes, 5);
}

TEST_F(ReactorStepsTest, TheSenderIsToldOfAFailure) {
  SocketPair pair;
  std::vector<Departures::Outcome> outcomes;
  RecordingSink sink([&](Channel& channel) {
    tasks.spawn(send_staged(reactor, channel.fd, "lost", {}, outcomes));
  });
  add(pair, sink, kReadable);
  pair.peer_says("x");
  pair.peer.reset();

  ASSERT_TRUE(run_until([&] { return !outcomes.empty(); }));
  EXPECT_EQ(outcomes[0].bytes, -1);
  EXPECT_EQ(outcomes[0].error, EPIPE);
}

TEST_F(ReactorStepsTest, LongMessagesAreNotStaged) {
  const SocketPair pair;
  std::string_view staged = "not asked";
  RecordingSink sink([&](Channel&) {
    staged = reactor.departures().stage(std::string(Departures::kLongest, 'x'), "y");
  });
  add(pair, sink, kReadable);

  pair.peer_says("x");

  ASSERT_TRUE(run_until([&] { return !sink.calls.empty(); }));
  EXPECT_TRUE(staged.empty());
}

}  // namespace
}  // namespace pushgate::runtime
