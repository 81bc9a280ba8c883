// reactor_turn_end_test.cpp - what is to be done after everything that a turn brought.

#include <functional>
#include <utility>

#include <boost/asio/post.hpp>

#include "runtime/reactor_fixture.hpp"

namespace pushgate::runtime {
namespace {

class ReactorTurnEndTest : public ReactorFixture {};

/// Counts the ends of turns it was called for.
class RecordingEnd final : public TurnEndSink {
 public:
  explicit RecordingEnd(std::function<void()> then = {}) : then_(std::move(then)) {}
  void on_turn_end() override {
    ++calls;
    if (then_) then_();
  }
  int calls = 0;

 private:
  std::function<void()> then_;
};

TEST_F(ReactorTurnEndTest, TheEndOfATurnComesOnceAfterAllItsEvents) {
  const SocketPair first;
  const SocketPair second;
  int handled = 0;
  int handled_at_end = 0;
  RecordingEnd end([&] { handled_at_end = handled; });
  RecordingSink sink([&](Channel&) {
    if (++handled == 1) reactor.at_turn_end(end);
  });
  add(first, sink);
  add(second, sink);

  first.peer_says("x");
  second.peer_says("x");

  ASSERT_TRUE(run_until([&] { return end.calls > 0; }));
  EXPECT_EQ(handled_at_end, 2);
  run_ready();
  EXPECT_EQ(end.calls, 1);
}

TEST_F(ReactorTurnEndTest, WorkThatWasPostedGetsItsEndOfATurnToo) {
  RecordingEnd end;
  boost::asio::post(io, [&] { reactor.at_turn_end(end); });

  EXPECT_TRUE(run_until([&] { return end.calls == 1; }));
}

TEST_F(ReactorTurnEndTest, WhatIsAskedForAtTheEndOfATurnBelongsToTheNext) {
  int asked_again = 0;
  RecordingEnd second;
  RecordingEnd first([&] {
    ++asked_again;
    reactor.at_turn_end(second);
    EXPECT_EQ(second.calls, 0);
  });
  boost::asio::post(io, [&] { reactor.at_turn_end(first); });

  EXPECT_TRUE(run_until([&] { return second.calls == 1; }));
  EXPECT_EQ(asked_again, 1);
}

}  // namespace
}  // namespace pushgate::runtime
