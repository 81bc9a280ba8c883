// path_pattern_test.cpp - the spelling of named groups.

#include "pushgate/config/path_pattern.hpp"

#include <gtest/gtest.h>

namespace pushgate::config::test {
namespace {

TEST(PathPattern, NamedGroupsGetTheSpellingThatEveryRe2Knows) {
  EXPECT_EQ(to_re2_syntax("^/u/(?<v>[^/]+)/"), "^/u/(?P<v>[^/]+)/");
  EXPECT_EQ(to_re2_syntax("(?<a>x)(?<v>y)"), "(?P<a>x)(?P<v>y)");
}

TEST(PathPattern, WhatHasThatSpellingStaysAsItIs) {
  EXPECT_EQ(to_re2_syntax("(?P<v>x)"), "(?P<v>x)");
  EXPECT_EQ(to_re2_syntax("(?:x)(?i)"), "(?:x)(?i)");
}

TEST(PathPattern, EscapedAndBracketedTextIsNoGroup) {
  EXPECT_EQ(to_re2_syntax(R"(\(?<v>x)"), R"(\(?<v>x)");
  EXPECT_EQ(to_re2_syntax("[(?<v>]"), "[(?<v>]");
  EXPECT_EQ(to_re2_syntax("[](?<v>]"), "[](?<v>]");
  EXPECT_EQ(to_re2_syntax("[^](?<v>](?<v>x)"), "[^](?<v>](?P<v>x)");
  EXPECT_EQ(to_re2_syntax(R"([\]](?<v>x))"), R"([\]](?P<v>x))");
}

TEST(PathPattern, LookBehindIsLeftForRe2ToRefuse) {
  EXPECT_EQ(to_re2_syntax("(?<=a)(?<!b)"), "(?<=a)(?<!b)");
  EXPECT_NE(check_path_pattern("(?<=a)(?P<v>b)"), "");
}

TEST(PathPattern, APatternWithOneGroupCalledVCanBeUsed) {
  EXPECT_EQ(check_path_pattern("^/u/(?P<v>[^/]+)/"), "");
  EXPECT_EQ(check_path_pattern("^/(a|b)/(?P<v>.*)$"), "");
}

}  // namespace
}  // namespace pushgate::config::test
