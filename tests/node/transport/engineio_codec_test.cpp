// engineio_codec_test.cpp - single packets, the handshake and the refusals of Engine.IO.

#include "pushgate/node/transport/engineio_codec.hpp"

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using namespace std::string_view_literals;
using Type = EnginePacketType;
constexpr EngineVersion kV3 = EngineVersion::v3;
constexpr EngineVersion kV4 = EngineVersion::v4;

/// "message:hello", "message=<bytes>" if binary, or "refused".
std::string decoded(EngineVersion version, std::string_view text) {
  constexpr std::string_view kNames[] = {"open",    "close",   "ping", "pong",
                                         "message", "upgrade", "noop"};
  EnginePacket packet;
  packet.bytes = "left over";
  if (!decode_text_packet(version, text, packet)) return "refused";
  const std::string name{kNames[static_cast<std::size_t>(packet.type)]};
  return packet.is_binary ? name + "=" + packet.bytes : name + ":" + std::string{packet.text};
}

TEST(EngineioCodec, ReadsTextPackets) {
  EXPECT_EQ(decoded(kV4, "4hello"), "message:hello");
  EXPECT_EQ(decoded(kV4, "4"), "message:");
  EXPECT_EQ(decoded(kV4, "2probe"), "ping:probe");
  EXPECT_EQ(decoded(kV4, "3"), "pong:");
  EXPECT_EQ(decoded(kV4, "5"), "upgrade:");
  EXPECT_EQ(decoded(kV4, "6"), "noop:");
  EXPECT_EQ(decoded(kV4, "1"), "close:");
  EXPECT_EQ(decoded(kV3, "0{}"), "open:{}");
}

TEST(EngineioCodec, ReadsBinaryMessagesInBase64) {
  EXPECT_EQ(decoded(kV4, "bAQID"), "message=\x01\x02\x03");
  EXPECT_EQ(decoded(kV4, "b"), "message=");
  EXPECT_EQ(decoded(kV3, "b4AQID"), "message=\x01\x02\x03");
  EXPECT_EQ(decoded(kV3, "b4"), "message=");
}

TEST(EngineioCodec, RefusesWhatIsNoPacket) {
  for (const std::string_view text : {"", "7", "9", "abc", " 4", "bAQI", "b4AQIDA", "b A", "-1"}) {
    EXPECT_EQ(decoded(kV4, text), "refused") << text;
  }
  for (const std::string_view text : {"b", "bAQID", "b2AQID", "b4AQI"}) {
    EXPECT_EQ(decoded(kV3, text), "refused") << text;
  }
}

TEST(EngineioCodec, ABinaryFrameIsAMessageInRevision3AfterAByte) {
  EXPECT_EQ(decode_binary_packet(kV4, "\x04\x01"), "\x04\x01");
  EXPECT_EQ(decode_binary_packet(kV4, ""), "");
  EXPECT_EQ(decode_binary_packet(kV3, "\x04\x01\x02\x03"), "\x01\x02\x03");
  EXPECT_EQ(decode_binary_packet(kV3, "\x04"), "");
  EXPECT_EQ(decode_binary_packet(kV3, ""), std::nullopt);
  EXPECT_EQ(decode_binary_packet(kV3, "\x02"), std::nullopt);
  EXPECT_EQ(decode_binary_packet(kV3, "4abc"), std::nullopt);
}

TEST(EngineioCodec, WritesPackets) {
  std::string out;
  append_text_packet(out, Type::pong, kProbe);
  append_text_packet(out, Type::noop);
  append_text_packet(out, Type::message, "2[1]");
  EXPECT_EQ(out, "3probe642[1]");

  std::string frames;
  append_binary_packet(frames, kV4, "ab");
  append_binary_packet(frames, kV3, "ab");
  EXPECT_EQ(frames,
            "ab\x04"
            "ab");
}

TEST(EngineioCodec, TheHandshakeIsThatOfTheReference) {
  const std::optional<SessionId> sid = SessionId::parse("EJ46pD6F5XkV1OkwAAAA");
  ASSERT_TRUE(sid);
  std::string polling;
  append_open_packet(polling, {.sid = *sid, .can_upgrade = true});
  EXPECT_EQ(polling,
            R"(0{"sid":"EJ46pD6F5XkV1OkwAAAA","upgrades":["websocket"],"pingInterval":25000,)"
            R"("pingTimeout":20000,"maxPayload":1000000})");

  std::string websocket;
  append_open_packet(websocket, {.sid = *sid,
                                 .ping_interval = std::chrono::milliseconds{300},
                                 .ping_timeout = std::chrono::milliseconds{200},
                                 .max_payload_bytes = 12});
  EXPECT_EQ(websocket, R"(0{"sid":"EJ46pD6F5XkV1OkwAAAA","upgrades":[],"pingInterval":300,)"
                       R"("pingTimeout":200,"maxPayload":12})");
}

TEST(EngineioCodec, ErrorsHaveACodeAMessageAndAStatus) {
  struct Expected {
    EngineError error;
    std::uint16_t status;
    std::string_view body;
  };
  constexpr Expected kAll[] = {
      {EngineError::unknown_transport, 400, R"({"code":0,"message":"Transport unknown"})"},
      {EngineError::unknown_sid, 400, R"({"code":1,"message":"Session ID unknown"})"},
      {EngineError::bad_handshake_method, 400, R"({"code":2,"message":"Bad handshake method"})"},
      {EngineError::bad_request, 400, R"({"code":3,"message":"Bad request"})"},
      {EngineError::forbidden, 403, R"({"code":4,"message":"Forbidden"})"},
      {EngineError::unsupported_version, 400,
       R"({"code":5,"message":"Unsupported protocol version"})"},
  };
  for (const Expected& expected : kAll) {
    EXPECT_EQ(error_body(expected.error), expected.body);
    EXPECT_EQ(status_of(expected.error), expected.status);
  }
  EXPECT_EQ(error_body(EngineError::forbidden, "no \"x\""), R"({"code":4,"message":"no \"x\""})");
}

}  // namespace
}  // namespace pushgate::node
