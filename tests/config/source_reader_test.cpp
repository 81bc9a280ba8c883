// source_reader_test.cpp - sources that ask others, conditions, rules and scripts: what is read,
// and what a mistake is answered with.

#include <gmock/gmock.h>

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kRedis = R"("redisAdapter": {},)";

Loaded<DaemonConfig> with_source(const std::string& source) {
  return daemon("{" + std::string{kRedis} + R"("identity": {"uid": [)" + source + "]}}");
}

IdentitySourceConfig read(const std::string& source) {
  const Loaded<DaemonConfig> loaded = with_source(source);
  EXPECT_TRUE(loaded.ok()) << errors(loaded);
  return loaded.ok() ? loaded.value->identity.uid.at(0) : IdentitySourceConfig{};
}

std::string error_of(const std::string& source) { return errors(with_source(source)); }

TEST(SourceReader, ATokenSourceHasItsKeys) {
  const auto source = std::get<TokenSourceConfig>(
      read(R"({"jwt": {"from": {"cookie": "t"}, "claim": "user.id", "keys": [
                 {"secret": "s", "alg": "HS512", "kid": "k"}, {"secretFile": "f", "alg": "HS256"},
                 {"pem": "/etc/k.pem", "alg": "EdDSA"}, {"jwks": "keys.json"},
                 {"jwks": "https://x/keys", "alg": "RS256", "refresh": "1h"}],
               "issuers": ["i"], "audiences": ["a", "b"], "leeway": 0, "requireExpiry": false,
               "cacheEntries": 0}})")
          .detail);

  using Kind = TokenKeyConfig::Kind;
  EXPECT_EQ(source.from, TokenSourceConfig::From::cookie);
  EXPECT_EQ(source.name, "t");
  EXPECT_EQ(source.claim, "user.id");
  ASSERT_EQ(source.keys.size(), 5u);
  EXPECT_EQ(source.keys[0].kind, Kind::secret);
  EXPECT_EQ(source.keys[0].key_id, "k");
  EXPECT_EQ(source.keys[1].kind, Kind::secret_file);
  EXPECT_TRUE(source.keys[1].text.starts_with('/')) << source.keys[1].text;
  EXPECT_EQ(source.keys[2].text, "/etc/k.pem");
  EXPECT_EQ(source.keys[3].kind, Kind::jwks_file);
  EXPECT_EQ(source.keys[4].kind, Kind::jwks_url);
  EXPECT_EQ(source.keys[4].refresh, std::chrono::hours{1});
  EXPECT_THAT(source.audiences, ElementsAre("a", "b"));
  EXPECT_EQ(source.leeway, milliseconds{0});
  EXPECT_EQ(source.cache_entries, 0u);
}

TEST(SourceReader, AKeyThatWouldBeADangerIsRefused) {
  const auto key = [](const std::string& text) {
    return error_of(R"({"jwt": {"keys": [)" + text + "]}}");
  };

  EXPECT_THAT(key(R"({"secret": "s"})"), HasSubstr("the algorithm of the key is missing"));
  EXPECT_THAT(key(R"({"secret": "s", "alg": "RS256"})"), HasSubstr("a secret is for HS256"));
  EXPECT_THAT(key(R"({"pem": "k", "alg": "HS256"})"), HasSubstr("whoever has the public key"));
  EXPECT_THAT(key(R"({"secret": "s", "alg": "none"})"),
              HasSubstr("/identity/uid/0/jwt/keys/0/alg"));
  EXPECT_THAT(key(R"({"secret": "s", "pem": "k", "alg": "HS256"})"), HasSubstr("in one way"));
  EXPECT_THAT(key(R"({"jwks": "f", "refresh": "1m"})"), HasSubstr("only a set with a URL"));
  EXPECT_THAT(key(R"({"jwks": "f", "kid": "x"})"), HasSubstr("ids of their own"));
  EXPECT_THAT(error_of(R"({"jwt": {}})"), HasSubstr("no key: every token would be refused"));
  EXPECT_THAT(error_of(R"({"jwt": {"keys": [], "from": {"cookie": "a", "query": "b"}}})"),
              HasSubstr("a token is in one place"));
}

