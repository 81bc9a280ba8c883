// Which requests a source, a rule or a product is for.

#include "agent/identity/condition.hpp"

#include <string>

#include <gtest/gtest.h>

#include "pushgate/config/load.hpp"

#include "agent/identity/evaluate_now.hpp"
#include "agent/identity/parsed_request.hpp"

namespace pushgate::agent {
namespace {

config::IdentityConfig identity_of(const std::string& text) {
  auto loaded = config::load_daemon_text("{\"identity\": " + text + "}", "pushgate.json");
  EXPECT_TRUE(loaded.ok()) << config::report(loaded.diagnostics);
  return loaded.ok() ? loaded.value->identity : config::IdentityConfig{};
}

/// Does `when` hold for a request from 192.0.2.7 to example.com?
bool holds(const std::string& when, const std::string& target, const std::string& fields = {},
           const std::string& host = "example.com") {
  const config::IdentityConfig config =
      identity_of(R"({"rules": [{"deny": {}, "when": )" + when + "}]}");
  const ParsedRequest request{target, fields, host};
  return Condition{config.rules.at(0).when.value()}.holds(request.view());
}

TEST(Condition, SearchesThePathAsItWasReceived) {
  EXPECT_TRUE(holds(R"({"path": "^/api/"})", "/api/x?y=/other"));
  EXPECT_FALSE(holds(R"({"path": "^/api/"})", "/other?x=/api/"));
  EXPECT_FALSE(holds(R"({"path": "^/api/"})", "/%61pi/x"));
  EXPECT_TRUE(holds(R"({"path": ["^/a$", "^/b$"]})", "/b"));
}

TEST(Condition, ComparesTheHostWithoutCaseAndPort) {
  EXPECT_TRUE(holds(R"({"host": "Example.COM"})", "/", "", "EXAMPLE.com:8080"));
  EXPECT_TRUE(holds(R"({"host": "*.example.com"})", "/", "", "a.b.example.com"));
  EXPECT_FALSE(holds(R"({"host": "*.example.com"})", "/"));
  EXPECT_FALSE(holds(R"({"host": "*.example.com"})", "/", "", "notexample.com"));
  EXPECT_TRUE(holds(R"({"host": ["[::1]", "x"]})", "/", "", "[::1]:80"));
}

TEST(Condition, ComparesTheMethod) {
  EXPECT_TRUE(holds(R"({"method": ["POST", "GET"]})", "/"));
  EXPECT_FALSE(holds(R"({"method": "get"})", "/"));
}

TEST(Condition, WantsEveryHeader) {
  const std::string when = R"({"header": {"user-agent": "^Bot/", "X-Any": ""}})";
  EXPECT_TRUE(holds(when, "/", "User-Agent: Bot/1\r\nx-any:\r\n"));
  EXPECT_FALSE(holds(when, "/", "User-Agent: Bot/1\r\n"));
  EXPECT_FALSE(holds(when, "/", "User-Agent: My Bot/1\r\nX-Any: 1\r\n"));
  EXPECT_TRUE(holds(R"({"header": {"x-a": "2"}})", "/", "X-A: 1\r\nX-A: 2\r\n"));
}

TEST(Condition, KnowsNetworks) {
  EXPECT_TRUE(holds(R"({"client": ["10.0.0.0/8", "192.0.2.0/24"]})", "/"));
  EXPECT_FALSE(holds(R"({"client": ["10.0.0.0/8"]})", "/"));
}

TEST(Condition, WantsEverythingThatIsGiven) {
  const std::string when = R"({"path": "^/a", "not": {"client": ["192.0.2.7"], "method": "GET"}})";
  EXPECT_FALSE(holds(when, "/a")) << "both parts of what must not hold do hold";
  EXPECT_TRUE(holds(R"({"path": "^/a", "not": {"client": ["192.0.2.8"]}})", "/a"));
  EXPECT_FALSE(holds(R"({"path": "^/b", "not": {"client": ["192.0.2.8"]}})", "/a"));
}

TEST(ConditionalSource, IsAskedForItsRequestsOnly) {
  const IdentityChain chain{
      identity_of(R"({"uid": [{"query": "u", "when": {"path": "^/a"}}, {"query": "v"}]})")};
  const ParsedRequest for_it{"/a?u=1"};
  const ParsedRequest not_for_it{"/b?u=1&v=2"};
  const ParsedRequest contradiction{"/a?u=1&v=2"};

  EXPECT_EQ(evaluate_now(chain, for_it.view()).identity, Identity::make("default", "1"));
  EXPECT_EQ(evaluate_now(chain, not_for_it.view()).identity, Identity::make("default", "2"));
  EXPECT_EQ(evaluate_now(chain, contradiction.view()).refusal.rule, "conflicting_uid");
}

TEST(ConditionalSource, ContradictsNobodyElsewhere) {
  const IdentityChain chain{
      identity_of(R"({"uid": [{"query": "v"}, {"query": "u", "when": {"path": "^/a"}}]})")};
  const ParsedRequest request{"/b?u=1&v=2"};

  EXPECT_EQ(evaluate_now(chain, request.view()).identity, Identity::make("default", "2"));
}

// ---- identity.rules

IdentityVerdict ruled(const std::string& rules, const std::string& target) {
  const IdentityChain chain{identity_of(R"({"rules": )" + rules + "}")};
  const ParsedRequest request{target};
  return evaluate_now(chain, request.view());
}

TEST(RequestRules, TheFirstThatAppliesDecidesBeforeAnySourceIsAsked) {
  const std::string rules = R"([{"deny": {"status": 401}, "when": {"path": "^/a"}},
                                {"deny": {"body": "no"}, "when": {"path": "^/"}}])";
  EXPECT_EQ(ruled(rules, "/a?uid=1").refusal.status, 401);
  const IdentityVerdict second = ruled(rules, "/b?uid=1");
  EXPECT_EQ(second.refusal.status, 403);
  EXPECT_EQ(second.refusal.rule, "denied");
  EXPECT_EQ(second.extras->body, "no");
  EXPECT_EQ(second.extras->content_type, "text/plain; charset=utf-8");
  EXPECT_FALSE(second.identity);
}

TEST(RequestRules, LetOthersGoOn) {
  EXPECT_EQ(ruled(R"([{"deny": {}, "when": {"path": "^/a"}}])", "/b?uid=1").identity,
            Identity::make("default", "1"));
}

TEST(RequestRules, ARedirectTakesPartsOfTheRequestAlong) {
  const IdentityVerdict verdict =
      ruled(R"([{"redirect": {"to": "https://{host}/new{uri}", "status": 308}}])", "/x?y=1&z");

  EXPECT_EQ(verdict.refusal.status, 308);
  EXPECT_EQ(verdict.refusal.rule, "redirected");
  EXPECT_EQ(verdict.extras->answer_fields, "Location: https://example.com/new/x?y=1&z\r\n");
}

TEST(RequestRules, ARedirectThatCannotBeFilledInDoesNotApply) {
  const std::string rules = R"([{"redirect": {"to": "/{query.next}"}}])";
  EXPECT_EQ(ruled(rules, "/?uid=1").identity, Identity::make("default", "1"));
  EXPECT_EQ(ruled(rules, "/?uid=1&next=a%0d%0aSet-Cookie:%20x").identity,
            Identity::make("default", "1"))
      << "a line end in a Location would begin another header";
  EXPECT_EQ(ruled(rules, "/?uid=1&next=b").refusal.rule, "redirected");
}

}  // namespace
}  // namespace pushgate::agent
