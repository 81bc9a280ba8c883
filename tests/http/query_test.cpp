// Percent-coding and the parameters of query strings.

#include "pushgate/http/query.hpp"

#include <gtest/gtest.h>

#include "pushgate/http/percent.hpp"

namespace pushgate::http {
namespace {

TEST(PercentDecoding, is_done_once) {
  EXPECT_EQ(percent_decode("%2541", Plus::literal), "%41");
  EXPECT_EQ(percent_decode("a%C3%a4b", Plus::literal),
            "a\xc3\xa4"
            "b");
  EXPECT_EQ(percent_decode("", Plus::literal), "");
}

TEST(PercentDecoding, reads_plus_as_a_space_only_in_queries) {
  EXPECT_EQ(percent_decode("a+b%2B", Plus::space), "a b+");
  EXPECT_EQ(percent_decode("a+b%2B", Plus::literal), "a+b+");
}

TEST(PercentDecoding, refuses_what_is_not_two_digits) {
  for (const char* text : {"%", "a%4", "%zz", "%4g", "%%41", "%+1"}) {
    EXPECT_EQ(percent_decode(text, Plus::space), std::nullopt) << text;
    EXPECT_FALSE(percent_equals(text, text, Plus::space)) << text;
  }
}

TEST(PercentEncoding, leaves_only_unreserved_characters) {
  std::string out;

  append_percent_encoded(out, "aZ09-._~ &=+#%/\xc3\xa4");

  EXPECT_EQ(out, "aZ09-._~%20%26%3D%2B%23%25%2F%C3%A4");
}

TEST(PercentEncoding, is_undone_by_decoding) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  std::string encoded;

  append_percent_encoded(encoded, all);

  EXPECT_EQ(percent_decode(encoded, Plus::space), all);
  EXPECT_TRUE(percent_equals(encoded, all, Plus::space));
}

std::string names_and_values(std::string_view query) {
  std::string result;
  ParameterReader reader{query};
  while (const auto parameter = reader.next()) {
    result.append("[").append(parameter->name).append("|").append(parameter->value).append("]");
  }
  return result;
}

TEST(Parameters, are_separated_by_ampersands_alone) {
  EXPECT_EQ(names_and_values("a=1&b=2;c=3&&d&=e&f==g&"), "[a|1][b|2;c=3][d|][|e][f|=g]");
  EXPECT_EQ(names_and_values(""), "");
  EXPECT_EQ(names_and_values("&&"), "");
}

std::string values(std::string_view query, std::string_view name) {
  std::string result;
  ParameterValues reader{query, name};
  while (const auto value = reader.next()) result.append("[").append(*value).append("]");
  return result;
}

TEST(Parameters, are_found_every_time_they_occur) {
  EXPECT_EQ(values("uid=1&x=uid&uid=%32&uid", "uid"), "[1][%32][]");
}

TEST(Parameters, are_found_under_an_encoded_name) {
  EXPECT_EQ(values("%75id=1&u%69d=2&u%6=3&UID=4&uid+=5", "uid"), "[1][2]");
  EXPECT_EQ(values("user+id=1&user%20id=2", "user id"), "[1][2]");
}

std::string with_uid(std::string_view target, std::string_view uid) {
  std::string out;
  append_target_with_parameter(out, target, {"uid", uid});
  return out;
}

TEST(AddedParameter, comes_last) {
  EXPECT_EQ(with_uid("/a", "u 1"), "/a?uid=u%201");
  EXPECT_EQ(with_uid("/a?", "1"), "/a?uid=1");
  EXPECT_EQ(with_uid("/a?b=c&d", "1"), "/a?b=c&d&uid=1");
  EXPECT_EQ(with_uid("/a?b=c%20", "&x=y"), "/a?b=c%20&uid=%26x%3Dy");
}

TEST(AddedParameter, is_the_only_one_of_its_name) {
  EXPECT_EQ(with_uid("/a?uid=evil&b&%75id=evil&uid", "1"), "/a?b&uid=1");
}

}  // namespace
}  // namespace pushgate::http
