// header_hygiene_test.cpp - what a node is told, and what of a client's and a node's headers ends
// here.

#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

class Headers : public testing::Test {
 protected:
  /// What the node receives of a request with these header lines.
  HttpMessage seen_by_node(AgentUnderTest& by, const std::string& fields,
                           const std::string& target = "/?uid=u") {
    client = by.connect();
    client.send(get(target, fields));
    node = upstream.accept();
    return read_request(node);
  }

  AgentUnderTest agent_with(std::string settings) {
    return AgentUnderTest{
        {.router = one_node(upstream.endpoint()), .settings = std::move(settings)}};
  }

  ScriptedUpstream upstream;
  RawStream client;
  RawStream node;
};

TEST_F(Headers, TheNodeLearnsWhoTheUserIs) {
  AgentUnderTest agent = agent_with("");
  const HttpMessage request = seen_by_node(agent, "", "/?uid=%C3%BCser&product=shop");

  EXPECT_EQ(request.field("X-Pushgate-Uid"), "\xc3\xbcser");
  EXPECT_EQ(request.field("X-Pushgate-Product"), "shop");
}

TEST_F(Headers, IdentityFieldsOfTheClientAreReplaced) {
  AgentUnderTest agent = agent_with("");
  const HttpMessage request = seen_by_node(
      agent, "X-Pushgate-Uid: admin\r\nx-pushgate-uid: admin\r\nX-PUSHGATE-PRODUCT: secret\r\n");

  EXPECT_EQ(request.count("X-Pushgate-Uid"), 1u);
  EXPECT_EQ(request.field("X-Pushgate-Uid"), "u");
  EXPECT_EQ(request.count("X-Pushgate-Product"), 1u);
  EXPECT_EQ(request.field("X-Pushgate-Product"), "default");
}

TEST_F(Headers, AliasesOfIdentityFieldsAreRemoved) {
  AgentUnderTest agent = agent_with("");
  const HttpMessage request = seen_by_node(
      agent, "x_pushgate_uid: admin\r\nX-Pushgate_Uid: admin\r\nX_PUSHGATE_PRODUCT: p\r\n");

  EXPECT_FALSE(request.has("x_pushgate_uid"));
  EXPECT_FALSE(request.has("X-Pushgate_Uid"));
  EXPECT_FALSE(request.has("X_PUSHGATE_PRODUCT"));
}

TEST_F(Headers, IdentityFieldsMayHaveOtherNames) {
  AgentUnderTest agent = agent_with(R"("identity":{"uidHeader":"X-User","productHeader":"X-App"})");
  const HttpMessage request = seen_by_node(agent, "X-User: admin\r\nx_app: admin\r\n");

  EXPECT_EQ(request.count("X-User"), 1u);
  EXPECT_EQ(request.field("X-User"), "u");
  EXPECT_EQ(request.field("X-App"), "default");
  EXPECT_FALSE(request.has("x_app"));
}

TEST_F(Headers, AliasesOfFramingAndForwardingFieldsAreRemoved) {
  AgentUnderTest agent = agent_with("");
  const HttpMessage request = seen_by_node(
      agent, "Transfer_Encoding: chunked\r\nContent_Length: 9\r\nX_Forwarded_For: 1.2.3.4\r\n");

  EXPECT_FALSE(request.has("Transfer_Encoding"));
  EXPECT_FALSE(request.has("Content_Length"));
  EXPECT_FALSE(request.has("X_Forwarded_For"));
}

TEST_F(Headers, HopByHopFieldsEndHere) {
  AgentUnderTest agent = agent_with("");
  const HttpMessage request = seen_by_node(
      agent,
      "Connection: keep-alive, X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\n"
      "Proxy-Connection: keep-alive\r\nTE: trailers\r\nProxy-Authorization: Basic eA==\r\n");

  for (const char* name : {"Connection", "X-Private", "Keep-Alive", "Proxy-Connection", "TE"}) {
    EXPECT_FALSE(request.has(name)) << name;
  }
}

TEST_F(Headers, FieldsThatTheAgentSetsCannotBeNominatedAway) {
  AgentUnderTest agent = agent_with("");
  const HttpMessage request = seen_by_node(
      agent, "Connection: X-Pushgate-Uid, X-Forwarded-For, X-Request-Id, Host, close\r\n");

  EXPECT_EQ(request.field("X-Pushgate-Uid"), "u");
  EXPECT_EQ(request.field("X-Forwarded-For"), "127.0.0.1");
  EXPECT_TRUE(request.has("X-Request-Id"));
  EXPECT_EQ(request.field("Host"), "app.test");
}

TEST_F(Headers, OtherFieldsPassUnchangedAndInOrder) {
  AgentUnderTest agent = agent_with("");
  const std::string own =
      "Cookie: a=1; b=\"2\"\r\nX-One:   padded  \r\naccept: */*\r\nX-One: again\r\nX-Empty:\r\n";
  const HttpMessage request = seen_by_node(agent, own);

  EXPECT_NE(request.head.find(own), std::string::npos) << request.head;
}