TEST(SourceReader, ASecretIsNeverQuoted) {
  const std::string text =
      error_of(R"({"jwt": {"keys": [{"secret": ["hunter2"], "alg": "HS256"}]}})");
  EXPECT_THAT(text, HasSubstr("/identity/uid/0/jwt/keys/0/secret"));
  EXPECT_THAT(text, testing::Not(HasSubstr("hunter2")));
}

TEST(SourceReader, AServiceHasItsPlaces) {
  const auto source = std::get<HttpSourceConfig>(
      read(R"({"http": {"url": "http://auth:9000/check", "uid": {"json": "user.id"},
               "product": {"header": "x-app"}, "pass": ["X-Plan"], "cache": "30s",
               "onError": "next"}})")
          .detail);

  EXPECT_EQ(source.url, "http://auth:9000/check");
  EXPECT_EQ(source.uid.kind, AnswerPlace::Kind::json);
  EXPECT_EQ(source.uid.name, "user.id");
  EXPECT_EQ(source.product.kind, AnswerPlace::Kind::header);
  EXPECT_THAT(source.forward, ElementsAre("cookie", "authorization"));
  EXPECT_EQ(source.cache, std::chrono::seconds{30});
  EXPECT_EQ(source.on_error, OnSourceError::next);
}

TEST(SourceReader, AServiceThatCannotBeAskedSaysWhy) {
  const auto http = [](const std::string& further) {
    return error_of(R"({"http": {"url": "http://x/")" + further + "}}");
  };

  EXPECT_THAT(error_of(R"({"http": {}})"), HasSubstr("nobody is named who could be asked"));
  EXPECT_THAT(error_of(R"({"http": {"url": "auth:9000"}})"), HasSubstr("cannot be called"));
  EXPECT_THAT(http(R"(,"uid": {})"), HasSubstr("in a header or in the JSON body"));
  EXPECT_THAT(http(R"(,"pass": ["Content-Length"])"), HasSubstr("/http/pass/0"));
  EXPECT_THAT(http(R"(,"pass": ["x_pushgate_uid"])"), HasSubstr("uidHeader or productHeader"));
  EXPECT_THAT(http(R"(,"forward": ["a b"])"), HasSubstr("\"a b\" is not a name"));
  EXPECT_THAT(http(R"(,"timeout": "0s")"), HasSubstr("/http/timeout"));
}

TEST(SourceReader, ALookUpNeedsAKeyAndARedis) {
  EXPECT_EQ(
      std::get<RedisSourceConfig>(
          read(R"({"redis": {"command": "HGET", "key": "s:{cookie.sid}", "field": "uid"}})").detail)
          .key,
      "s:{cookie.sid}");
  EXPECT_THAT(error_of(R"({"redis": {}})"), HasSubstr("the key is missing"));
  EXPECT_THAT(error_of(R"({"redis": {"key": "a{cookie.sid"}})"), HasSubstr("cannot be filled in"));
  EXPECT_THAT(error_of(R"({"redis": {"key": "a", "command": "HGET"}})"),
              HasSubstr("needs a field"));
  EXPECT_THAT(error_of(R"({"redis": {"key": "a", "field": "b"}})"), HasSubstr("GET has no field"));
  EXPECT_THAT(error_of(R"({"redis": {"key": "a", "command": "DEL"}})"),
              HasSubstr("unknown command \"DEL\""));
  EXPECT_THAT(errors(daemon(R"({"identity": {"uid": [{"redis": {"key": "a"}}]}})")),
              HasSubstr("there is no Redis that could be asked"));
  EXPECT_TRUE(daemon(R"({"identity": {"uid": [{"redis": {"key": "a"}}], "redis": {}}})").ok());
}

TEST(SourceReader, ScriptsAndObjectsAreFoundBesideTheFile) {
  EXPECT_TRUE(read(R"({"lua": "hooks/a.lua"})").text.ends_with("/hooks/a.lua"));
  EXPECT_THAT(error_of(R"({"lua": ""})"), HasSubstr("the name of the script is empty"));
  EXPECT_THAT(error_of(R"({"native": {}})"), HasSubstr("the file is missing"));
  const Loaded<DaemonConfig> hooks =
      daemon(R"({"hooks": {"agent": "a.lua", "deadline": "2s", "onError": "failOpen"}})");
  ASSERT_TRUE(hooks.ok()) << errors(hooks);
  EXPECT_TRUE(hooks.value->hooks.agent.ends_with("/a.lua"));
  EXPECT_EQ(hooks.value->hooks.deadline, std::chrono::seconds{2});
  EXPECT_EQ(hooks.value->hooks.on_error, OnSourceError::next);
  EXPECT_THAT(errors(daemon(R"({"hooks": {"onError": "next"}})")), HasSubstr("failClosed"));
  EXPECT_THAT(errors(daemon(R"({"hooks": {"memory": "1KiB"}})")), HasSubstr("/hooks/memory"));
}

TEST(SourceReader, AConditionIsReadWhole) {
  const std::optional<ConditionConfig> when =
      read(
          R"json({"cookie": "u", "when": {"path": "^/(?<x>a)", "host": ["A.example", "*.B.example"],
               "method": "GET", "header": {"x-a": "", "x-b": "c"}, "client": ["10.0.0.0/8"],
               "not": {
    "path" : [ "^/no", "^/never" ]}
}
})json")
          .when;

  ASSERT_TRUE(when);
  EXPECT_THAT(when->path, ElementsAre("^/(?P<x>a)"));
  EXPECT_THAT(when->host, ElementsAre("a.example", "*.b.example"));
  EXPECT_THAT(when->method, ElementsAre("GET"));
  EXPECT_THAT(when->header, ElementsAre(FieldPattern{"x-a", ""}, FieldPattern{"x-b", "c"}));
  EXPECT_THAT(when->client_text, ElementsAre("10.0.0.0/8"));
  ASSERT_EQ(when->unless.size(), 1u);
  EXPECT_EQ(when->unless[0].path.size(), 2u);
}

