// source_test.cpp - comments and variables.

#include "pushgate/config/source.hpp"

#include <gtest/gtest.h>

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

std::optional<std::string> variables(const std::string& name) {
  if (name == "HOST") return "node-a";
  if (name == "EMPTY") return "";
  if (name == "NESTED") return "${HOST}";
  return std::nullopt;
}

TEST(StripComments, LineCommentsBecomeSpacesUpToTheLineEnd) {
  EXPECT_EQ(strip_comments("1 // one\n2").json, "1       \n2");
}

TEST(StripComments, BlockCommentsKeepTheirLineBreaks) {
  EXPECT_EQ(strip_comments("1 /* a\nb */ 2").json, "1     \n     2");
}

TEST(StripComments, StringsAreLeftAlone) {
  const std::string_view text = R"({"url": "http://x/*y*/", "q": "\"//"})";

  EXPECT_EQ(strip_comments(text).json, text);
}

TEST(StripComments, TheLengthNeverChanges) {
  const std::string_view text = "\xef\xbb\xbf{/*\u00e9*/}//\u20ac";

  const StrippedText stripped = strip_comments(text);

  EXPECT_EQ(stripped.json.size(), text.size());
  EXPECT_EQ(stripped.json.find_first_not_of(' '), 3u);
}

TEST(StripComments, ACommentThatNeverEndsIsPointedAt) {
  EXPECT_EQ(strip_comments("{} /* oh").unterminated_comment, 3u);
  EXPECT_EQ(strip_comments("{} /* oh */").unterminated_comment, std::nullopt);
  EXPECT_EQ(strip_comments("{} /*/").unterminated_comment, 3u);
}

TEST(Expand, AVariableIsReplacedByItsValue) {
  EXPECT_EQ(expand("http://${HOST}:1", variables).text, "http://node-a:1");
}

TEST(Expand, AnUnsetVariableIsAnError) {
  EXPECT_EQ(expand("${NOWHERE}", variables).error, "the environment variable NOWHERE is not set");
}

TEST(Expand, TheDefaultStandsInForAnUnsetOrEmptyVariable) {
  EXPECT_EQ(expand("${NOWHERE:-a:-b}", variables).text, "a:-b");
  EXPECT_EQ(expand("${EMPTY:-x}", variables).text, "x");
  EXPECT_EQ(expand("${HOST:-x}", variables).text, "node-a");
  EXPECT_EQ(expand("${NOWHERE:-}", variables).text, "");
}

TEST(Expand, AnEmptyVariableIsEmptyWithoutADefault) {
  const Expansion expansion = expand("[${EMPTY}]", variables);

  EXPECT_EQ(expansion.error, "");
  EXPECT_EQ(expansion.text, "[]");
}

TEST(Expand, TwoDollarsAreOne) {
  EXPECT_EQ(expand("$${HOST}", variables).text, "${HOST}");
  EXPECT_EQ(expand("$$$$", variables).text, "$$");
}

TEST(Expand, ADollarElsewhereIsItself) {
  EXPECT_EQ(expand("^/(?<v>a)$", variables).text, "^/(?<v>a)$");
  EXPECT_EQ(expand("$HOST", variables).text, "$HOST");
}

TEST(Expand, WhatAVariableHoldsIsNotExpandedAgain) {
  EXPECT_EQ(expand("${NESTED}", variables).text, "${HOST}");
}

TEST(Expand, BadNamesAndMissingBracesAreErrors) {
  EXPECT_EQ(expand("${1A}", variables).error, "\"${1A}\" names no environment variable");
  EXPECT_EQ(expand("${}", variables).error, "\"${}\" names no environment variable");
  EXPECT_EQ(expand("x${HOST", variables).error, "\"${\" has no closing \"}\"");
}

TEST(Expand, OnlyAStringThatIsNothingElseIsWhole) {
  EXPECT_TRUE(expand("${HOST}", variables).whole);
  EXPECT_TRUE(expand("${X:-7}", variables).whole);
  EXPECT_FALSE(expand("${HOST}x", variables).whole);
  EXPECT_FALSE(expand("x${HOST}", variables).whole);
  EXPECT_FALSE(expand("${HOST}${HOST}", variables).whole);
  EXPECT_FALSE(expand("node-a", variables).whole);
}

TEST(ReadFile, GivesTheBytesAsTheyAre) {
  const TempFolder folder;
  const std::string text{"a\0b\r\n", 5};

  const Result<std::string> read = read_file(folder.write("x", text));

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, text);
}

}  // namespace
}  // namespace pushgate::config::test
