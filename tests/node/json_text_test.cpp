// json_text_test.cpp - JSON as text: what is accepted (beside nlohmann's reader), and how it is
// taken apart and put together.

#include "pushgate/node/json_text.hpp"

#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pushgate::node {
namespace {

using namespace std::string_view_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kGood[] = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "10",
    "-12.5e+3",
    "1E9",
    "0.0",
    "1e-2",
    "\"\"",
    "[]",
    "{}",
    " [ ] ",
    "\t{\r\n}\n",
    "[[],{}]",
    "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
    "\"\\u00e9\\ud83d\\ude00\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
    "[1 , 2]",
    "{ \"a\" : 1 , \"a\" : 2 }",
    "\"0123456789abcdef0123456789abcdef\"",
    "\"\x7f\"",
    "1e999",
};

constexpr std::string_view kBad[] = {
    "",
    " ",
    "nul",
    "nulll",
    "True",
    "truefalse",
    "01",
    "-",
    "+1",
    "1.",
    ".5",
    "1e",
    "1e+",
    "0x1",
    "NaN",
    "Infinity",
    "\"",
    "\"a",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\u123\"",
    "\"\\",
    "\"\\u\"",
    "'a'",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1}",
    "{",
    "{]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{1:1}",
    "{\"a\" 1}",
    "{\"a\":1 \"b\":2}",
    "{,}",
    "[]]",
    "[][]",
    "1 2",
    "1,2",
    "\"a\nb\"",
    "\"a\tb\"",
    "\"a\0b\""sv,
    "[\"0123456789abcde\x1f\"]",
    "\"\xff\"",
    "\"\xc3\"",
    "\"\xc0\xaf\"",
    "\"\xed\xa0\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\xe2\x82\"",
    "\xef\xbb\xbf{}",
    "[1]\0"sv,
    "/**/1",
    "[1//\n]",
};

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::vector<std::string> elements(std::string_view array) {
  std::vector<std::string> all;
  for (JsonElements reader{array}; const auto element = reader.next();) all.emplace_back(*element);
  return all;
}

TEST(JsonText, AcceptsAllOfJson) {
  for (const std::string_view text : kGood) EXPECT_EQ(check_json(text), JsonError::none) << text;
}

TEST(JsonText, AcceptsNothingElse) {
  for (const std::string_view text : kBad) {
    EXPECT_EQ(check_json(text), JsonError::malformed) << text;
  }
}

TEST(JsonText, ALoneEscapedSurrogateIsAllowedAsInBrowsers) {
  EXPECT_EQ(check_json(R"("\ud800")"), JsonError::none);
  EXPECT_EQ(check_json(R"("\udc00\ud800x")"), JsonError::none);
}

TEST(JsonText, DepthIsBounded) {
  EXPECT_EQ(check_json(nested(kMaxJsonDepth)), JsonError::none);
  EXPECT_EQ(check_json(nested(kMaxJsonDepth + 1)), JsonError::too_deep);
  EXPECT_EQ(check_json(std::string(1'000'000, '[')), JsonError::too_deep);
  EXPECT_EQ(check_json(nested(kMaxJsonDepth - 1).insert(kMaxJsonDepth - 1, "{\"a\":[]}")),
            JsonError::too_deep);
  // Depth is not length.
  EXPECT_EQ(check_json("[" + nested(63) + "," + nested(63) + "]"), JsonError::none);
}

