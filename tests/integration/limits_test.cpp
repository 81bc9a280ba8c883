// limits_test.cpp - how much of everything the agent takes, and what it says beyond that.

#include <string>

#include <gtest/gtest.h>

#include "support/websocket_peers.hpp"

namespace pushgate::test {
namespace {

TEST(HeadLimits, ASizeMayBeSet) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{
      {.router = one_node(upstream.endpoint()), .settings = R"("limits":{"headBytes":"1KiB"})"}};
  RawStream client = agent.connect();

  EXPECT_EQ(ask(client, get("/?uid=u", "X: " + std::string(1024, 'x') + "\r\n")).status(), 431);
}

TEST(HeadLimits, ACountOfFieldsMayBeSet) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{
      {.router = one_node(upstream.endpoint()), .settings = R"("limits":{"headFields":3})"}};
  RawStream client = agent.connect();
  client.send(get("/?uid=u", "A: 1\r\nB: 2\r\n"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("three are fine"));
  EXPECT_EQ(read_response(client).status(), 200);

  EXPECT_EQ(ask(client, get("/?uid=u", "A: 1\r\nB: 2\r\nC: 3\r\n")).status(), 431);
}

TEST(ConnectionLimit, OneMoreIsToldSoAndClosed) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{
      {.router = one_node(upstream.endpoint()), .settings = R"("limits":{"maxConnections":2})"}};
  RawStream first = agent.connect();
  RawStream second = agent.connect();
  ASSERT_TRUE(agent.metric_reaches("connections", 2));

  RawStream third = agent.connect();
  const HttpMessage answer = read_response(third);

  EXPECT_EQ(answer.status(), 503);
  EXPECT_NE(answer.body.find(R"("rule":"too_many_connections")"), std::string::npos);
  EXPECT_EQ(third.read_to_end(), "") << "Content-Length must be right";
  EXPECT_EQ(agent.metric("connections_refused_total"), 1u);
}

TEST(ConnectionLimit, APlaceThatBecomesFreeIsGivenToTheNext) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{
      {.router = one_node(upstream.endpoint()), .settings = R"("limits":{"maxConnections":1})"}};
  RawStream first = agent.connect();
  ASSERT_TRUE(agent.metric_reaches("connections", 1));
  first.close();
  ASSERT_TRUE(agent.metric_reaches("connections", 0));

  RawStream second = agent.connect();

  EXPECT_EQ(ask(second, get("/")).status(), 430);
}

TEST(ConnectionLimit, ThatTheDescriptorLimitCannotHoldIsRefusedAtStart) {
  ScriptedUpstream upstream;
  try {
    AgentUnderTest agent{{.router = one_node(upstream.endpoint()),
                          .settings = R"("limits":{"maxConnections":100000000})"}};
    FAIL() << "it started";
  } catch (const std::runtime_error& problem) {
    EXPECT_NE(std::string{problem.what()}.find("limits.maxConnections is 100000000"),
              std::string::npos);
  }
}

class PerAddress : public testing::Test {
 protected:
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()),
                        .settings = R"("limits":{"maxConnectionsPerIp":1})"}};
};

TEST_F(PerAddress, ASecondConnectionIsRefusedWith429) {
  RawStream first = agent.connect();
  ASSERT_EQ(ask(first, get("/")).status(), 430);

  RawStream second = agent.connect();
  const HttpMessage answer = read_response(second);

  EXPECT_EQ(answer.status(), 429);
  EXPECT_TRUE(answer.has("Retry-After"));
  EXPECT_NE(answer.body.find(R"("rule":"too_many_connections_per_ip")"), std::string::npos);
  EXPECT_EQ(second.read_to_end(), "");
}

TEST_F(PerAddress, AnotherAddressHasAPlaceOfItsOwn) {
  RawStream first = agent.connect();
  ASSERT_EQ(ask(first, get("/")).status(), 430);

  RawStream other = RawStream::connect_from("127.0.0.2", agent.endpoint());

  EXPECT_EQ(ask(other, get("/")).status(), 430);
}

TEST_F(PerAddress, AClosedConnectionGivesItsPlaceBack) {
  RawStream first = agent.connect();
  ASSERT_EQ(ask(first, get("/")).status(), 430);
  first.close();
  ASSERT_TRUE(agent.work_ends());

  RawStream second = agent.connect();

  EXPECT_EQ(ask(second, get("/")).status(), 430);
}

TEST_F(PerAddress, ATunnelKeepsItsPlace) {
  TunnelEnds tunnel = open_tunnel(agent, upstream);

  RawStream second = agent.connect();

  EXPECT_EQ(read_response(second).status(), 429);
}

TEST_F(PerAddress, AClosedTunnelGivesItsPlaceBack) {
  {
    TunnelEnds tunnel = open_tunnel(agent, upstream);
    tunnel.client.reset();
  }
  ASSERT_TRUE(agent.work_ends());

  RawStream second = agent.connect();

  EXPECT_EQ(ask(second, get("/")).status(), 430);
}

}  // namespace
}  // namespace pushgate::test
