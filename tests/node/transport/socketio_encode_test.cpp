// socketio_encode_test.cpp - Socket.IO packets as they are sent: the examples of the protocol, and
// what is written is read back.

#include <gtest/gtest.h>

#include "pushgate/node/transport/socketio_codec.hpp"

namespace pushgate::node {
namespace {

using Type = PacketType;

std::string encoded(const PacketHead& head, std::string_view data, std::string_view offset = {}) {
  std::string out = "4";
  append_packet(out, head, data, offset);
  EXPECT_EQ(out.size() - 1, packet_size(head, data, offset));
  return out;
}

std::string connect_reply(EngineVersion version, const ConnectReply& reply) {
  std::string out = "4";
  append_connect_reply(out, version, reply);
  return out;
}

std::string connect_error(const ConnectRefusal& refusal) {
  std::string out;
  append_connect_error(out, refusal);
  return out;
}

std::string connect_error_v4(const ConnectRefusal& refusal) {
  std::string out;
  append_connect_error_v4(out, refusal);
  return out;
}

TEST(SocketioEncode, WritesEventsAndAcks) {
  EXPECT_EQ(encoded({}, R"(["hello",1])"), R"(42["hello",1])");
  EXPECT_EQ(encoded({.nsp = "/admin"}, R"(["hi"])"), R"(42/admin,["hi"])");
  EXPECT_EQ(encoded({.ack_id = 12}, R"(["ackme",1])"), R"(4212["ackme",1])");
  EXPECT_EQ(encoded({.nsp = "/admin", .ack_id = 456}, R"(["x",{}])"), R"(42/admin,456["x",{}])");
  EXPECT_EQ(encoded({.ack_id = 0}, R"(["a"])"), R"(420["a"])");
  EXPECT_EQ(encoded({.type = Type::ack, .ack_id = 12}, R"(["got",1])"), R"(4312["got",1])");
  EXPECT_EQ(encoded({.type = Type::ack, .nsp = "/admin", .ack_id = 456}, "[]"), "43/admin,456[]");
  EXPECT_EQ(encoded({.ack_id = kMaxAckId}, "[1]"), "429007199254740991[1]");
}

TEST(SocketioEncode, AttachmentsMakeAPacketBinary) {
  constexpr std::string_view kData = R"(["baz",{"_placeholder":true,"num":0}])";
  constexpr std::string_view kAck = R"([{"_placeholder":true,"num":0}])";
  EXPECT_EQ(encoded({.attachments = 1}, kData), "451-" + std::string{kData});
  EXPECT_EQ(encoded({.attachments = 1, .nsp = "/admin", .ack_id = 456}, kData),
            "451-/admin,456" + std::string{kData});
  EXPECT_EQ(encoded({.type = Type::ack, .attachments = 1, .ack_id = 456}, kAck),
            "461-456" + std::string{kAck});
  EXPECT_EQ(encoded({.type = Type::ack, .attachments = 10, .nsp = "/admin", .ack_id = 456}, kAck),
            "4610-/admin,456" + std::string{kAck});
}

TEST(SocketioEncode, AnOffsetIsTheLastElement) {
  EXPECT_EQ(encoded({}, R"(["news",1])", "Q7v_ML-"), R"(42["news",1,"Q7v_ML-"])");
  EXPECT_EQ(encoded({.attachments = 1}, R"(["hi",1,{"_placeholder":true,"num":0}])", "Q7v_MLG"),
            R"(451-["hi",1,{"_placeholder":true,"num":0},"Q7v_MLG"])");
  EXPECT_EQ(encoded({.nsp = "/a"}, R"(["news"])", "1-0"), R"(42/a,["news","1-0"])");
}

TEST(SocketioEncode, APacketIsAHeadAndItsData) {
  const Packet packet{.nsp = "/a", .ack_id = 3, .data = R"(["x"])", .attachments = {"b", "c"}};
  EXPECT_EQ(encoded(head_of(packet), packet.data), R"(452-/a,3["x"])");
}

TEST(SocketioEncode, AConnectIsAnsweredWithTheIds) {
  const EngineVersion v4 = EngineVersion::v4;
  EXPECT_EQ(connect_reply(v4, {.sid = "JNs-x"}), R"(40{"sid":"JNs-x"})");
  EXPECT_EQ(connect_reply(v4, {.sid = "JNs-x", .pid = "Z-uTj"}),
            R"(40{"sid":"JNs-x","pid":"Z-uTj"})");
  EXPECT_EQ(connect_reply(v4, {.nsp = "/custom", .sid = "-uej"}), R"(40/custom,{"sid":"-uej"})");
  EXPECT_EQ(connect_reply(v4, {.nsp = "/admin", .sid = "oSO0OpakMV_3jnilAAAA"}),
            R"(40/admin,{"sid":"oSO0OpakMV_3jnilAAAA"})");
}

TEST(SocketioEncode, OldClientsGetTheNamespaceAlone) {
  const EngineVersion v3 = EngineVersion::v3;
  EXPECT_EQ(connect_reply(v3, {.sid = "x", .pid = "y"}), "40");
  EXPECT_EQ(connect_reply(v3, {.nsp = "/custom", .sid = "x"}), "40/custom,");
}

TEST(SocketioEncode, ARefusalSaysWhy) {
  EXPECT_EQ(connect_error({.nsp = "/nope", .message = "Invalid namespace"}),
            R"(4/nope,{"message":"Invalid namespace"})");
  EXPECT_EQ(connect_error({.message = "Invalid namespace"}), R"(4{"message":"Invalid namespace"})");
  EXPECT_EQ(connect_error({.nsp = "/admin", .message = "nope", .data = R"({"code":7})"}),
            R"(4/admin,{"message":"nope","data":{"code":7}})");
  EXPECT_EQ(connect_error({.message = "a\"b"}), R"(4{"message":"a\"b"})");
  EXPECT_EQ(connect_error_v4({.message = "no \"you\""}), R"(4"no \"you\"")");
  EXPECT_EQ(connect_error_v4({.nsp = "/a", .message = "nope", .data = R"({"code":7})"}),
            R"(4/a,{"code":7})");
}

TEST(SocketioEncode, ADisconnectNamesTheNamespace) {
  std::string out;
  append_disconnect(out, "/");
  EXPECT_EQ(out, "1");
  append_disconnect(out, "/custom");
  EXPECT_EQ(out, "11/custom,");
}

TEST(SocketioEncode, WhatIsWrittenIsReadBack) {
  constexpr std::string_view kData = R"(["e",[{"_placeholder":true,"num":0}],{"a":"\n"}])";
  for (const Type type : {Type::event, Type::ack}) {
    for (const std::string_view nsp : {"/", "/a", "/\xc3\xa9-b"}) {
      for (const std::uint64_t ack_id : {std::uint64_t{0}, std::uint64_t{77}, kMaxAckId}) {
        for (const std::size_t attachments : {0u, 1u, 10u}) {
          std::string out;
          append_packet(out, {type, attachments, nsp, ack_id}, kData);
          PacketView back;
          ASSERT_EQ(decode_packet(out, {}, back), PacketError::none) << out;
          EXPECT_EQ(back.type, type);
          EXPECT_EQ(back.nsp, nsp);
          EXPECT_EQ(back.ack_id, ack_id);
          EXPECT_EQ(back.attachments, attachments);
          EXPECT_EQ(back.data, kData);
        }
      }
    }
  }
}

}  // namespace
}  // namespace pushgate::node