TEST(JsonText, AgreesWithAnotherReaderAboutEveryChangedByte) {
  constexpr std::string_view kSeeds[] = {
      R"({"a":[1,-2.5e3,"x\n\\",true,null,{"b":{}}],"c":"€ 0123456789abcdef"})",
      R"(["msg",{"_placeholder":true,"num":0},[[]],0.1,"\/"])"};
  constexpr std::string_view kBytes = "\"\\[]{},:0123e.+-tfn \n\x1f\x80\xc3\xa9ul";
  std::mt19937 random{7};
  std::size_t accepted = 0;
  for (int round = 0; round < 40'000; ++round) {
    std::string text{kSeeds[random() % 2]};
    for (std::size_t change = random() % 3; change != 0; --change) {
      const std::size_t at = random() % text.size();
      if (random() % 4 == 0) {
        text.erase(at, 1 + random() % 3);
      } else {
        text[at] = kBytes[random() % kBytes.size()];
      }
      if (text.empty()) text = "0";
    }
    const bool expected = nlohmann::json::accept(text);
    EXPECT_EQ(check_json(text) == JsonError::none, expected) << text;
    accepted += expected ? 1 : 0;
  }
  EXPECT_GT(accepted, 1'000u);
}

TEST(JsonElementsTest, AreTheTextsBetweenTheCommas) {
  EXPECT_THAT(elements(R"(["ev",{"a":[1,2]},"x,]\"\\",[],-1.5,null])"),
              ElementsAre("\"ev\"", R"({"a":[1,2]})", R"("x,]\"\\")", "[]", "-1.5", "null"));
  EXPECT_THAT(elements(" [ 1 ,\n\"a\" , { } ] "), ElementsAre("1", "\"a\"", "{ }"));
  EXPECT_THAT(elements("[]"), IsEmpty());
  EXPECT_THAT(elements("[ ]"), IsEmpty());
  EXPECT_THAT(elements("[0]"), ElementsAre("0"));
}

TEST(JsonElementsTest, AreNoneOfAnythingElse) {
  for (const std::string_view text : {"", "[", "]", "{}", "1", "\"a\"", "null"}) {
    EXPECT_THAT(elements(text), IsEmpty()) << text;
  }
}

TEST(JsonElementsTest, TheRestIsWhatHasNotBeenRead) {
  JsonElements reader{R"(["ev", 1, [2]])"};
  reader.next();
  EXPECT_EQ(reader.rest(), "1, [2]");
  reader.next();
  reader.next();
  EXPECT_EQ(reader.rest(), "");
}

TEST(JsonElementsTest, StaysWithinTextThatIsNotJson) {
  std::mt19937 random{11};
  constexpr std::string_view kBytes = "[]{},:\"\\u 1";
  for (int round = 0; round < 20'000; ++round) {
    std::string inside;
    for (std::size_t length = random() % 24; length != 0; --length) inside += kBytes[random() % 11];
    const std::string array = "[" + inside + "]";
    std::size_t total = 0;
    for (JsonElements reader{array}; reader.next();) ++total;
    const std::string object = "{" + inside + "}";
    for (JsonMembers reader{object}; const auto member = reader.next();) {
      decode_json_string(member->name);
      ++total;
    }
    EXPECT_LE(total, 2 * inside.size() + 2);
  }
}

TEST(JsonMembersTest, AreNamesAndValues) {
  JsonMembers reader{R"({"token":"a:b,c","n" : [1,{"x":2}] , "":null})"};
  const auto token = reader.next();
  const auto number = reader.next();
  const auto empty = reader.next();
  ASSERT_TRUE(token && number && empty);
  EXPECT_EQ(token->name, "\"token\"");
  EXPECT_EQ(token->value, "\"a:b,c\"");
  EXPECT_EQ(number->name, "\"n\"");
  EXPECT_EQ(number->value, R"([1,{"x":2}])");
  EXPECT_EQ(empty->value, "null");
  EXPECT_FALSE(reader.next());
}

TEST(JsonMembersTest, AMemberIsFoundByItsPlainNameAndTheLastOneCounts) {
  EXPECT_EQ(find_member(R"({"a":1,"b":2,"\u0061":3})", "a"), "3");
  EXPECT_EQ(find_member(R"({"a":{"b":1}})", "b"), std::nullopt);
  EXPECT_EQ(find_member("{}", "a"), std::nullopt);
  EXPECT_EQ(find_member("[\"a\",1]", "a"), std::nullopt);
}

