// message_test.cpp - what a message looks like for each kind of recipient, and what is not copied.

#include "node/hub/message.hpp"

#include <string>

#include <gtest/gtest.h>

#include "node/hub/compressor.hpp"
#include "node/hub/delivery.hpp"

namespace pushgate::node {
namespace {

Packet event(std::string data, std::vector<std::string> attachments = {}) {
  return {PacketType::event, "/news", 7, std::move(data), std::move(attachments)};
}

TEST(Message, AnEventIsKeptAsItsFrame) {
  const auto message = make_packet_message(event(R"(["a",1])"));

  EXPECT_EQ(message->text(), R"(42/news,7["a",1])");
  EXPECT_EQ(message->event(), R"(["a",1])");
  EXPECT_EQ(message->form(WireKind::engine4, nullptr), "\x81\x10" + std::string{message->text()});
  EXPECT_EQ(&message->form(WireKind::engine4, nullptr), &message->form(WireKind::engine3, nullptr));
}

TEST(Message, TheLengthOfALongTextIsInItsFrame) {
  const std::string text(300, 'x');

  const auto message = make_text_message(text);

  EXPECT_EQ(message->text(), text);
  EXPECT_EQ(message->form(WireKind::engine4, nullptr), std::string{"\x81\x7e\x01\x2c"} + text);
  EXPECT_EQ(message->event(), "");
}

TEST(Message, AnOffsetIsInTheTextAndNotInTheEvent) {
  const auto message = make_packet_message(event(R"(["a"])"), "5-0");

  EXPECT_EQ(message->text(), R"(42/news,7["a","5-0"])");
  EXPECT_EQ(message->event(), R"(["a"])");
  EXPECT_EQ(message->form(WireKind::event_stream, nullptr), "id: 5-0\nevent: a\ndata: []\n\n");
}

TEST(Message, AttachmentsFollowInFramesOfTheirOwn) {
  const std::string data = R"(["a",{"_placeholder":true,"num":0}])";
  const auto message = make_packet_message(event(data, {"xyz"}));

  const std::string& engine4 = message->form(WireKind::engine4, nullptr);
  const std::string& engine3 = message->form(WireKind::engine3, nullptr);

  EXPECT_TRUE(engine4.ends_with("]\x82\x03xyz")) << engine4;
  EXPECT_TRUE(engine3.ends_with("]\x82\x04\x04xyz")) << engine3;
  EXPECT_EQ(message->text(), "451-/news,7" + data);
}

TEST(Message, ADeflatedFormOfAShortTextIsTheFrameItself) {
  Compressor compressor({.enabled = true, .threshold_bytes = 100});
  const auto brief = make_text_message("2");
  const auto lengthy = make_text_message(std::string(200, 'x'));

  EXPECT_EQ(&brief->form(WireKind::engine3_deflated, &compressor),
            &brief->form(WireKind::engine4, nullptr));
  EXPECT_LT(lengthy->form(WireKind::engine4_deflated, &compressor).size(), 100u);
}

TEST(Message, AControlFrameIsSentAsItIsAndNotToPollingClients) {
  const auto message = make_control_message("\x89");

  EXPECT_EQ(message->form(WireKind::plain, nullptr), "\x89");
  EXPECT_EQ(message->form(WireKind::engine4_deflated, nullptr), "\x89");
  EXPECT_EQ(message->polling_bytes(), 0u);
}

}  // namespace
}  // namespace pushgate::node
