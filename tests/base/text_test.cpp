// text_test.cpp - the string operations of our own.

#include "pushgate/base/text.hpp"

#include <array>

#include <gtest/gtest.h>

namespace pushgate::test {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_json_escaped(out, text);
  return out;
}

TEST(Iequals, IgnoresAsciiCaseOnly) {
  EXPECT_TRUE(iequals("Content-LENGTH", "content-length"));
  EXPECT_FALSE(iequals("content-length", "content_length"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("[", "{"));  // they differ in the bit that letters differ in
  EXPECT_FALSE(iequals("\xc9", "\xe9"));
}

TEST(Trim, RemovesSpacesAndTabsAtBothEnds) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim(" \t "), "");
  EXPECT_EQ(trim("\r\na"), "\r\na");
}

TEST(Utf8, TheBoundsOfEachLengthAreValid) {
  for (const char* text :
       {"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << escaped(text);
  }
}

TEST(Utf8, LongerFormsThanNeededAreInvalid) {
  for (const char* text : {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf"}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

TEST(Utf8, SurrogatesAndTooHighCodePointsAreInvalid) {
  for (const char* text :
       {"\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

TEST(Utf8, ACutSequenceIsInvalid) {
  for (const char* text : {"\xc2", "\xe2\x82", "\xf0\x9f\x98", "a\x80",
                           "\xe2\x82"
                           "a",
                           "\xff", "\xfe"}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

constexpr std::array<std::string_view, 4> kPolicies{"rendezvous", "ketama", "maglev", "modulo"};

TEST(Nearest, FindsWhatIsUpToTwoEditsAway) {
  EXPECT_EQ(nearest("ketma", kPolicies), "ketama");
  EXPECT_EQ(nearest("moduls", kPolicies), "modulo");
  EXPECT_EQ(nearest("rendevouz", kPolicies), "rendezvous");
}

TEST(Nearest, LetterCaseIsNoEdit) { EXPECT_EQ(nearest("KETMA", kPolicies), "ketama"); }

TEST(Nearest, WhatIsFurtherAwayHasNoNeighbour) {
  EXPECT_EQ(nearest("random", kPolicies), "");
  EXPECT_EQ(nearest("", kPolicies), "");
}

TEST(Nearest, AShortWordIsNotGuessedFromNothing) {
  constexpr std::array<std::string_view, 2> kShort{"ip", "id"};

  EXPECT_EQ(nearest("zz", kShort), "");
  EXPECT_EQ(nearest("ipp", kShort), "ip");
}

TEST(JsonEscape, QuotesBackslashesAndControlsAreEscaped) {
  EXPECT_EQ(escaped("a\"b\\c\n\x01\x7f"), "a\\\"b\\\\c\\u000a\\u0001\\u007f");
}

TEST(JsonEscape, OtherTextStaysAsItIs) {
  EXPECT_EQ(escaped("/\u00e9\U0001F600"), "/\u00e9\U0001F600");
}

TEST(JsonEscape, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  EXPECT_EQ(escaped("a\xff\xe2\x82"), "a\ufffd\ufffd\ufffd");
}

TEST(JsonEscape, ANullByteIsEscapedToo) {
  EXPECT_EQ(escaped(std::string_view{"a\0b", 3}), "a\\u0000b");
}

}  // namespace
}  // namespace pushgate::test
