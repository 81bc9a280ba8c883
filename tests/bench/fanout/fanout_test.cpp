// fanout_test.cpp - the meter itself: does it see a loss, and does it speak as a client does?

#include <cstdint>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanout/greeting.hpp"
#include "fanout/ledger.hpp"
#include "fanout/stream.hpp"
#include "fanout/wire.hpp"
#include "load/message.hpp"
#include "load/websocket.hpp"

namespace pushgate::bench {
namespace {

using testing::IsEmpty;
using testing::StartsWith;

std::string server_frame(std::string_view payload) {
  std::string out;
  append_server_frame(out, kTextFrame, payload);
  return out;
}

/// The payloads of a client's frames.
std::string payloads(std::string_view frames) {
  std::string out;
  while (!frames.empty()) {
    const FrameHead head = read_frame_head(frames);
    std::string unmasked;
    append_echo(unmasked, head, frames);
    take_frames(unmasked, [&](std::uint8_t, std::string_view payload) {
      out += (out.empty() ? "" : " ") + std::string{payload};
    });
    frames.remove_prefix(head.head_bytes + static_cast<std::size_t>(head.payload_bytes));
  }
  return out;
}

std::string switching() { return switching_protocols("dGhlIHNhbXBsZSBub25jZQ=="); }

TEST(Message, CarriesRoomAndNumber) {
  std::string message;
  append_message(message, 0x1F, 0xDEADBEEF, 32);
  EXPECT_EQ(message, "0000001fdeadbeefqrstuvwxyzabcdef");
  EXPECT_EQ(room_of(message), 0x1FU);
  EXPECT_EQ(sequence_of(message), 0xDEADBEEFU);
}

TEST(Ledger, KnowsWhatIsMissing) {
  Ledger ledger;
  const std::uint32_t first = ledger.publish(100, 2);
  const std::uint32_t second = ledger.publish(110, 1);
  EXPECT_TRUE(ledger.deliver(first, 150));
  EXPECT_TRUE(ledger.deliver(second, 150));
  EXPECT_EQ(ledger.outstanding(), 1U);
  EXPECT_EQ(ledger.in_flight(), 1U);
  EXPECT_EQ(ledger.delivered(), 2U);
}

TEST(Ledger, RefusesWhatNobodyExpects) {
  Ledger ledger;
  const std::uint32_t only = ledger.publish(100, 1);
  EXPECT_TRUE(ledger.deliver(only, 110));
  EXPECT_FALSE(ledger.deliver(only, 120)) << "more deliveries than members";
  EXPECT_FALSE(ledger.deliver(only + 1, 120)) << "never published";
  ledger.publish(130, 1);
  ledger.begin_stretch();
  EXPECT_FALSE(ledger.deliver(only + 1, 140)) << "of an earlier stretch";
}

TEST(Wire, FindsTheMessageOfASocketIoEvent) {
  Wire wire;
  std::string frame;
  wire.append_publication(frame, 7, 9, 16);
  EXPECT_EQ(payloads(frame),
            R"(42["publish",{"room":"r7","event":"m","data":"0000000700000009"}])");
  EXPECT_EQ(wire.message_in(kTextFrame, R"(42["m","0000000700000009"])"), R"(0000000700000009"])");
  EXPECT_THAT(wire.message_in(kTextFrame, R"(430[{"ok":true}])"), IsEmpty());
  EXPECT_EQ(payloads(wire.answer_to_ping(kTextFrame, "2")), "3");
  EXPECT_THAT(wire.answer_to_ping(kTextFrame, "40"), IsEmpty());
}

TEST(Wire, NamesRoomsInTheTargetOfAPlainWebSocket) {
  Wire wire;
  wire.dialect = Dialect::websocket;
  wire.member_target = "/sub/";
  wire.separator = ",";
  const std::uint32_t rooms[] = {3, 14};
  EXPECT_EQ(wire.target_of_member(rooms), "/sub/r3,r14");
  EXPECT_EQ(payloads(wire.answer_to_ping(kPingFrame, "x")), "x");
}

TEST(Greeting, ConnectsAndJoinsStepByStep) {
  const Wire wire;
  Greeting greeting{wire, 1, {4, 5}, {}};
  EXPECT_THAT(greeting.begin(), StartsWith("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1"));
  EXPECT_THAT(greeting.advance(switching()), IsEmpty());
  EXPECT_EQ(payloads(greeting.advance(server_frame(R"(0{"sid":"x"})"))), "40");
  EXPECT_EQ(payloads(greeting.advance(server_frame(R"(40{"sid":"y","pid":"p"})"))),
            R"(420["join",["r4","r5"]])");
  EXPECT_FALSE(greeting.done());
  EXPECT_THAT(greeting.advance(server_frame(R"(430[{"ok":true}])")), IsEmpty());
  EXPECT_TRUE(greeting.done());
  EXPECT_EQ(greeting.pid(), "p");
  EXPECT_FALSE(greeting.recovered());
}

TEST(Greeting, TakesBytesHoweverTheyAreCut) {
  const Wire wire;
  Greeting greeting{wire, 1, {4}, {}};
  std::string said;
  const std::string heard = switching() + server_frame(R"(0{"sid":"x"})") +
                            server_frame(R"(40{"sid":"y"})") + server_frame(R"(430[{"ok":true}])") +
                            "rest";
  for (const char byte : heard) said += greeting.advance({&byte, greeting.done() ? 0U : 1U});
  EXPECT_EQ(payloads(said), R"(40 420["join","r4"])");
  EXPECT_TRUE(greeting.done());
}

TEST(Greeting, KeepsMissedMessagesOfARecoveredSession) {
  const Wire wire;
  Greeting greeting{wire, 1, {4}, {"p", "o1"}};
  greeting.advance(switching());
  EXPECT_EQ(payloads(greeting.advance(server_frame(R"(0{"sid":"x"})"))),
            R"(40{"pid":"p","offset":"o1"})");
  const std::string missed = server_frame(R"(42["m","0000000400000001","o2"])");
  greeting.advance(missed + server_frame(R"(40{"sid":"y","pid":"p"})") + "rest");
  EXPECT_TRUE(greeting.done());
  EXPECT_TRUE(greeting.recovered());
  EXPECT_EQ(greeting.take_rest(), missed + "rest");
}

TEST(Greeting, SendsNoOffsetBeforeTheFirstMessage) {
  const Wire wire;
  Greeting greeting{wire, 1, {4}, {"p", ""}};
  greeting.advance(switching());
  EXPECT_EQ(payloads(greeting.advance(server_frame(R"(0{"sid":"x"})"))), R"(40{"pid":"p"})");
}

TEST(Stream, KeepsTheBeginningOfAFrame) {
  const std::string frame = server_frame("hello");
  std::string heard;
  const std::string bytes = frame + frame.substr(0, 3);
  EXPECT_EQ(take_frames(bytes, [&](std::uint8_t, std::string_view p) { heard += p; }),
            frame.size());
  EXPECT_EQ(heard, "hello");
}

}  // namespace
}  // namespace pushgate::bench
