// syntax_error_test.cpp - texts that are not JSON: each gets one message, at the place of the
// mistake.

#include <gtest/gtest.h>

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

std::string error_of(std::string_view text) { return errors(daemon(text)); }

TEST(SyntaxErrors, ACommaBeforeAClosingBracket) {
  EXPECT_EQ(error_of("{\n \"a\": 1,\n}"),
            "pushgate.json:2:8: no comma may stand before \"}\" (remove it)\n");
}

TEST(SyntaxErrors, AMissingComma) {
  EXPECT_EQ(error_of("{\"a\": 1\n \"b\": 2}"),
            "pushgate.json:2:2: unexpected \"b\" (is a comma missing before it?)\n");
}

TEST(SyntaxErrors, AKeyWithoutQuotes) {
  EXPECT_EQ(error_of("{agentPort: 1}"),
            "pushgate.json:1:2: a key must stand in double quotes (write \"agentPort\")\n");
}

TEST(SyntaxErrors, AWordThatIsNoValue) {
  EXPECT_EQ(error_of("{\"hash\": ketama}"),
            "pushgate.json:1:10: \"ketama\" is not a JSON value (strings need double quotes)\n");
}

TEST(SyntaxErrors, SingleQuotes) {
  EXPECT_EQ(error_of("{\"hash\": 'ketama'}"), "pushgate.json:1:10: strings need double quotes\n");
}

TEST(SyntaxErrors, AStringThatIsNotClosed) {
  EXPECT_EQ(error_of("{\"hash\": \"ketama\n}"),
            "pushgate.json:1:10: this string is not closed in its line\n");
}

TEST(SyntaxErrors, ABadEscapeSequence) {
  EXPECT_EQ(error_of(R"({"path": "\d+"})"),
            "pushgate.json:1:10: this string has a bad escape sequence (write \\\\ for a "
            "backslash)\n");
}

TEST(SyntaxErrors, ATextThatEndsTooEarly) {
  EXPECT_EQ(error_of("{\"a\": {\n"),
            "pushgate.json:2:1: the text ends too early (a closing bracket is missing)\n");
}

TEST(SyntaxErrors, AnEmptyFile) {
  EXPECT_EQ(error_of(" // nothing\n"),
            "pushgate.json:1:1: the file is empty (write at least {})\n");
}

TEST(SyntaxErrors, SomethingAfterTheEnd) {
  EXPECT_EQ(error_of("{} }"), "pushgate.json:1:4: unexpected \"}\" (expected end of input)\n");
}

TEST(SyntaxErrors, ACommentThatNeverEnds) {
  EXPECT_EQ(error_of("{}\n /* "),
            "pushgate.json:2:2: this comment never ends (close it with */)\n");
}

TEST(SyntaxErrors, BytesThatAreNotUtf8) {
  EXPECT_EQ(error_of("{\"a\": \"x\xff\"}"),
            "pushgate.json:1:9: this is not UTF-8 (save the file as UTF-8)\n");
}

TEST(SyntaxErrors, ColumnsCountCharactersOfCommentsToo) {
  EXPECT_EQ(error_of("{/* \u00e4\u20ac */ x}"),
            "pushgate.json:1:11: a key must stand in double quotes (write \"x\")\n");
}

TEST(SyntaxErrors, ANumberThatNothingCanHold) {
  EXPECT_EQ(error_of("{\"agentPort\": 1e999}"), "pushgate.json:1:15: \"1e999\" is out of range\n");
}

TEST(SyntaxErrors, NestingThatNoConfigurationNeeds) {
  const std::string text = std::string(100'000, '[');

  EXPECT_EQ(error_of(text), "pushgate.json:1:33: nested deeper than 32 levels\n");
}

TEST(SyntaxErrors, AKeyGivenTwice) {
  EXPECT_EQ(error_of("{\"agentPort\": 1,\n \"agentPort\": 2}"),
            "pushgate.json:2:2: /agentPort: this key is given twice (first in line 1)\n");
}

}  // namespace
}  // namespace pushgate::config::test
