// text_template_test.cpp - what a template may say, and what its faults are called.

#include "pushgate/config/text_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pushgate::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = TemplatePart::Kind;

std::vector<TemplatePart> parts_of(std::string_view text) {
  const ParsedTemplate parsed = parse_template(text);
  EXPECT_EQ(parsed.fault, "") << text;
  return parsed.parts;
}
std::string fault_of(std::string_view text) { return parse_template(text).fault; }

TEST(TextTemplate, LiteralsAndPlacesOfEveryKind) {
  EXPECT_THAT(parts_of(""), IsEmpty());
  EXPECT_THAT(parts_of("plain"), ElementsAre(TemplatePart{Kind::literal, "plain"}));
  EXPECT_THAT(parts_of("session:{cookie.sid}!"),
              ElementsAre(TemplatePart{Kind::literal, "session:"},
                          TemplatePart{Kind::cookie, "sid"}, TemplatePart{Kind::literal, "!"}));
  EXPECT_THAT(parts_of("{query.a[b].c}{header.X-User-Id}{client}{host}{method}{path}{uri}"),
              ElementsAre(TemplatePart{Kind::query, "a[b].c"},
                          TemplatePart{Kind::header, "X-User-Id"}, TemplatePart{Kind::client, ""},
                          TemplatePart{Kind::host, ""}, TemplatePart{Kind::method, ""},
                          TemplatePart{Kind::path, ""}, TemplatePart{Kind::uri, ""}));
}

TEST(TextTemplate, TwoBracesStandForOne) {
  EXPECT_THAT(parts_of("{{tag}}:{client}}}"),
              ElementsAre(TemplatePart{Kind::literal, "{tag}:"}, TemplatePart{Kind::client, ""},
                          TemplatePart{Kind::literal, "}"}));
}

TEST(TextTemplate, FaultsAreNamed) {
  EXPECT_THAT(fault_of("a{"), HasSubstr("not closed"));
  EXPECT_THAT(fault_of("{cookie.sid"), HasSubstr("not closed"));
  EXPECT_THAT(fault_of("{cookie.{sid}}"), HasSubstr("not closed"));
  EXPECT_THAT(fault_of("a}"), HasSubstr("without a \"{\""));
  EXPECT_THAT(fault_of("{}"), HasSubstr("is none of"));
  EXPECT_THAT(fault_of("{cookies.sid}"), HasSubstr("{cookie.NAME}"));
  EXPECT_THAT(fault_of("{Client}"), HasSubstr("is none of"));
  EXPECT_THAT(fault_of("{client.x}"), HasSubstr("is none of"));
  EXPECT_THAT(fault_of("{cookie.}"), HasSubstr("names nothing"));
  EXPECT_THAT(fault_of("{cookie.a b}"), HasSubstr("cannot have"));
  EXPECT_THAT(fault_of("{header.a:b}"), HasSubstr("cannot have"));
  EXPECT_THAT(fault_of("{query.a\n}"), HasSubstr("cannot have"));
}

TEST(TextTemplate, ItsSizeIsBounded) {
  const std::string longest(256, 'n');
  EXPECT_EQ(fault_of("{cookie." + longest + "}"), "");
  EXPECT_THAT(fault_of("{cookie." + longest + "n}"), HasSubstr("256"));
  std::string many;
  for (int i = 0; i < 32; ++i) many += "{client}";
  EXPECT_EQ(fault_of(many), "");
  EXPECT_THAT(fault_of(many + "x"), HasSubstr("32 parts"));
  EXPECT_THAT(fault_of(many + "{host}"), HasSubstr("32 parts"));
}

}  // namespace
}  // namespace pushgate::config
