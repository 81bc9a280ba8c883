// payload_codec_test.cpp - polling bodies in all three forms, with the bytes of the reference.

#include "pushgate/node/transport/payload_codec.hpp"

#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using namespace std::string_view_literals;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using Step = PayloadReader::Step;
constexpr PayloadForm kV4 = PayloadForm::v4_text;
constexpr PayloadForm kV3 = PayloadForm::v3_text;
constexpr PayloadForm kV3Binary = PayloadForm::v3_binary;

constexpr std::string_view kEvent = R"(451-["hi",1,{"_placeholder":true,"num":0}])";

/// Packets as their text form, binary messages after "=", "!" where the body is malformed.
std::vector<std::string> read(PayloadForm form, std::string_view body) {
  const std::string exact{body};  // so that ASan sees its end
  PayloadReader reader{form, exact};
  std::vector<std::string> packets;
  EnginePacket packet;
  for (;;) {
    const Step step = reader.next(packet);
    if (step == Step::end) return packets;
    if (step == Step::malformed) {
      packets.emplace_back("!");
      return packets;
    }
    packets.push_back(packet.is_binary ? "=" + packet.bytes
                                       : std::to_string(static_cast<int>(packet.type)) +
                                             std::string{packet.text});
  }
}

std::string written(PayloadForm form, const std::vector<std::string>& packets) {
  std::string body;
  for (const std::string& packet : packets) {
    if (packet.starts_with('=')) {
      append_payload_binary(body, form, packet.substr(1));
    } else {
      append_payload_text(body, form, packet);
    }
  }
  return body;
}

std::string mixed_v3_body() {
  std::string body{
      "\x00\x02\xff"
      "40\x00\x04\x02\xff",
      9};
  body += kEvent;
  body.append("\x01\x04\xff\x04\x01\x02\x03\x00\x01\x02\xff", 11);
  return body + R"(430["got",5])";
}

TEST(PayloadV4, IsPacketsWithASeparatorBetween) {
  const std::string body = "40{\"sid\":\"G_oo\"}\x1e" + std::string{kEvent} +
                           "\x1e"
                           "bAQID";
  EXPECT_THAT(read(kV4, body), ElementsAre("40{\"sid\":\"G_oo\"}", kEvent, "=\x01\x02\x03"));
  EXPECT_EQ(written(kV4, {"40{\"sid\":\"G_oo\"}", std::string{kEvent}, "=\x01\x02\x03"}), body);
  EXPECT_THAT(
      read(kV4,
           "420[\"ackme\",5]\x1e"
           "42[\"wantack\"]\x1e"
           "40/nope,\x1e"
           "40/custom,{\"a\":1}"),
      ElementsAre("420[\"ackme\",5]", "42[\"wantack\"]", "40/nope,", "40/custom,{\"a\":1}"));
  EXPECT_THAT(read(kV4, "6"), ElementsAre("6"));
}

TEST(PayloadV4, WhatIsMalformedIsSeen) {
  EXPECT_THAT(read(kV4, ""), ElementsAre("!"));
  EXPECT_THAT(read(kV4, "abc"), ElementsAre("!"));
  EXPECT_THAT(read(kV4, "4a\x1e"), ElementsAre("4a", "!"));
  EXPECT_THAT(read(kV4,
                   "\x1e"
                   "4a"),
              ElementsAre("!"));
  EXPECT_THAT(read(kV4,
                   "4a\x1e\x1e"
                   "4b"),
              ElementsAre("4a", "!"));
  EXPECT_THAT(read(kV4,
                   "4a\x1e"
                   "bAQI"),
              ElementsAre("4a", "!"));
}

TEST(PayloadV3, IsPacketsAfterTheirLengthInUtf16Units) {
  EXPECT_THAT(read(kV3, "1:6"), ElementsAre("6"));
  EXPECT_THAT(read(kV3, "6:4hello2:4\xe2\x82\xac"), ElementsAre("4hello", "4\xe2\x82\xac"));
  EXPECT_THAT(read(kV3,
                   "3:4\xf0\x9f\x98\x80"
                   "1:2"),
              ElementsAre("4\xf0\x9f\x98\x80", "2"));
  EXPECT_THAT(read(kV3, "6:b4AQID"), ElementsAre("=\x01\x02\x03"));
  EXPECT_EQ(written(kV3, {"4hello", "4\xf0\x9f\x98\x80\xc3\xa9", "=\x01\x02\x03", "6"}),
            "6:4hello4:4\xf0\x9f\x98\x80\xc3\xa9"
            "6:b4AQID1:6");
}

