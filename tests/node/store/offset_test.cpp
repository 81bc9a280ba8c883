#include "pushgate/node/store/offset.hpp"

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

TEST(Offset, ComesBackFromItsText) {
  const std::optional<Offset> offset = Offset::parse("k3f9-1700000000000-7");
  ASSERT_TRUE(offset);
  EXPECT_EQ(offset->epoch, "k3f9");
  EXPECT_EQ(offset->high, 1'700'000'000'000u);
  EXPECT_EQ(offset->low, 7u);
  EXPECT_EQ(offset->to_string(), "k3f9-1700000000000-7");
}

TEST(Offset, OfTheStreamsAdapterHasNoEpoch) {
  const std::optional<Offset> offset = Offset::parse("1700000000000-0");
  ASSERT_TRUE(offset);
  EXPECT_EQ(offset->epoch, "");
  EXPECT_EQ(offset->to_string(), "1700000000000-0");
}

TEST(Offset, RefusesWhatIsNone) {
  for (const char* const text :
       {"", "0", "-", "--", "1-", "-1", "a-1", "1-a", "a-1-", "-1-1", "A-1-1", "a_b-1-1", "a-1-1 ",
        "a-+1-1", "a-18446744073709551616-0", "a-b-1-1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1-1"}) {
    EXPECT_FALSE(Offset::parse(text)) << text;
  }
}

TEST(Offset, NumbersDecideAndNotText) {
  EXPECT_TRUE(is_covered("e-9-0", "e-10-0"));
  EXPECT_TRUE(is_covered("e-10-0", "e-10-0"));
  EXPECT_TRUE(is_covered("e-10-1", "e-10-2"));
  EXPECT_FALSE(is_covered("e-10-1", "e-10-0"));
  EXPECT_FALSE(is_covered("e-11-0", "e-10-9"));
}

TEST(Offset, OfAnotherEpochIsNeverCovered) {
  EXPECT_FALSE(is_covered("a-1-0", "b-2-0"));
  EXPECT_FALSE(is_covered("", "b-2-0"));
  EXPECT_FALSE(is_covered("a-1-0", ""));
}

}  // namespace
}  // namespace pushgate::node
