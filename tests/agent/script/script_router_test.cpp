// Functions of router.lua, and what they may decide.

#include "agent/script/script_fixture.hpp"

namespace pushgate::agent {
namespace {

class ScriptRouter : public ScriptTest {
 protected:
  /// What the function with this body decides for the user "alice" of "chat".
  std::string decide(const std::string& body) {
    router_ = router("return {chat = function(req, uid) " + body + " end}");
    const ParsedRequest request{"/?x=1"};
    const Identity identity = *Identity::make("chat", "alice");
    RouteDecision decision = router_->decide(thread_->on_this_thread(request.view()), identity);
    if (decision.kind == RouteDecision::Kind::later) {
      decision = thread_->finish(std::move(*decision.task));
    }
    return shown(decision);
  }
  static std::string shown(const RouteDecision& decision) {
    switch (decision.kind) {
      case RouteDecision::Kind::by_hash:
        return "by hash";
      case RouteDecision::Kind::node:
        return "node " + decision.pool + '/' + decision.name;
      case RouteDecision::Kind::pool:
        return "pool " + decision.pool;
      case RouteDecision::Kind::endpoint:
        return decision.endpoint.to_string();
      case RouteDecision::Kind::refused:
        return std::to_string(decision.refusal.status) + ' ' + std::string{decision.refusal.rule};
      default:
        return "?";
    }
  }
  std::unique_ptr<const RouteHook> router_;
};

TEST_F(ScriptRouter, DecidesForItsProducts) {
  const auto hook = router("return {chat = function() end, news = {}}");
  EXPECT_TRUE(hook->decides("chat"));
  EXPECT_FALSE(hook->decides("news"));
  EXPECT_FALSE(hook->decides("other"));
}

TEST_F(ScriptRouter, Decides) {
  EXPECT_EQ(decide("return nil"), "by hash");
  EXPECT_EQ(decide("return uid .. '-node'"), "node /alice-node");
  EXPECT_EQ(decide("return {ip = '10.0.0.1', port = 4000}"), "10.0.0.1:4000");
  EXPECT_EQ(decide("return {ip = '::1', port = 1}"), "[::1]:1");
  EXPECT_EQ(decide("return {pool = 'canary'}"), "pool canary");
  EXPECT_EQ(decide("return {pool = 'canary', node = 'n' .. req.query.x}"), "node canary/n1");
  EXPECT_EQ(decide("return {status = 503, body = 'later'}"), "503 hook_denied");
  EXPECT_EQ(decide("pushgate.sleep(0) return {pool = 'waited'}"), "pool waited");
  EXPECT_EQ(errors(), 0U);
}

TEST_F(ScriptRouter, TakesNothingElse) {
  for (const char* const body :
       {"return 5", "return true", "return ''", "return {}", "return {ip = 'localhost', port = 1}",
        "return {ip = '10.0.0.1'}", "return {ip = '10.0.0.1', port = 0}",
        "return {ip = '10.0.0.1', port = 65536}", "return {ip = '10.0.0.1', port = 1.5}",
        "return {pool = 'a', status = 503}", "return {status = 200}", "return {1, 2}", "error('x')",
        "pushgate.sleep(0) error('x')", "while true do end"}) {
    EXPECT_EQ(decide(body), "500 hook_failed") << body;
  }
  EXPECT_EQ(errors(), 15U);
}

TEST_F(ScriptRouter, MayFallBackToTheHash) {
  config_.on_error = config::OnSourceError::next;
  EXPECT_EQ(decide("error('x')"), "by hash");
}

TEST_F(ScriptRouter, EndsAtTheDeadline) {
  config_.deadline = std::chrono::milliseconds{20};
  EXPECT_EQ(decide("pushgate.sleep(100)"), "504 hook_timeout");
}

}  // namespace
}  // namespace pushgate::agent