TEST(PayloadV3, TheHandshakeHasTheLengthOfTheReference) {
  std::string open;
  append_open_packet(open, {.can_upgrade = true,
                            .ping_interval = std::chrono::milliseconds{2'000},
                            .ping_timeout = std::chrono::milliseconds{1'000}});
  EXPECT_TRUE(written(kV3, {open}).starts_with("116:0{\"sid\":")) << written(kV3, {open});
}

TEST(PayloadV3, NothingIsAPacketOfNoLength) {
  EXPECT_TRUE(read(kV3, "0:").empty());
  EXPECT_THAT(read(kV3, "0:1:60:"), ElementsAre("6"));
}

TEST(PayloadV3, AWrongLengthIsSeen) {
  for (const std::string_view body : {"",
                                      "1",
                                      ":",
                                      ":6",
                                      "2:6",
                                      "1:42",
                                      "a:6",
                                      "-1:6",
                                      "+1:6",
                                      " 1:6",
                                      "1.0:6",
                                      "1e0:6",
                                      "1:61",
                                      "1:6:",
                                      "99999999999999999999:6",
                                      "2:4\xff",
                                      "2:4\xf0\x9f\x98\x80",
                                      "1:\xe2\x82\xac",
                                      "1:7",
                                      "4:bAQI",
                                      "5:b4AQI",
                                      "0000000000000000000001:6"}) {
    const std::vector<std::string> packets = read(kV3, body);
    ASSERT_FALSE(packets.empty()) << body;
    EXPECT_EQ(packets.back(), "!") << body;
  }
}

TEST(PayloadV3Binary, HasTheBytesOfTheReference) {
  const std::vector<std::string> packets{"40", std::string{kEvent}, "=\x01\x02\x03",
                                         R"(430["got",5])"};
  EXPECT_EQ(written(kV3Binary, packets), mixed_v3_body());
  EXPECT_THAT(read(kV3Binary, mixed_v3_body()), ElementsAreArray(packets));
}

TEST(PayloadV3Binary, LengthsCountBytes) {
  EXPECT_EQ(written(kV3Binary, {"4\xe2\x82\xac"}),
            "\x00\x04\xff"
            "4\xe2\x82\xac"sv);
  EXPECT_THAT(read(kV3Binary,
                   "\x00\x04\xff"
                   "4\xe2\x82\xac"sv),
              ElementsAre("4\xe2\x82\xac"));
  EXPECT_THAT(read(kV3Binary, "\x01\x01\xff\x04"sv), ElementsAre("="));
}

TEST(PayloadV3Binary, WhatIsMalformedIsSeen) {
  for (const std::string_view body : {""sv,
                                      "\x02\x01\xff"
                                      "6"sv,
                                      "\x00"sv, "\x00\xff"sv, "\x00\x01"sv, "\x00\x01\xff"sv,
                                      "\x00\x02\xff"
                                      "6"sv,
                                      "\x00"
                                      "1\xff"
                                      "6"sv,
                                      "\x00\x0a\xff"
                                      "6"sv,
                                      "\x01\x01\xff\x02"sv, "\x01\x00\xff"sv, "\x00\x00\xff"sv,
                                      "\x00\x02\xff"
                                      "4\xff"sv,
                                      "\x00\x01\xff"
                                      "6\x00"sv,
                                      "\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09"
                                      "\x09\x09\x09\x09\x09\x09\x09\xff"
                                      "6"sv}) {
    const std::vector<std::string> packets = read(kV3Binary, body);
    ASSERT_FALSE(packets.empty());
    EXPECT_EQ(packets.back(), "!");
  }
}

TEST(Payload, ComesBackInEveryForm) {
  std::mt19937 random{3};
  for (const PayloadForm form : {kV4, kV3, kV3Binary}) {
    for (int round = 0; round < 500; ++round) {
      std::vector<std::string> packets(1 + random() % 5);
      for (std::string& packet : packets) {
        const bool binary = random() % 3 == 0;
        packet = binary ? "=" : "4";
        for (std::size_t length = random() % 120; length != 0; --length) {
          packet += binary ? std::string(1, static_cast<char>(random()))
                           : std::string{random() % 2 == 0 ? "x" : "\xf0\x9f\x98\x80"};
        }
      }
      EXPECT_THAT(read(form, written(form, packets)), ElementsAreArray(packets));
    }
  }
}

TEST(Payload, AnyBytesAreReadToAnEnd) {
  std::mt19937 random{5};
  constexpr std::string_view kBytes = "0123456b:\x1e\x00\x01\x04\xff=A\xe2\x82"sv;
  for (int round = 0; round < 30'000; ++round) {
    std::string body;
    for (std::size_t length = random() % 20; length != 0; --length) {
      body += kBytes[random() % kBytes.size()];
    }
    for (const PayloadForm form : {kV4, kV3, kV3Binary}) {
      EXPECT_LE(read(form, body).size(), body.size() + 1);
    }
  }
}

TEST(Payload, TheFormOfAnAnswerDependsOnTheClient) {
  EXPECT_EQ(reply_form(EngineVersion::v4, true, false), kV4);
  EXPECT_EQ(reply_form(EngineVersion::v4, false, true), kV4);
  EXPECT_EQ(reply_form(EngineVersion::v3, false, false), kV3);
  EXPECT_EQ(reply_form(EngineVersion::v3, true, true), kV3);
  EXPECT_EQ(reply_form(EngineVersion::v3, true, false), kV3Binary);
  EXPECT_EQ(content_type_of(kV4), "text/plain; charset=UTF-8");
  EXPECT_EQ(content_type_of(kV3), "text/plain; charset=UTF-8");
  EXPECT_EQ(content_type_of(kV3Binary), "application/octet-stream");
}

TEST(Payload, LengthsAreThoseOfJavaScript) {
  EXPECT_EQ(utf16_length(""), 0u);
  EXPECT_EQ(utf16_length("abc"), 3u);
  EXPECT_EQ(utf16_length("\xc3\xa9\xe2\x82\xac"), 2u);
  EXPECT_EQ(utf16_length("\xf0\x9f\x98\x80"), 2u);
}

TEST(Jsonp, IsACallWithTheEscapedPayload) {
  EXPECT_EQ(jsonp_body("0", "1:6"), R"(___eio[0]("1:6");)");
  EXPECT_EQ(jsonp_body("12", "42[\"a\\n\"]"), R"(___eio[12]("42[\"a\\n\"]");)");
  EXPECT_EQ(jsonp_body("1);alert(2", "6"), R"(___eio[12]("6");)");
  EXPECT_EQ(jsonp_body("", "6"), R"(___eio[]("6");)");
  EXPECT_EQ(jsonp_body("0", "\xe2\x80\xa8|\xe2\x80\xa9|\xe2\x80\xa7"),
            "___eio[0](\"\\u2028|\\u2029|\xe2\x80\xa7\");");
  EXPECT_EQ(jsonp_body("0",
                       "a\x1e"
                       "b"),
            "___eio[0](\"a\\u001eb\");");
}

TEST(Jsonp, AFormIsDecodedAndItsLineFeedsToo) {
  EXPECT_EQ(decode_jsonp_form("d=2%3A40"), "2:40");
  EXPECT_EQ(decode_jsonp_form("x=1&d=a+b%2Bc"), "a b+c");
  EXPECT_EQ(decode_jsonp_form("d="), "");
  EXPECT_EQ(decode_jsonp_form("d=%E2%82%AC"), "\xe2\x82\xac");
  // \n is a line feed, \\n is \n, \\\n is \\n; nothing else changes.
  EXPECT_EQ(decode_jsonp_form(R"(d=a%5Cnb)"), "a\nb");
  EXPECT_EQ(decode_jsonp_form(R"(d=a\\nb)"), "a\\nb");
  EXPECT_EQ(decode_jsonp_form(R"(d=a\\\nb)"), "a\\\\nb");
  EXPECT_EQ(decode_jsonp_form(R"(d=\\\\n\n\"\\)"), "\\\\\\n\n\\\"\\\\");
  EXPECT_EQ(decode_jsonp_form(R"(d=n\)"), "n\\");
}

TEST(Jsonp, AFormWithoutExactlyOneFieldIsRefused) {
  for (const std::string_view body : {"", "x=1", "d=1&d=2", "d=%", "d=%4", "d=%zz", "dd=1"}) {
    EXPECT_EQ(decode_jsonp_form(body), std::nullopt) << body;
  }
}

}  // namespace
}  // namespace pushgate::node
