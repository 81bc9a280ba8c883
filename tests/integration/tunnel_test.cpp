// tunnel_test.cpp - an open tunnel: bytes, ends and resets both ways, and timers that are not its
// own.

#include <future>
#include <string>

#include <gtest/gtest.h>

#include "support/websocket_peers.hpp"

namespace pushgate::test {
namespace {

class Tunnel : public testing::Test {
 protected:
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()), .access_log = true}};
  TunnelEnds tunnel = open_tunnel(agent, upstream);
};

TEST_F(Tunnel, CarriesSmallMessagesBothWays) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(is_alive(tunnel));
}

TEST_F(Tunnel, CarriesMuchBothWaysAtOnce) {
  const std::string up = patterned(5 * 1024 * 1024);
  const std::string down(up.rbegin(), up.rend());
  auto client_sends = std::async(std::launch::async, [&] { tunnel.client.send(up); });
  auto node_sends = std::async(std::launch::async, [&] { tunnel.node.send(down); });
  auto node_reads =
      std::async(std::launch::async, [&] { return tunnel.node.read_exactly(up.size()); });

  EXPECT_TRUE(tunnel.client.read_exactly(down.size()) == down);
  EXPECT_TRUE(node_reads.get() == up);
  client_sends.get();
  node_sends.get();
}

TEST_F(Tunnel, PassesTheClientsHalfCloseOn) {
  tunnel.client.send("last words");
  tunnel.client.half_close();
  EXPECT_EQ(tunnel.node.read_to_end(), "last words");

  tunnel.node.send("answer");
  tunnel.node.close();

  EXPECT_EQ(tunnel.client.read_to_end(), "answer");
  EXPECT_EQ(tunnel.client.end(), StreamEnd::closed);
}

TEST_F(Tunnel, PassesTheNodesHalfCloseOn) {
  tunnel.node.send("last words");
  tunnel.node.half_close();
  EXPECT_EQ(tunnel.client.read_to_end(), "last words");

  tunnel.client.send("answer");
  tunnel.client.close();

  EXPECT_EQ(tunnel.node.read_to_end(), "answer");
}

TEST_F(Tunnel, PassesAHalfCloseOnBehindEverythingThatWasSentBefore) {
  const std::string much = patterned(8 * 1024 * 1024);
  auto sending = std::async(std::launch::async, [&] {
    tunnel.client.send(much);
    tunnel.client.half_close();
  });
  // The node reads nothing yet, and talks all the same: more waits than the kernel holds.
  tunnel.node.send("meanwhile");
  EXPECT_EQ(tunnel.client.read_exactly(9), "meanwhile");

  EXPECT_TRUE(tunnel.node.read_to_end() == much);
  sending.get();
  tunnel.node.send("answer");
  tunnel.node.close();
  EXPECT_EQ(tunnel.client.read_to_end(), "answer");
  EXPECT_EQ(tunnel.client.end(), StreamEnd::closed);
}

TEST_F(Tunnel, PassesTheNodesHalfCloseOnBehindEverythingThatWasSentBefore) {
  const std::string much = patterned(8 * 1024 * 1024);
  auto sending = std::async(std::launch::async, [&] {
    tunnel.node.send(much);
    tunnel.node.half_close();
  });
  tunnel.client.send("meanwhile");
  EXPECT_EQ(tunnel.node.read_exactly(9), "meanwhile");

  EXPECT_TRUE(tunnel.client.read_to_end() == much);
  sending.get();
  tunnel.client.send("answer");
  tunnel.client.close();
  EXPECT_EQ(tunnel.node.read_to_end(), "answer");
}

TEST_F(Tunnel, PassesTheClientsResetOn) {
  tunnel.client.reset();

  tunnel.node.read_to_end();

  EXPECT_EQ(tunnel.node.end(), StreamEnd::reset);
}

TEST_F(Tunnel, PassesTheNodesResetOn) {
  tunnel.node.reset();

  tunnel.client.read_to_end();

  EXPECT_EQ(tunnel.client.end(), StreamEnd::reset);
}

TEST_F(Tunnel, AResetBehindAHalfCloseIsPassedOn) {
  tunnel.client.half_close();
  EXPECT_EQ(tunnel.node.read_to_end(), "");
  tunnel.client.reset();

  EXPECT_TRUE(agent.metric_reaches("tunnels_failed_total", 1));
}

TEST_F(Tunnel, IsCountedWhileItIsOpenAndByHowItEnded) {
  EXPECT_TRUE(agent.metric_reaches("tunnels", 1));
  EXPECT_TRUE(agent.metric_reaches("connections", 0));

  tunnel.client.close();
  tunnel.node.read_to_end();
  tunnel.node.close();

  EXPECT_TRUE(agent.metric_reaches("tunnels", 0));
  EXPECT_EQ(agent.metric("tunnels_closed_by_client_total"), 1u);
}

TEST_F(Tunnel, HasOneLineInTheAccessLogWhenItOpensAndOneWhenItCloses) {
  EXPECT_TRUE(agent.access_log_shows("status=101")) << agent.access_log();
  tunnel.client.close();
  tunnel.node.read_to_end();
  tunnel.node.close();

  EXPECT_TRUE(agent.access_log_shows("client_closed")) << agent.access_log();
  EXPECT_TRUE(agent.access_log_shows(" close end=-- product=default uid=u node="))
      << agent.access_log();
}

TEST(TunnelTimers, TheTunnelOutlivesEveryTimerOfHttp) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{
      {.router = one_node(upstream.endpoint()),
       .settings = R"("timeouts":{"requestHead":"100ms","requestBody":"100ms","connect":"100ms",
                      "firstByte":"100ms","responseBody":"100ms","keepAlive":"100ms",
                      "upstreamIdle":"100ms","tunnelIdle":"1h"})"}};
  TunnelEnds tunnel = open_tunnel(agent, upstream);

  // A second connection, made later with the same timers, is closed by one of them: by then all of
  // the tunnel's would have run out too.
  for (int i = 0; i < 3; ++i) {
    RawStream idle = agent.connect();
    EXPECT_EQ(idle.read_to_end(), "");
  }

  EXPECT_TRUE(is_alive(tunnel));
}

TEST(TunnelTimers, AnIdleTunnelIsClosedOnBothSides) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()),
                        .settings = R"("timeouts":{"tunnelIdle":"200ms"})"}};
  TunnelEnds tunnel = open_tunnel(agent, upstream);

  EXPECT_EQ(tunnel.client.read_to_end(), "");
  EXPECT_EQ(tunnel.node.read_to_end(), "");
  EXPECT_EQ(agent.metric("tunnels_idle_total"), 1u);
}

TEST(TunnelTimers, TheIdleTimeMayBeAProductsOwn) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{
      {.router = nodes({upstream.endpoint()}, R"("timeouts":{"tunnelIdle":"200ms"})")}};
  TunnelEnds tunnel = open_tunnel(agent, upstream);

  EXPECT_EQ(tunnel.client.read_to_end(), "");
}

}  // namespace
}  // namespace pushgate::test
