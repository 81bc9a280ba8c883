// msgpack_test.cpp - JSON and MessagePack, held against what the nodes' own codec writes and reads.

#include "pushgate/node/bus/msgpack.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pushgate/node/json_text.hpp"

#include "node/bus/golden.hpp"

namespace pushgate::node {
namespace {

using golden::from_hex;

std::string encoded(std::string_view json, const std::vector<std::string>& attachments = {}) {
  return msgpack_from_json(json, attachments).value_or("(nothing)");
}

std::string decoded(std::string_view bytes) {
  const auto value = json_from_msgpack(bytes);
  return value ? value->json : "(nothing)";
}

TEST(Msgpack, WritesEveryValueAsTheNodesDo) {
  for (const golden::Value& value : golden::kValues) {
    EXPECT_EQ(encoded(value.json), from_hex(value.hex)) << value.json;
  }
}

TEST(Msgpack, ReadsBackWhatTheNodesWrite) {
  for (const golden::Value& value : golden::kValues) {
    const std::string json = decoded(from_hex(value.hex));
    EXPECT_EQ(encoded(json), from_hex(value.hex)) << value.json;
    // Two that are spelled differently: \n as \u000a, and see IntegersBeyondDoublesStayExact.
    if (value.json.find("\\n") != std::string::npos) continue;
    if (value.json == "12345678901234567000") continue;
    EXPECT_EQ(json, value.json);
  }
}

TEST(Msgpack, PrintsWhatTheNodesDecodeAsTheyPrintIt) {
  for (const golden::Decoded& value : golden::kDecoded) {
    EXPECT_EQ(decoded(from_hex(value.hex)), value.json) << value.name;
  }
}

TEST(Msgpack, IntegersBeyondDoublesStayExact) {
  EXPECT_EQ(decoded(from_hex("cfffffffffffffffff")), "18446744073709551615");
  EXPECT_EQ(decoded(from_hex("d38000000000000001")), "-9223372036854775807");
}

TEST(Msgpack, WholeNumbersBeyond64BitsBecomeFloats) {
  EXPECT_EQ(encoded("1e21"), from_hex("cb444b1ae4d6e2ef50"));
  EXPECT_EQ(encoded("-1e19"), from_hex("cbc3e158e460913d00"));
  EXPECT_EQ(encoded("18446744073709551616"), from_hex("cb43f0000000000000"));
  EXPECT_EQ(encoded("-9223372036854775808"), from_hex("d38000000000000000"));
}

TEST(Msgpack, NumbersAreReadAsJavaScriptReadsThem) {
  EXPECT_EQ(encoded("1.0"), encoded("1"));
  EXPECT_EQ(encoded("1e3"), encoded("1000"));
  EXPECT_EQ(encoded("-0"), encoded("0"));
  EXPECT_EQ(encoded("9007199254740993"), encoded("9007199254740992"));
  EXPECT_EQ(encoded("1e999"), from_hex("cb7ff0000000000000"));
  EXPECT_EQ(encoded("-1e999"), from_hex("cbfff0000000000000"));
  EXPECT_EQ(encoded("1e-999"), encoded("0"));
  EXPECT_EQ(encoded("0." + std::string(400, '0') + "1"), encoded("0"));
  EXPECT_EQ(encoded("0." + std::string(400, '0') + "1e5"), encoded("0"));
  EXPECT_EQ(encoded("1" + std::string(400, '0') + "e-5"), encoded("1e999"));
  EXPECT_EQ(encoded("1" + std::string(400, '0') + "e-400"), encoded("1"));
}

TEST(Msgpack, NumbersArePrintedAsJavaScriptPrintsThem) {
  for (const std::string_view number :
       {"0.000001", "1e-7", "123456789012345680000", "1.5e+300", "-2.5", "1.7976931348623157e+308",
        "5e-324", "0.1", "100.25"}) {
    EXPECT_EQ(decoded(encoded(number)), number);
  }
}

TEST(Msgpack, HeadersGrowWithWhatTheyCount) {
  const auto repeated = [](std::size_t count) {
    std::string json = "[";
    for (std::size_t i = 0; i < count; ++i) json += "0,";
    json.back() = ']';
    return json;
  };
  EXPECT_TRUE(encoded(repeated(15)).starts_with(from_hex("9f00")));
  EXPECT_TRUE(encoded(repeated(16)).starts_with(from_hex("dc001000")));
  EXPECT_TRUE(encoded(repeated(65535)).starts_with(from_hex("dcffff00")));
  EXPECT_TRUE(encoded(repeated(65536)).starts_with(from_hex("dd0001000000")));
  EXPECT_EQ(encoded(repeated(65536)).size(), 5u + 65536u);
  EXPECT_EQ(decoded(encoded(repeated(65536))), repeated(65536));

  const auto text = [](std::size_t bytes) { return '"' + std::string(bytes, 'x') + '"'; };
  EXPECT_TRUE(encoded(text(255)).starts_with(from_hex("d9ff78")));
  EXPECT_TRUE(encoded(text(256)).starts_with(from_hex("da010078")));
  EXPECT_TRUE(encoded(text(65536)).starts_with(from_hex("db0001000078")));
  EXPECT_EQ(decoded(encoded(text(65536))), text(65536));
}

TEST(Msgpack, LargeContainersWithinLargeContainersKeepTheirPlaces) {
  std::string inner = "{";
  for (int i = 0; i < 20; ++i) inner += "\"k" + std::to_string(i) + "\":[1,\"two\"],";
  inner.back() = '}';
  std::string json = "[";
  for (int i = 0; i < 20; ++i) json += inner + ",";
  json.back() = ']';

  EXPECT_EQ(decoded(encoded(json)), json);
}

TEST(Msgpack, AttachmentsTravelInPlaceOfTheirPlaceholders) {
  const std::vector<std::string> attachments{"ab", std::string(300, 'y')};
  const std::string json =
      R"(["e",{"_placeholder":true,"num":1},{"x":{"_placeholder":true,"num":0}}])";

  const std::string bytes = encoded(json, attachments);
  EXPECT_EQ(bytes, from_hex("93a165c5012c") + attachments[1] + from_hex("81a178c4026162"));

  // Numbered anew in the order of their places.
  const auto back = json_from_msgpack(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->json,
            R"(["e",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}}])");
  EXPECT_EQ(back->attachments, (std::vector<std::string>{attachments[1], "ab"}));
}

TEST(Msgpack, PlaceholdersInAnyOrderAndSpacingAreSeen) {
  EXPECT_EQ(encoded(R"([ { "num" : 0 , "_placeholder" : true } ])", {"z"}), from_hex("91c4017a"));
}

TEST(Msgpack, WhatOnlyResemblesAPlaceholderIsAnObject) {
  EXPECT_EQ(encoded(R"({"_placeholder":true,"num":0})"),
            encoded(R"({"_placeholder":true, "num":0})"));
  EXPECT_EQ(encoded(R"({"_placeholder":true,"num":0})").front(), '\x82') << "no attachments";
  EXPECT_EQ(encoded(R"({"_placeholder":false,"num":0})", {"z"}).front(), '\x82');
  EXPECT_EQ(encoded(R"({"num":0})", {"z"}).front(), '\x81');
}

TEST(Msgpack, APlaceholderWithoutAttachmentIsRefused) {
  EXPECT_EQ(msgpack_from_json(R"({"_placeholder":true,"num":1})", std::vector<std::string>{"a"}),
            std::nullopt);
  EXPECT_EQ(msgpack_from_json(R"({"_placeholder":true,"num":-1})", std::vector<std::string>{"a"}),
            std::nullopt);
  EXPECT_EQ(msgpack_from_json(R"({"_placeholder":true,"num":0.5})", std::vector<std::string>{"a"}),
            std::nullopt);
}

TEST(Msgpack, EscapedStringsAreUnescaped) {
  EXPECT_EQ(encoded(R"("a\u00e9\n\"\ud83d\ude00")"),
            "\xa9"
            "a\xc3\xa9\n\"\xf0\x9f\x98\x80");
  EXPECT_EQ(encoded(R"({"a\"b":1})"), from_hex("81a361226201"));
}

TEST(Msgpack, KeysThatAreNoStringsBecomeStrings) {
  EXPECT_EQ(decoded(from_hex("84c001c302cb3ff800000000000003c4016204")),
            R"({"null":1,"true":2,"1.5":3,"b":4})");
  EXPECT_EQ(decoded(from_hex("819001")), "(nothing)") << "an array as a key";
}

TEST(Msgpack, OldArrayBuffersBecomeAttachments) {
  const auto value = json_from_msgpack(from_hex("91c70300010203"));
  ASSERT_TRUE(value);
  EXPECT_EQ(value->json, R"([{"_placeholder":true,"num":0}])");
  EXPECT_EQ(value->attachments, (std::vector<std::string>{"\x01\x02\x03"}));
}

TEST(Msgpack, DatesBeyondWhatADateCanHoldAreNull) {
  EXPECT_EQ(decoded(from_hex("c70cff000000007fffffffffffffff")), "null");
  EXPECT_EQ(decoded(from_hex("c70cff00000000fffffff1868b8400")), R"("0000-01-01T00:00:00.000Z")");
  EXPECT_EQ(decoded(from_hex("c70cff00000000fffffff1868b83ff")),
            R"("-000001-12-31T23:59:59.000Z")");
}

TEST(Msgpack, UnknownExtensionsAndCodesAreRefused) {
  EXPECT_EQ(decoded(from_hex("d40501")), "(nothing)");
  EXPECT_EQ(decoded(from_hex("d50000ff")), "(nothing)");
  EXPECT_EQ(decoded(from_hex("c1")), "(nothing)");
  EXPECT_EQ(decoded(from_hex("c702ff0000")), "(nothing)") << "a timestamp of two bytes";
}

TEST(Msgpack, EveryTruncationIsRefused) {
  for (const golden::Value& value : golden::kValues) {
    const std::string bytes = from_hex(value.hex);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      ASSERT_EQ(decoded(bytes.substr(0, length)), "(nothing)") << value.json << " at " << length;
    }
    EXPECT_EQ(decoded(bytes + '\0'), "(nothing)") << "and a byte too much";
  }
}

TEST(Msgpack, AnnouncedSizesAreNotBelieved) {
  EXPECT_EQ(decoded(from_hex("ddffffffff")), "(nothing)");
  EXPECT_EQ(decoded(from_hex("dfffffffff00")), "(nothing)");
  EXPECT_EQ(decoded(from_hex("c6ffffffff00")), "(nothing)");
  EXPECT_EQ(decoded(from_hex("c9ffffffff0000")), "(nothing)");
}

TEST(Msgpack, NestingIsBoundedBothWays) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(decoded(encoded(nested(kMaxJsonDepth))), nested(kMaxJsonDepth));
  EXPECT_EQ(encoded(nested(kMaxJsonDepth + 1)), "(nothing)");

  const std::string deep = std::string(kMaxJsonDepth, '\x91') + '\x90';
  EXPECT_EQ(decoded(deep), "(nothing)");
  MsgpackReader reader{deep};
  EXPECT_FALSE(reader.skip());
  EXPECT_EQ(reader.kind(), MsgpackKind::array) << "left where it was";
}

TEST(Msgpack, ReaderTakesOnlyWhatItIsAskedFor) {
  const std::string bytes = from_hex("93a161c302");
  MsgpackReader reader{bytes};
  EXPECT_EQ(reader.map(), std::nullopt);
  EXPECT_EQ(reader.array(), 3u);
  EXPECT_EQ(reader.number(), std::nullopt);
  EXPECT_EQ(reader.string(), "a");
  EXPECT_EQ(reader.boolean(), true);
  EXPECT_EQ(reader.skip(), "\x02");
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.skip(), std::nullopt);
}

}  // namespace
}  // namespace pushgate::node
