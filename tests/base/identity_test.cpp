// identity_test.cpp - what a user and a product may be called.

#include "pushgate/base/identity.hpp"

#include <gtest/gtest.h>

namespace pushgate::test {
namespace {

TEST(Identity, HoldsProductAndUid) {
  const auto identity = Identity::make("chat", "u-1001");

  ASSERT_TRUE(identity.has_value());
  EXPECT_EQ(identity->product(), "chat");
  EXPECT_EQ(identity->uid(), "u-1001");
}

TEST(Identity, IsEqualOnlyInBothParts) {
  EXPECT_EQ(Identity::make("a", "b"), Identity::make("a", "b"));
  EXPECT_NE(Identity::make("a", "b"), Identity::make("a", "c"));
  EXPECT_NE(Identity::make("a", "b"), Identity::make("c", "b"));
}

TEST(Identity, IsNotMadeFromOneBadPart) {
  EXPECT_FALSE(Identity::make("", "u").has_value());
  EXPECT_FALSE(Identity::make("p", "").has_value());
}

TEST(ProductName, HasAtMostSixtyFourBytes) {
  EXPECT_TRUE(Identity::valid_product(std::string(64, 'p')));
  EXPECT_FALSE(Identity::valid_product(std::string(65, 'p')));
}

TEST(ProductName, HasOnlyCharactersThatAreSafeInLabelsAndKeys) {
  EXPECT_TRUE(Identity::valid_product("azAZ09_.-"));
  EXPECT_TRUE(Identity::valid_product("__proto__"));
  for (const char* name : {"a b", "a/b", "a\"b", "a\nb", "caf\u00e9", "a%20b", "{a}", "a:b"}) {
    EXPECT_FALSE(Identity::valid_product(name)) << name;
  }
}

TEST(Uid, HasOneToTwoHundredFiftySixBytes) {
  EXPECT_TRUE(Identity::valid_uid("u"));
  EXPECT_TRUE(Identity::valid_uid(std::string(256, 'u')));
  EXPECT_FALSE(Identity::valid_uid(std::string(257, 'u')));
  EXPECT_FALSE(Identity::valid_uid(""));
}

TEST(Uid, LengthIsCountedInBytes) {
  std::string uid;
  for (int i = 0; i < 86; ++i) uid += "\u20ac";

  EXPECT_FALSE(Identity::valid_uid(uid));
}

TEST(Uid, MayHoldAnyVisibleText) {
  for (const char* uid : {"a b", "a@b.c", "\u00e9", "\U0001F600", "\u00a0", "a;b=c,d"}) {
    EXPECT_TRUE(Identity::valid_uid(uid)) << uid;
  }
}

TEST(Uid, HoldsNoControlCharacter) {
  for (int c = 0; c < 0x20; ++c) {
    EXPECT_FALSE(Identity::valid_uid(std::string{'a', static_cast<char>(c), 'b'})) << c;
  }
  EXPECT_FALSE(Identity::valid_uid("a\x7f"));
  EXPECT_FALSE(Identity::valid_uid("a\u0080"));
  EXPECT_FALSE(Identity::valid_uid("a\u009f"));
}

TEST(Uid, IsUtf8) {
  for (const char* uid : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "a\x80"}) {
    EXPECT_FALSE(Identity::valid_uid(uid));
  }
}

TEST(Uid, MayContainSpacesButNotAtItsEnds) {
  EXPECT_TRUE(Identity::valid_uid("a b"));
  EXPECT_FALSE(Identity::valid_uid(" a"));
  EXPECT_FALSE(Identity::valid_uid("a "));
  EXPECT_FALSE(Identity::valid_uid(" "));
  EXPECT_FALSE(Identity::valid_uid("\u00e4 "));
}

}  // namespace
}  // namespace pushgate::test
