// What is made of a node's "Keep-Alive: timeout=N".

#include "pushgate/http/keep_alive.hpp"

#include <gtest/gtest.h>

#include "http/heads.hpp"

namespace pushgate::http {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kSaysNothing = std::chrono::milliseconds::max();

TEST(SafeIdleTime, is_a_second_less_than_the_node_says) {
  EXPECT_EQ(safe_idle_time("timeout=5"), 4s);
  EXPECT_EQ(safe_idle_time("timeout=2"), 1s);
  EXPECT_EQ(safe_idle_time("timeout=072"), 71s);
}

TEST(SafeIdleTime, of_a_second_or_none_is_none) {
  EXPECT_EQ(safe_idle_time("timeout=1"), 0s);
  EXPECT_EQ(safe_idle_time("timeout=0"), 0s);
}

TEST(SafeIdleTime, is_a_day_at_most) {
  EXPECT_EQ(safe_idle_time("timeout=86400"), 86'399s);
  EXPECT_EQ(safe_idle_time("timeout=86401"), 86'399s);
  EXPECT_EQ(safe_idle_time("timeout=9223372036854775807"), 86'399s);
  EXPECT_EQ(safe_idle_time("timeout=99999999999999999999999999"), 86'399s);
}

TEST(SafeIdleTime, is_found_however_it_is_written) {
  for (const char* value :
       {"Timeout=5", "TIMEOUT=5", "timeout = 5", " timeout=5\t", "timeout=\"5\"",
        "timeout=5, max=100", "max=100, timeout=5", "max=100,timeout=5", ",, timeout=5,",
        "x, timeout=5", "timeout=x, timeout=5"}) {
    EXPECT_EQ(safe_idle_time(value), 4s) << value;
  }
}

TEST(SafeIdleTime, is_not_known_if_there_is_no_number) {
  for (const char* value :
       {"", "timeout", "timeout=", "timeout=\"\"", "timeout=\"", "timeout=x", "timeout=5x",
        "timeout=-5", "timeout=+5", "timeout=5.5", "timeout=0x5", "timeout=5 6", "timeout:5", "=5",
        "max=5", "max=0", "xtimeout=5", "timeout-x=5", "timeout=99999999999999999999999999x"}) {
    EXPECT_EQ(safe_idle_time(value), kSaysNothing) << value;
  }
}

TEST(SafeIdleTime, is_the_shortest_of_several) {
  EXPECT_EQ(safe_idle_time("timeout=5, timeout=3"), 2s);
  const ParsedResponse two{
      "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=9\r\nX: timeout=1\r\nKeep-Alive: timeout=5\r\n\r\n"};
  EXPECT_EQ(safe_idle_time(two.head.fields), 4s);
  const ParsedResponse none{"HTTP/1.1 200 OK\r\nX: timeout=1\r\n\r\n"};
  EXPECT_EQ(safe_idle_time(none.head.fields), kSaysNothing);
}

}  // namespace
}  // namespace pushgate::http
