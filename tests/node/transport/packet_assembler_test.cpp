// packet_assembler_test.cpp - attachments come together with their packet, in order and no others.

#include "pushgate/node/transport/packet_assembler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/counted_allocations.hpp"

namespace pushgate::node {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr PacketLimits kLimits;
constexpr std::string_view kTwo =
    R"(52-/chat,7["up",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])";

TEST(PacketAssembler, ATextPacketIsCompleteAtOnceAndNothingIsCopied) {
  PacketAssembler assembler;
  const std::string text = R"(2["msg",{"a":1}])";
  const std::size_t before = runtime::allocations_of_this_thread();

  const Assembly result = assembler.on_text(text, kLimits);

  EXPECT_EQ(runtime::allocations_of_this_thread(), before);
  EXPECT_TRUE(result.is_complete);
  EXPECT_EQ(result.packet.data.data(), text.data() + 1);
  EXPECT_FALSE(assembler.awaits_attachments());
}

TEST(PacketAssembler, APacketWaitsForItsAttachments) {
  PacketAssembler assembler;
  Assembly result;
  {
    const std::string gone_soon{kTwo};
    result = assembler.on_text(gone_soon, kLimits);
  }
  EXPECT_EQ(result.error, PacketError::none);
  EXPECT_FALSE(result.is_complete);
  EXPECT_TRUE(assembler.awaits_attachments());
  EXPECT_FALSE(assembler.on_binary("first", kLimits).is_complete);

  result = assembler.on_binary("second", kLimits);

  EXPECT_TRUE(result.is_complete);
  EXPECT_FALSE(assembler.awaits_attachments());
  EXPECT_EQ(result.packet.nsp, "/chat");
  EXPECT_EQ(result.packet.event, "\"up\"");
  EXPECT_THAT(result.attachments, ElementsAre("first", "second"));
  EXPECT_EQ(result.take_packet(),
            (Packet{.nsp = "/chat",
                    .ack_id = 7,
                    .data = R"(["up",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])",
                    .attachments = {"first", "second"}}));
}

TEST(PacketAssembler, TheNextPacketStartsAfresh) {
  PacketAssembler assembler;
  for (int round = 0; round < 3; ++round) {
    assembler.on_text(R"(61-5[{"_placeholder":true,"num":0}])", kLimits);
    const Assembly result = assembler.on_binary({}, kLimits);
    EXPECT_EQ(result.packet.type, PacketType::ack);
    EXPECT_EQ(result.packet.nsp, "/");
    EXPECT_THAT(result.attachments, ElementsAre(""));
  }
}

TEST(PacketAssembler, NoAttachmentsAreAwaitedIfNoneAreAnnounced) {
  PacketAssembler assembler;
  EXPECT_TRUE(assembler.on_text(R"(50-["a"])", kLimits).is_complete);
  EXPECT_TRUE(assembler.on_text(R"(2["b"])", kLimits).is_complete);
}

TEST(PacketAssembler, TextMayNotComeBetweenAPacketAndItsAttachments) {
  PacketAssembler assembler;
  assembler.on_text(kTwo, kLimits);
  assembler.on_binary("first", kLimits);

  EXPECT_EQ(assembler.on_text(R"(2["a"])", kLimits).error, PacketError::attachment_expected);
}

TEST(PacketAssembler, BytesThatNobodyAwaitsAreAnError) {
  PacketAssembler assembler;
  EXPECT_EQ(assembler.on_binary("x", kLimits).error, PacketError::unexpected_binary);
  assembler.on_text(R"(51-["a",{"_placeholder":true,"num":0}])", kLimits);
  assembler.on_binary("x", kLimits);
  EXPECT_EQ(assembler.on_binary("y", kLimits).error, PacketError::unexpected_binary);
}

TEST(PacketAssembler, ABrokenPacketAwaitsNothing) {
  PacketAssembler assembler;
  EXPECT_EQ(assembler.on_text(R"(51-["connect"])", kLimits).error, PacketError::reserved_event);
  EXPECT_EQ(assembler.on_text("511-[\"a\"]", kLimits).error, PacketError::too_many_attachments);
  EXPECT_FALSE(assembler.awaits_attachments());
}

TEST(PacketAssembler, TextAndAttachmentsTogetherAreBounded) {
  constexpr PacketLimits kSmall{.max_packet_bytes = kTwo.size() + 10};
  PacketAssembler assembler;
  assembler.on_text(kTwo, kSmall);
  EXPECT_EQ(assembler.on_binary("123456", kSmall).error, PacketError::none);
  EXPECT_EQ(assembler.on_binary("12345", kSmall).error, PacketError::too_large);

  PacketAssembler fitting;
  fitting.on_text(kTwo, kSmall);
  fitting.on_binary("123456", kSmall);
  EXPECT_TRUE(fitting.on_binary("1234", kSmall).is_complete);
}

TEST(PacketAssembler, IsAPointerBetweenPackets) {
  EXPECT_EQ(sizeof(PacketAssembler), sizeof(void*));
}

}  // namespace
}  // namespace pushgate::node
