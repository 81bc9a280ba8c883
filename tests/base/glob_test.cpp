// glob_test.cpp - which names a pattern matches.

#include "pushgate/base/glob.hpp"

#include <string>

#include <gtest/gtest.h>

namespace pushgate::test {
namespace {

TEST(Glob, WithoutStarsItIsEquality) {
  EXPECT_TRUE(glob_matches("chat", "chat"));
  EXPECT_FALSE(glob_matches("chat", "chats"));
  EXPECT_FALSE(glob_matches("chats", "chat"));
  EXPECT_FALSE(glob_matches("chat", "Chat"));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_FALSE(glob_matches("", "a"));
}

TEST(Glob, AStarIsAnythingAndNothing) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*", "a/b\n"));
  EXPECT_TRUE(glob_matches("chat:*", "chat:"));
  EXPECT_TRUE(glob_matches("chat:*", "chat:1"));
  EXPECT_FALSE(glob_matches("chat:*", "chat"));
  EXPECT_TRUE(glob_matches("*:1", "chat:1"));
  EXPECT_TRUE(glob_matches("a**b", "ab"));
}

TEST(Glob, AStarTakesBackWhatItTookTooMuch) {
  EXPECT_TRUE(glob_matches("*ab", "aab"));
  EXPECT_TRUE(glob_matches("a*b*c", "abxbc"));
  EXPECT_TRUE(glob_matches("*ab*ba*", "abba"));
  EXPECT_FALSE(glob_matches("*ab*ba*", "aba"));
  EXPECT_FALSE(glob_matches("a*b", "acbc"));
}

TEST(Glob, AQuestionMarkIsOneByte) {
  EXPECT_TRUE(glob_matches("a?c", "abc"));
  EXPECT_FALSE(glob_matches("a?c", "ac"));
  EXPECT_FALSE(glob_matches("?", ""));
  EXPECT_TRUE(glob_matches("*?", "a"));
}

TEST(Glob, AStarOfTheTextIsAByteLikeOthers) {
  EXPECT_TRUE(glob_matches("a*", "a*b"));
  EXPECT_FALSE(glob_matches("ab", "a*"));
}

TEST(Glob, ManyStarsTakeNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "*a";
  EXPECT_FALSE(glob_matches(pattern + 'b', std::string(2'000, 'a')));
}

}  // namespace
}  // namespace pushgate::test