TEST_F(Headers, EveryRequestHasAnIdOfItsOwn) {
  AgentUnderTest agent = agent_with("");
  const std::string first = seen_by_node(agent, "").field("X-Request-Id");
  const std::string second = seen_by_node(agent, "").field("X-Request-Id");

  EXPECT_EQ(first.size(), 16u);
  EXPECT_NE(first, second);
}

TEST_F(Headers, AnIdFromAnybodyIsReplaced) {
  AgentUnderTest agent = agent_with("");
  const HttpMessage request = seen_by_node(agent, "X-Request-Id: mine\r\n");

  EXPECT_EQ(request.count("X-Request-Id"), 1u);
  EXPECT_NE(request.field("X-Request-Id"), "mine");
}

TEST_F(Headers, AnIdFromATrustedProxyIsKept) {
  AgentUnderTest agent = agent_with(R"("trustedProxies":["127.0.0.0/8"])");
  const HttpMessage request = seen_by_node(agent, "X-Request-Id: edge-7\r\n");

  EXPECT_EQ(request.count("X-Request-Id"), 1u);
  EXPECT_EQ(request.field("X-Request-Id"), "edge-7");
}

TEST_F(Headers, ForwardedFieldsOfAnybodyAreReplaced) {
  AgentUnderTest agent = agent_with("");
  const HttpMessage request =
      seen_by_node(agent,
                   "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n"
                   "X-Forwarded-Host: evil.test\r\nForwarded: for=1.2.3.4\r\n");

  EXPECT_EQ(request.field("X-Forwarded-For"), "127.0.0.1");
  EXPECT_EQ(request.field("X-Forwarded-Proto"), "http");
  EXPECT_EQ(request.field("X-Forwarded-Host"), "app.test");
  EXPECT_FALSE(request.has("Forwarded"));
}

TEST_F(Headers, ForwardedFieldsOfATrustedProxyAreContinued) {
  AgentUnderTest agent = agent_with(R"("trustedProxies":["127.0.0.0/8"])");
  const HttpMessage request =
      seen_by_node(agent,
                   "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"
                   "X-Forwarded-Host: shop.test\r\n");

  EXPECT_EQ(request.field("X-Forwarded-For"), "203.0.113.9, 127.0.0.1");
  EXPECT_EQ(request.field("X-Forwarded-Proto"), "https");
  EXPECT_EQ(request.field("X-Forwarded-Host"), "shop.test");
}

TEST_F(Headers, ForwardedIsWrittenWhenAskedFor) {
  AgentUnderTest agent = agent_with(R"("http":{"forwarded":true})");
  const HttpMessage request = seen_by_node(agent, "Forwarded: for=1.2.3.4\r\n");

  EXPECT_EQ(request.count("Forwarded"), 1u);
  EXPECT_EQ(request.field("Forwarded"), "for=127.0.0.1;host=app.test;proto=http");
}

TEST_F(Headers, AClientSeenThroughATrustedProxyIsTheUserWhenRulesSaySo) {
  AgentUnderTest agent =
      agent_with(R"("trustedProxies":["127.0.0.0/8"],"identity":{"uid":[{"clientIp":true}]})");
  const HttpMessage request = seen_by_node(agent, "X-Forwarded-For: 9.9.9.9, 203.0.113.9\r\n", "/");

  EXPECT_EQ(request.field("X-Pushgate-Uid"), "203.0.113.9");
}

TEST_F(Headers, TheUidIsAppendedToTheQueryForOldBackEnds) {
  AgentUnderTest agent = agent_with(R"("identity":{"appendUidToQuery":true})");
  const HttpMessage request = seen_by_node(agent, "Cookie: uid=a%26b\r\n", "/path?x=1");

  EXPECT_EQ(request.start_line, "GET /path?x=1&uid=a%26b HTTP/1.1");
}

TEST_F(Headers, TheAgentInfoCookieNamesTheNodesPort) {
  AgentUnderTest agent = agent_with(R"("identity":{"agentInfoCookie":true})");
  seen_by_node(agent, "");
  node.send(ok("x", "Set-Cookie: own=1\r\n"));
  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.count("Set-Cookie"), 2u);
  EXPECT_NE(response.head.find("agent-info=" + upstream.port() + ";"), std::string::npos);
}

TEST_F(Headers, AnAbsoluteTargetIsForwardedInOriginForm) {
  AgentUnderTest agent = agent_with("");
  const HttpMessage request = seen_by_node(agent, "", "http://app.test/x?uid=u");

  EXPECT_EQ(request.start_line, "GET /x?uid=u HTTP/1.1");
  EXPECT_EQ(request.field("Host"), "app.test");
}

TEST_F(Headers, HopByHopFieldsOfAResponseEndHere) {
  AgentUnderTest agent = agent_with("");
  seen_by_node(agent, "");
  node.send(ok("x",
               "Connection: X-Node, keep-alive\r\nX-Node: 1\r\nKeep-Alive: timeout=5\r\n"
               "X-Stays: yes\r\n"));
  const HttpMessage response = read_response(client);

  EXPECT_FALSE(response.has("Connection"));
  EXPECT_FALSE(response.has("X-Node"));
  EXPECT_FALSE(response.has("Keep-Alive"));
  EXPECT_EQ(response.field("X-Stays"), "yes");
}

}  // namespace
}  // namespace pushgate::test
