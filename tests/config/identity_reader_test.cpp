// identity_reader_test.cpp - the key "identity": the places where a uid and a product are looked
// for.

#include <gmock/gmock.h>

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view text) { return errors(daemon(text)); }

/// The configuration, which must be valid.
DaemonConfig read(std::string_view text) {
  Loaded<DaemonConfig> loaded = daemon(text);
  EXPECT_TRUE(loaded.ok()) << errors(loaded);
  return loaded.value.value_or(DaemonConfig{});
}

TEST(IdentityReader, EverySourceOfAUidIsRead) {
  const DaemonConfig config = read(R"({"identity": {"uid": [
    {"cookie": "u"}, {"query": "q"}, {"header": "x-user-id"}, {"path": "^/u/(?<v>[^/]+)/"},
    {"clientIp": true}, {"constant": "c"}]}})");

  using Kind = IdentitySourceConfig::Kind;
  const auto& uid = config.identity.uid;
  ASSERT_EQ(uid.size(), 6u);
  EXPECT_EQ(uid[0].kind, Kind::cookie);
  EXPECT_EQ(uid[1].text, "q");
  EXPECT_EQ(uid[2].kind, Kind::header);
  EXPECT_EQ(uid[3].text, "^/u/(?P<v>[^/]+)/");
  EXPECT_EQ(uid[4].kind, Kind::client_ip);
  EXPECT_EQ(uid[5].text, "c");
}

TEST(IdentityReader, ASourceThatCannotBeUsedSaysWhy) {
  const auto source = [](const std::string& text) {
    return error_of("{\"identity\": {\"product\": [" + text + "]}}");
  };

  EXPECT_THAT(source("{}"), HasSubstr("/identity/product/0: this source names no place to look"));
  EXPECT_THAT(source(R"({"cookie": "a", "query": "b"})"), HasSubstr("looks in one place only"));
  EXPECT_THAT(source(R"({"cokie": "a"})"), HasSubstr("did you mean \"cookie\"?"));
  EXPECT_THAT(source(R"({"cookie": "a b"})"), HasSubstr("\"a b\" is not a name"));
  EXPECT_THAT(source(R"({"header": ""})"), HasSubstr("\"\" is not a name"));
  EXPECT_THAT(source(R"({"query": ""})"), HasSubstr("the name of the query parameter is empty"));
  EXPECT_THAT(source(R"({"clientIp": false})"), HasSubstr("clientIp can only be true"));
  EXPECT_THAT(source(R"({"constant": "a b"})"), HasSubstr("\"a b\" is no product name"));
}

TEST(IdentityReader, APatternThatCannotBeUsedSaysWhy) {
  const auto pattern = [](const std::string& text) {
    return error_of("{\"identity\": {\"uid\": [{\"path\": \"" + text + "\"}]}}");
  };

  EXPECT_THAT(pattern("^/u/([^/]+)"), HasSubstr("it has no group named \"v\""));
  EXPECT_THAT(pattern("^/u/(?<v>a"), HasSubstr("missing )"));
  EXPECT_THAT(pattern("(?<v>a)(?=b)"), HasSubstr("invalid perl operator"));
  EXPECT_THAT(pattern("(?<v>a)(?<v>b)"), HasSubstr("more than one group named"));
  EXPECT_THAT(pattern("((?<v>a{1000}){1000})"), HasSubstr("invalid repetition size"));
}

TEST(IdentityReader, NoSourceOfAUidNeedsTheClientsAddress) {
  EXPECT_THAT(error_of(R"({"identity": {"uid": []}})"),
              HasSubstr("every request would be refused"));
  EXPECT_TRUE(read(R"({"identity": {"uid": [], "missingUid": "clientIp"}})").identity.uid.empty());
  for (const char* const hook : {"agent", "onupgrade"}) {
    const std::string hooks = std::string{R"("hooks": {")"} + hook + R"(": "x.lua"})";
    EXPECT_TRUE(read(R"({"identity": {"uid": []}, )" + hooks + "}").identity.uid.empty()) << hook;
  }
  EXPECT_THAT(error_of(R"({"identity": {"uid": []}, "hooks": {"router": "x.lua"}})"),
              HasSubstr("every request would be refused"));
}

TEST(IdentityReader, OwnHeadersMayNotHaveAMeaningAlready) {
  for (const std::string name : {"Content-Length", "connection", "X-Forwarded-For", "host",
                                 "Cookie", "Sec-WebSocket-Key", "X-Request-Id"}) {
    EXPECT_THAT(error_of("{\"identity\": {\"uidHeader\": \"" + name + "\"}}"),
                HasSubstr("is a header with a meaning of its own"))
        << name;
  }
  EXPECT_THAT(error_of(R"({"identity": {"uidHeader": "X User"}})"),
              HasSubstr("is not a header name"));
}

TEST(IdentityReader, TheTwoOwnHeadersMustDiffer) {
  EXPECT_THAT(error_of(R"({"identity": {"uidHeader": "x_pushgate_product"}})"),
              HasSubstr("uidHeader and productHeader are the same header"));
}

TEST(IdentityReader, TheRestOfIdentityIsRead) {
  const IdentityConfig config = read(R"({"identity": {"missingUid": "clientIp",
    "missingUidStatus": 401, "missingUidBody": "who?", "unknownProduct": "reject",
    "uidHeader": "X-U", "productHeader": "X-P", "appendUidToQuery": true, "agentInfoCookie": true}})")
                                    .identity;

  EXPECT_EQ(config.missing_uid, IdentityConfig::MissingUid::client_ip);
  EXPECT_EQ(config.missing_uid_status, 401u);
  EXPECT_EQ(config.missing_uid_body, "who?");
  EXPECT_EQ(config.unknown_product, IdentityConfig::UnknownProduct::reject);
  EXPECT_EQ(config.uid_header, "X-U");
  EXPECT_EQ(config.product_header, "X-P");
  EXPECT_TRUE(config.append_uid_to_query);
  EXPECT_TRUE(config.agent_info_cookie);
}

}  // namespace
}  // namespace pushgate::config::test
