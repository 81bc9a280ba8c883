// units_test.cpp - durations and sizes as people write them.

#include "pushgate/base/units.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace pushgate::test {
namespace {

using std::chrono::milliseconds;

TEST(Duration, EveryUnitIsKnown) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds{250});
  EXPECT_EQ(parse_duration("5s"), milliseconds{5'000});
  EXPECT_EQ(parse_duration("2m"), milliseconds{120'000});
  EXPECT_EQ(parse_duration("1h"), milliseconds{3'600'000});
  EXPECT_EQ(parse_duration("1d"), milliseconds{86'400'000});
}

TEST(Duration, OnlyZeroNeedsNoUnit) {
  EXPECT_EQ(parse_duration("0"), milliseconds{0});
  EXPECT_EQ(parse_duration("5"), std::nullopt);
  EXPECT_EQ(parse_duration("00"), std::nullopt);
}

TEST(Duration, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "1.5s", "5S", "5sec",
                           "1h30m", "5ss", "0x5s", "5us"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Duration, OverflowIsRefused) {
  EXPECT_EQ(parse_duration("9223372036854775807ms"), milliseconds::max());
  EXPECT_EQ(parse_duration("9223372036854775808ms"), std::nullopt);
  EXPECT_EQ(parse_duration("106751991168d"), std::nullopt);
  EXPECT_EQ(parse_duration("99999999999999999999999s"), std::nullopt);
}

TEST(Duration, IsWrittenInTheLargestUnitThatIsExact) {
  EXPECT_EQ(format_duration(milliseconds{0}), "0ms");
  EXPECT_EQ(format_duration(milliseconds{1'500}), "1500ms");
  EXPECT_EQ(format_duration(milliseconds{90'000}), "90s");
  EXPECT_EQ(format_duration(milliseconds{60'000}), "1m");
  EXPECT_EQ(format_duration(milliseconds{3'600'000}), "1h");
  EXPECT_EQ(format_duration(milliseconds{172'800'000}), "2d");
}

TEST(Duration, IsReadBackAsItWas) {
  for (const std::int64_t count : {0L, 1L, 999L, 1'000L, 61'000L, 86'400'000L, 86'400'001L}) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds{count})), milliseconds{count});
  }
}

TEST(Size, BinaryAndDecimalUnitsAreKnown) {
  EXPECT_EQ(parse_size("7B"), 7u);
  EXPECT_EQ(parse_size("16KiB"), 16'384u);
  EXPECT_EQ(parse_size("1MiB"), 1'048'576u);
  EXPECT_EQ(parse_size("2GiB"), 2'147'483'648u);
  EXPECT_EQ(parse_size("16KB"), 16'000u);
  EXPECT_EQ(parse_size("1MB"), 1'000'000u);
  EXPECT_EQ(parse_size("2GB"), 2'000'000'000u);
}

TEST(Size, WhatIsNoSizeIsRefused) {
  for (const char* text :
       {"", "B", "5", "5 B", "-5B", "1.5KiB", "5kb", "5K", "5KiBB", "8589934592GiB"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Size, IsWrittenInTheLargestBinaryUnitThatIsExact) {
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_size(1'000), "1000B");
  EXPECT_EQ(format_size(65'536), "64KiB");
  EXPECT_EQ(format_size(65'537), "65537B");
  EXPECT_EQ(format_size(3u << 30), "3GiB");
}

TEST(Size, IsReadBackAsItWas) {
  for (const std::uint64_t bytes : {0ul, 1ul, 1'000ul, 1'024ul, 1'048'577ul, 1ul << 40}) {
    EXPECT_EQ(parse_size(format_size(bytes)), bytes);
  }
}

}  // namespace
}  // namespace pushgate::test
