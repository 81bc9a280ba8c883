#include "pushgate/base/expiring_lru.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace pushgate {
namespace {

using Time = std::chrono::sys_time<std::chrono::seconds>;
using Cache = ExpiringLru<std::string, Time>;

constexpr Time at(int second) { return Time{std::chrono::seconds{second}}; }

TEST(ExpiringLru, ForgetsTheLeastRecentlyUsed) {
  Cache cache{2};
  cache.put("a", "1", at(9));
  cache.put("b", "2", at(9));
  ASSERT_TRUE(cache.find("a", at(0)));

  cache.put("c", "3", at(9));

  EXPECT_EQ(*cache.find("a", at(0)), "1");
  EXPECT_FALSE(cache.find("b", at(0)));
  EXPECT_EQ(*cache.find("c", at(0)), "3");
  EXPECT_EQ(cache.size(), 2u);
}

TEST(ExpiringLru, ForgetsWhatHasExpired) {
  Cache cache{2};
  cache.put("a", "1", at(10));

  EXPECT_TRUE(cache.find("a", at(9)));
  EXPECT_FALSE(cache.find("a", at(10)));
  EXPECT_EQ(cache.size(), 0u);
}

TEST(ExpiringLru, TakesANewValueInPlaceOfTheOld) {
  Cache cache{2};
  cache.put("a", "1", at(1));
  cache.put("b", "2", at(9));
  cache.put("a", "3", at(9));
  cache.put("c", "4", at(9));

  EXPECT_EQ(*cache.find("a", at(5)), "3");
  EXPECT_FALSE(cache.find("b", at(5))) << "what is replaced counts as used";
  EXPECT_EQ(cache.size(), 2u);
}

TEST(ExpiringLru, MayRememberNothing) {
  Cache cache{0};
  cache.put("a", "1", at(9));

  EXPECT_FALSE(cache.find("a", at(0)));
  EXPECT_EQ(cache.size(), 0u);
}

TEST(ExpiringLru, IsEmptyOnceCleared) {
  Cache cache{2};
  cache.put("a", "1", at(9));
  cache.clear();

  EXPECT_FALSE(cache.find("a", at(0)));
  cache.put("a", "2", at(9));
  EXPECT_EQ(*cache.find("a", at(0)), "2");
}

}  // namespace
}  // namespace pushgate