TEST(JsonString, IsDecodedToUtf8) {
  EXPECT_EQ(decode_json_string(R"("plain")"), "plain");
  EXPECT_EQ(decode_json_string(R"("")"), "");
  EXPECT_EQ(decode_json_string(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(decode_json_string(R"("\u0041\u00e9\u20AC\ud83d\ude00!")"),
            "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80!");
  EXPECT_EQ(decode_json_string(R"("\u0000")"), "\0"sv);
  EXPECT_EQ(decode_json_string("1"), std::nullopt);
  EXPECT_EQ(decode_json_string("\""), std::nullopt);
  EXPECT_EQ(decode_json_string(""), std::nullopt);
}

TEST(JsonString, ALoneSurrogateBecomesTheReplacementCharacter) {
  EXPECT_EQ(decode_json_string(R"("\ud83d")"), "\xef\xbf\xbd");
  EXPECT_EQ(decode_json_string(R"("\ude00x")"), "\xef\xbf\xbdx");
  EXPECT_EQ(decode_json_string(R"("\ud83d\u0041")"),
            "\xef\xbf\xbd"
            "A");
  EXPECT_EQ(decode_json_string(R"("\ud83d\ud83d\ude00")"), "\xef\xbf\xbd\xf0\x9f\x98\x80");
}

TEST(JsonString, IsComparedAsWhatItStandsFor) {
  EXPECT_TRUE(json_string_equals(R"("connect")", "connect"));
  EXPECT_TRUE(json_string_equals(R"("\u0063onnec\u0074")", "connect"));
  EXPECT_TRUE(json_string_equals(R"("")", ""));
  EXPECT_TRUE(json_string_equals(R"("a\\b")", "a\\b"));
  EXPECT_FALSE(json_string_equals(R"("a\\b")", R"(a\\b)"));
  EXPECT_FALSE(json_string_equals(R"("connect")", "connec"));
  EXPECT_FALSE(json_string_equals(R"("connec")", "connect"));
  EXPECT_FALSE(json_string_equals(R"("connec\u0074s")", "connect"));
  EXPECT_FALSE(json_string_equals("1", "1"));
}

TEST(JsonString, WhatIsAppendedIsReadBack) {
  for (const std::string_view plain : {"", "a", "\"\\\n\x01\x7f", "\xe2\x82\xac", "</script>"}) {
    std::string text;
    append_json_string(text, plain);
    EXPECT_EQ(check_json(text), JsonError::none);
    EXPECT_EQ(decode_json_string(text), plain);
  }
}

TEST(JsonData, IsPutTogetherFromTexts) {
  const std::vector<std::string_view> arguments{"1", R"({"a":"b"})"};
  EXPECT_EQ(make_event_data("ev", arguments), R"(["ev",1,{"a":"b"}])");
  EXPECT_EQ(make_event_data("a\"b", {}), R"(["a\"b"])");
  EXPECT_EQ(make_ack_data(arguments), R"([1,{"a":"b"}])");
  EXPECT_EQ(make_ack_data({}), "[]");
}

TEST(JsonKindTest, IsSeenByTheFirstCharacter) {
  EXPECT_EQ(json_kind("\"a\""), JsonKind::string);
  EXPECT_EQ(json_kind("-1"), JsonKind::number);
  EXPECT_EQ(json_kind("0"), JsonKind::number);
  EXPECT_EQ(json_kind("[]"), JsonKind::array);
  EXPECT_EQ(json_kind("{}"), JsonKind::object);
  EXPECT_EQ(json_kind("true"), JsonKind::boolean);
  EXPECT_EQ(json_kind("false"), JsonKind::boolean);
  EXPECT_EQ(json_kind("null"), JsonKind::null);
  EXPECT_EQ(json_kind(""), JsonKind::null);
}

}  // namespace
}  // namespace pushgate::node
