// locator_test.cpp - positions of values and keys, as an editor would show them.

#include "pushgate/config/locator.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pushgate::config::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::string_view from(std::string_view text, std::size_t offset) { return text.substr(offset); }

TEST(Locator, FindsAValueDeepInsideObjectsAndLists) {
  const std::string_view text = R"({"a": [10, {"b": {"c": true}}], "d": null})";

  EXPECT_TRUE(from(text, Locator{text}.value_offset("/a/1/b/c")).starts_with("true"));
  EXPECT_TRUE(from(text, Locator{text}.value_offset("/a/0")).starts_with("10"));
  EXPECT_TRUE(from(text, Locator{text}.value_offset("/d")).starts_with("null"));
}

TEST(Locator, FindsTheKeyOfAMember) {
  const std::string_view text = R"({"a": {"bc" : 1}})";

  EXPECT_TRUE(from(text, Locator{text}.key_offset("/a/bc")).starts_with("\"bc\" :"));
}

TEST(Locator, AnElementOfAListHasTheKeyPositionOfItsValue) {
  const std::string_view text = R"({"a": [1, 22]})";

  EXPECT_TRUE(from(text, Locator{text}.key_offset("/a/1")).starts_with("22"));
}

TEST(Locator, AMissingMemberStandsWhereItsParentDoes) {
  const std::string_view text = R"({"a": {"b": 1}})";

  EXPECT_EQ(Locator{text}.value_offset("/a/zzz/y"), Locator{text}.value_offset("/a"));
}

TEST(Locator, TheEmptyPointerIsTheRoot) {
  EXPECT_EQ(Locator{"  {}"}.value_offset(""), 2u);
  EXPECT_EQ(Locator{""}.value_offset(""), 0u);
}

TEST(Locator, EscapedNamesAreFoundByWhatTheyMean) {
  const std::string_view text = R"({"a/b~c": 1, "\u00e9\n": 2, "\ud83d\ude00": 3, "q\"": 4})";

  EXPECT_TRUE(from(text, Locator{text}.value_offset("/a~1b~0c")).starts_with("1"));
  EXPECT_TRUE(from(text, Locator{text}.value_offset("/\u00e9\n")).starts_with("2"));
  EXPECT_TRUE(from(text, Locator{text}.value_offset("/\U0001F600")).starts_with("3"));
  EXPECT_TRUE(from(text, Locator{text}.value_offset("/q\"")).starts_with("4"));
}

TEST(Locator, StringsThatLookLikeStructureAreSkipped) {
  const std::string_view text = R"({"a": "}],{\"b\": 1", "b": 2})";

  EXPECT_TRUE(from(text, Locator{text}.value_offset("/b")).starts_with("2"));
}

TEST(Locator, EmptyObjectsAndListsDoNotConfuseWhatFollows) {
  const std::string_view text = R"({"a": {}, "b": [], "c": [[], [7]]})";

  EXPECT_TRUE(from(text, Locator{text}.value_offset("/c/1/0")).starts_with("7"));
}

TEST(Locator, MalformedTextEndsTheScanInsteadOfHanging) {
  for (const std::string_view text :
       {"{", "[[[", "{\"a\"", "{\"a\":}", "]", "[,]", "\"\\", "{:}"}) {
    EXPECT_LE(Locator{text}.value_offset("/a/b"), text.size()) << text;
    EXPECT_THAT(find_duplicate_keys(text), IsEmpty()) << text;
  }
}

TEST(LineColumn, CountsFromOne) {
  EXPECT_EQ(line_column("ab\ncd", 0), (LineColumn{1, 1}));
  EXPECT_EQ(line_column("ab\ncd", 2), (LineColumn{1, 3}));
  EXPECT_EQ(line_column("ab\ncd", 3), (LineColumn{2, 1}));
  EXPECT_EQ(line_column("ab\ncd", 99), (LineColumn{2, 3}));
}

TEST(LineColumn, AColumnIsACodePoint) {
  const std::string_view text = "\u00e4\u20ac\U0001F600x";

  EXPECT_EQ(line_column(text, text.find('x')), (LineColumn{1, 4}));
}

TEST(LineColumn, WindowsLineEndsCountOnce) {
  EXPECT_EQ(line_column("a\r\nb", 3), (LineColumn{2, 1}));
}

TEST(DuplicateKeys, ARepeatedKeyIsFoundWithBothPlaces) {
  const std::string_view text = R"({"a": 1, "b": {"c": 1, "d": 2, "c": 3}})";

  const std::vector<DuplicateKey> found = find_duplicate_keys(text);

  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].pointer, "/b/c");
  EXPECT_EQ(found[0].offset, text.rfind("\"c\""));
  EXPECT_EQ(found[0].first_offset, text.find("\"c\""));
}

TEST(DuplicateKeys, TwoSpellingsOfOneNameAreTheSameKey) {
  EXPECT_THAT(find_duplicate_keys(R"({"a": 1, "\u0061": 2})"), SizeIs(1));
}

TEST(DuplicateKeys, TheSameNameInDifferentObjectsIsNoDuplicate) {
  EXPECT_THAT(find_duplicate_keys(R"([{"a": 1}, {"a": 1}, {"b": {"a": {"a": 1}}}])"), IsEmpty());
}

TEST(DuplicateKeys, TheMembersOfARepeatedObjectAreNotReportedAgain) {
  EXPECT_THAT(find_duplicate_keys(R"({"a": {"x": 1}, "a": {"x": 2}, "b": 1})"), SizeIs(1));
}

}  // namespace
}  // namespace pushgate::config::test
