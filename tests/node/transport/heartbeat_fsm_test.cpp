// heartbeat_fsm_test.cpp - who pings, when, and when the other side is taken for gone.

#include "pushgate/node/transport/heartbeat_fsm.hpp"

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using Action = HeartbeatAction;
using std::chrono::milliseconds;

constexpr HeartbeatTiming kTiming{milliseconds{300}, milliseconds{200}};
constexpr TimePoint kStart{std::chrono::hours{5}};

constexpr TimePoint at(int ms) { return kStart + milliseconds{ms}; }

HeartbeatFsm server_pings() { return {EngineVersion::v4, kStart, kTiming}; }
HeartbeatFsm client_pings() { return {EngineVersion::v3, kStart, kTiming}; }

TEST(Heartbeat4, PingsAfterTheInterval) {
  HeartbeatFsm fsm = server_pings();
  EXPECT_EQ(fsm.deadline(), at(300));

  EXPECT_EQ(fsm.on_timer(at(299), kTiming), Action::none);
  EXPECT_EQ(fsm.deadline(), at(300));
  EXPECT_EQ(fsm.on_timer(at(300), kTiming), Action::send_ping);

  EXPECT_EQ(fsm.deadline(), at(500));
}

TEST(Heartbeat4, AClientThatIsSilentIsGoneAfterIntervalAndTimeout) {
  HeartbeatFsm fsm = server_pings();
  fsm.on_timer(at(300), kTiming);

  EXPECT_EQ(fsm.on_timer(at(499), kTiming), Action::none);
  EXPECT_EQ(fsm.on_timer(at(500), kTiming), Action::time_out);
}

TEST(Heartbeat4, APongStartsTheNextInterval) {
  HeartbeatFsm fsm = server_pings();
  fsm.on_timer(at(310), kTiming);

  EXPECT_EQ(fsm.on_pong(at(340), kTiming), Action::none);

  EXPECT_EQ(fsm.deadline(), at(640));
  EXPECT_EQ(fsm.on_timer(at(640), kTiming), Action::send_ping);
  EXPECT_EQ(fsm.on_timer(at(840), kTiming), Action::time_out);
}

TEST(Heartbeat4, ATimerThatFiresLateGivesTheClientItsWholeTime) {
  HeartbeatFsm fsm = server_pings();
  EXPECT_EQ(fsm.on_timer(at(900), kTiming), Action::send_ping);
  EXPECT_EQ(fsm.deadline(), at(1100));
}

TEST(Heartbeat4, OnlyAPongAnswersAPing) {
  HeartbeatFsm fsm = server_pings();
  fsm.on_timer(at(300), kTiming);

  fsm.on_packet(at(400), kTiming);

  EXPECT_EQ(fsm.deadline(), at(500));
}

TEST(Heartbeat4, APingFromTheClientIsAnError) {
  HeartbeatFsm fsm = server_pings();
  EXPECT_EQ(fsm.on_ping(at(10), kTiming), Action::bad_direction);
}

TEST(Heartbeat3, AnswersPingsAndDoesNotPing) {
  HeartbeatFsm fsm = client_pings();
  EXPECT_EQ(fsm.deadline(), at(500));

  EXPECT_EQ(fsm.on_ping(at(300), kTiming), Action::send_pong);

  EXPECT_EQ(fsm.deadline(), at(800));
  EXPECT_EQ(fsm.on_timer(at(799), kTiming), Action::none);
  EXPECT_EQ(fsm.on_timer(at(800), kTiming), Action::time_out);
}

TEST(Heartbeat3, AnyPacketIsASignOfLife) {
  HeartbeatFsm fsm = client_pings();
  fsm.on_packet(at(450), kTiming);
  EXPECT_EQ(fsm.deadline(), at(950));
}

TEST(Heartbeat3, APongFromTheClientIsAnError) {
  HeartbeatFsm fsm = client_pings();
  EXPECT_EQ(fsm.on_pong(at(10), kTiming), Action::bad_direction);
}

TEST(Heartbeat, TakesSixteenBytes) { EXPECT_LE(sizeof(HeartbeatFsm), 16u); }

}  // namespace
}  // namespace pushgate::node
