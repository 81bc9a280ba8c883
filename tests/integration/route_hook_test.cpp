// route_hook_test.cpp - scripts that choose the node of a request, in a running agent.

#include <string>

#include <gtest/gtest.h>

#include "integration/policy_fixture.hpp"

namespace pushgate::test {
namespace {

using RouteHooks = Policy;

TEST_F(RouteHooks, AScriptMaySendAUserToANodeThatIsInNoTable) {
  ScriptedUpstream canary;
  AgentUnderTest agent{{.router = one_node(node.endpoint()), .settings = router_hook(R"(
    return { default = function(req, uid)
      if uid == "vip" then return { ip = "127.0.0.1", port = )" + canary.port() + R"( } end
    end })")}};

  EXPECT_EQ(forwarded_to(canary, agent, "/?uid=vip").field("X-Pushgate-Uid"), "vip");
  EXPECT_EQ(forwarded(agent, "/?uid=other").field("X-Pushgate-Uid"), "other");

  canary.stop_listening();
  const HttpMessage refused = refusal(agent, "/?uid=vip");
  EXPECT_EQ(refused.status(), 503) << "there and nowhere else";
}

TEST_F(RouteHooks, AScriptMayPinAUserToANodeOfTheTableAsLongAsItIsUp) {
  ScriptedUpstream b;
  AgentUnderTest agent{{.router = nodes({node.endpoint(), b.endpoint()}),
                        .settings = router_hook("return { default = function() return 'b' end }")}};
  const std::string uid = agent.uid_of("a");

  EXPECT_EQ(forwarded_to(b, agent, "/?uid=" + uid).field("X-Pushgate-Uid"), uid);

  b.stop_listening();
  EXPECT_EQ(forwarded(agent, "/?uid=" + uid).field("X-Pushgate-Uid"), uid);
}

TEST_F(RouteHooks, AScriptMayChooseThePoolOfAnotherProduct) {
  ScriptedUpstream beta;
  AgentUnderTest agent{{.router = R"({"default":{"backends":[{"address":")" + node.address() +
                                  R"("}]},"beta":{"backends":[{"address":")" + beta.address() +
                                  R"("}]}})",
                        .settings = router_hook(R"(
    return { default = function(req)
      if req.cookies.beta then return { pool = "beta" } end
      if req.path == "/nowhere" then return { pool = "none" } end
      if req.path == "/closed" then return { status = 410, body = "closed" } end
    end })")}};

  EXPECT_EQ(forwarded_to(beta, agent, "/?uid=u", "Cookie: beta=1\r\n").field("X-Pushgate-Product"),
            "default");
  EXPECT_EQ(forwarded(agent, "/?uid=u").field("X-Pushgate-Uid"), "u");
  EXPECT_EQ(refusal(agent, "/nowhere?uid=u").status(), 404);
  EXPECT_EQ(refusal(agent, "/closed?uid=u").body, "closed");
}

TEST_F(RouteHooks, AScriptMayListTheNodesOfAProduct) {
  AgentUnderTest agent{{.router = one_node(refusing_endpoint()), .settings = router_hook(R"(
    return { listed = { { ip = "127.0.0.1", ports = { )" + node.port() + R"( } } } })")}};

  EXPECT_EQ(forwarded(agent, "/?uid=u&product=listed").field("X-Pushgate-Product"), "listed");
}

}  // namespace
}  // namespace pushgate::test
