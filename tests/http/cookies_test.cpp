// Cookies as RFC 6265 has them.

#include "pushgate/http/cookies.hpp"

#include <gtest/gtest.h>

#include "heads.hpp"

namespace pushgate::http {
namespace {

std::string all(std::string_view field_value) {
  std::string result;
  CookieReader reader{field_value};
  while (const auto cookie = reader.next()) {
    result.append("[").append(cookie->name).append("|").append(cookie->value).append("]");
  }
  return result;
}

TEST(Cookies, are_separated_by_semicolons) {
  EXPECT_EQ(all("a=1; b=2;c=3 ;\td = 4"), "[a|1][b|2][c|3][d|4]");
  EXPECT_EQ(all(""), "");
  EXPECT_EQ(all(";;"), "");
}

TEST(Cookies, are_not_separated_by_commas) {
  EXPECT_EQ(all("a=1,uid=2; uid=3"), "[a|1,uid=2][uid|3]");
}

TEST(Cookies, lose_a_pair_of_quotes) {
  EXPECT_EQ(all("a=\"1\"; b=\"; c=\"\"; d=1\"2"), "[a|1][b|\"][c|][d|1\"2]");
}

TEST(Cookies, are_split_at_the_first_equals_sign) {
  EXPECT_EQ(all("a=b=c; =d; e; f="), "[a|b=c][|d][f|]");
}

TEST(Cookies, of_one_name_are_found_in_all_fields) {
  const ParsedRequest parsed{
      post_with("Cookie: uid=1; UID=2; uid=3\r\nX: uid=4\r\nCookie: uid=\"5\"\r\n")};
  std::string found;
  CookieValues values{parsed.head.fields, "uid"};

  while (const auto value = values.next()) found += *value;

  EXPECT_EQ(found, "135");
}

}  // namespace
}  // namespace pushgate::http