TEST(SourceReader, AConditionThatCannotBeUsedSaysWhy) {
  const auto when = [](const std::string& text) {
    return error_of(R"({"cookie": "u", "when": )" + text + "}");
  };

  EXPECT_THAT(when("{}"), HasSubstr("an empty condition"));
  EXPECT_THAT(when(R"({"path": "("})"), HasSubstr("missing )"));
  EXPECT_THAT(when(R"({"path": []})"), HasSubstr("an empty list"));
  EXPECT_THAT(when(R"({"host": "a:80"})"), HasSubstr("is no host"));
  EXPECT_THAT(when(R"({"host": "a*.b"})"), HasSubstr("is no host"));
  EXPECT_THAT(when(R"({"header": "x"})"), HasSubstr("expected an object"));
  EXPECT_THAT(when(R"({"header": {"a b": ""}})"), HasSubstr("is not a name"));
  EXPECT_THAT(when(R"({"client": ["x"]})"), HasSubstr("/when/client/0"));
  EXPECT_THAT(when(R"({"not": {"not": {"path": "a"}}})"), HasSubstr("/when/not/not"));
}

TEST(SourceReader, ARuleDeniesOrRedirects) {
  const auto rule = [](const std::string& text) {
    return errors(daemon(R"({"identity": {"rules": [)" + text + "]}}"));
  };

  EXPECT_EQ(rule(R"({"deny": {}}, {"redirect": {"to": "/x{uri}", "status": 308}})"), "");
  EXPECT_THAT(rule("{}"), HasSubstr("either denies or redirects"));
  EXPECT_THAT(rule(R"({"deny": {}, "redirect": {"to": "/"}})"), HasSubstr("either denies"));
  EXPECT_THAT(rule(R"({"deny": {"status": 200}})"), HasSubstr("/deny/status"));
  EXPECT_THAT(rule(R"({"redirect": {}})"), HasSubstr("it is not said where to"));
  EXPECT_THAT(rule(R"({"redirect": {"to": "/", "status": 304}})"), HasSubstr("301, 302, 303"));
  EXPECT_THAT(rule(R"({"redirect": {"to": "{nothing}"}})"), HasSubstr("cannot be filled in"));
}

}  // namespace
}  // namespace pushgate::config::test
