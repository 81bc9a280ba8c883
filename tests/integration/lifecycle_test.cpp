// lifecycle_test.cpp - the agent stops without breaking what is under way, and takes a new table
// over without touching what the table does not concern.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/websocket_peers.hpp"

namespace pushgate::test {
namespace {

class Drain : public testing::Test {
 protected:
  /// A request of this client reaches the node.
  RawStream begin(RawStream& client, std::string_view target = "/?uid=u") {
    client.send(get(target));
    RawStream node = upstream.accept();
    read_request(node);
    return node;
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
};

TEST_F(Drain, ClosedListenersRefuseNewConnections) {
  agent.close_listeners();

  EXPECT_TRUE(eventually([&] {
    try {
      agent.connect();
      return false;
    } catch (const StreamError&) {
      return true;
    }
  }));
}

TEST_F(Drain, EndsAnIdleKeepAliveConnection) {
  RawStream client = agent.connect();
  RawStream node = begin(client);
  node.send(ok("x"));
  ASSERT_EQ(read_response(client).body, "x");

  agent.finish_sessions();

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::closed);
  client.close();
  EXPECT_TRUE(agent.work_ends());
}

TEST_F(Drain, EndsAConnectionThatHasNotSpokenYet) {
  RawStream client = agent.connect();
  ASSERT_TRUE(agent.metric_reaches("connections", 1));

  agent.finish_sessions();

  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(Drain, LetsARequestInFlightCompleteAndSaysClose) {
  RawStream client = agent.connect();
  RawStream node = begin(client);
  agent.finish_sessions();
  node.send(ok("in time"));
  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.body, "in time");
  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  client.close();
  EXPECT_TRUE(agent.work_ends());
}

TEST_F(Drain, LetsAResponseUnderWayComplete) {
  RawStream client = agent.connect();
  RawStream node = begin(client);
  node.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none");
  client.read_until("one");
  agent.finish_sessions();
  node.send("two");

  EXPECT_EQ(client.read_to_end(), "two");
  EXPECT_EQ(client.end(), StreamEnd::closed);
  client.close();
  EXPECT_TRUE(agent.work_ends());
}

TEST_F(Drain, LetsAHalfSentRequestComplete) {
  RawStream client = agent.connect();
  // In one piece, so that the half has certainly been read once the first is answered.
  client.send(get("/1?uid=u") + "GET /2?uid=u HTTP/1.1\r\nHost: a\r\n");
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("one", "Connection: close\r\n"));
  ASSERT_EQ(read_response(client).body, "one");

  agent.finish_sessions();
  client.send("\r\n");
  RawStream second = upstream.accept();
  EXPECT_EQ(read_request(second).start_line, "GET /2?uid=u HTTP/1.1");
  second.send(ok("two"));

  EXPECT_EQ(read_response(client).field("Connection"), "close");
}

TEST_F(Drain, ClosesPooledConnectionsToNodes) {
  RawStream client = agent.connect();
  RawStream node = begin(client);
  node.send(ok("x"));
  read_response(client);

  agent.finish_sessions();

  EXPECT_EQ(node.read_to_end(), "");
}

TEST_F(Drain, LeavesTunnelsOpen) {
  TunnelEnds tunnel = open_tunnel(agent, upstream);
  ASSERT_TRUE(agent.metric_reaches("connections", 0)) << "it is a tunnel now";
  RawStream idle = agent.connect();
  ASSERT_TRUE(agent.metric_reaches("connections", 1));

  agent.finish_sessions();
  EXPECT_EQ(idle.read_to_end(), "");

  EXPECT_TRUE(is_alive(tunnel));
  EXPECT_EQ(agent.metric("tunnels"), 1u);
}

TEST_F(Drain, CutEndsTunnelsAndRequests) {
  TunnelEnds tunnel = open_tunnel(agent, upstream);
  ASSERT_TRUE(agent.metric_reaches("connections", 0)) << "it is a tunnel now";
  RawStream client = agent.connect();
  RawStream node = begin(client);
  RawStream idle = agent.connect();
  ASSERT_TRUE(agent.metric_reaches("connections", 2));

  agent.cut_sessions();

  EXPECT_TRUE(agent.work_ends());
  EXPECT_EQ(tunnel.client.read_to_end(), "");
  EXPECT_EQ(tunnel.node.read_to_end(), "");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(node.read_to_end(), "");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(agent.metric("tunnels_stopped_total"), 1u);
}

TEST_F(Drain, CutMakesAHalfResponseLookIncomplete) {
  RawStream client = agent.connect();
  RawStream node = begin(client);
  node.send("HTTP/1.1 200 OK\r\n\r\nhalf");
  client.read_until("half\r\n");

  agent.cut_sessions();

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::reset);
}

class Publish : public testing::Test {
 protected:
  ScriptedUpstream before;
  ScriptedUpstream after;
  AgentUnderTest agent{{.router = one_node(before.endpoint())}};
  RawStream client = agent.connect();
};

TEST_F(Publish, NewRequestsFollowTheNewTable) {
  client.send(get("/?uid=u"));
  RawStream node = before.accept();
  read_request(node);
  node.send(ok("before"));
  ASSERT_EQ(read_response(client).body, "before");

  agent.publish(one_node(after.endpoint()));
  // The table reaches each thread by a message; until then the old node may still be asked.
  RawStream next;
  ASSERT_TRUE(eventually([&] {
    client.send(get("/?uid=u"));
    if (!eventually([&] { return after.has_caller() || node.has_something(); })) return false;
    if (after.has_caller()) next = after.accept();
    RawStream& chosen = next.is_open() ? next : node;
    read_request(chosen);
    chosen.send(ok("x"));
    read_response(client);
    return next.is_open();
  }));
}

TEST_F(Publish, ARequestInFlightGoesOnWithItsNode) {
  client.send(get("/?uid=u"));
  RawStream node = before.accept();
  read_request(node);

  agent.publish(one_node(after.endpoint()));
  node.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nold");
  client.read_until("old");
  agent.publish(one_node(before.endpoint()));
  agent.publish(one_node(after.endpoint()));
  node.send("old");

  EXPECT_EQ(client.read_exactly(3), "old");
}

TEST_F(Publish, ATunnelStaysWithItsNode) {
  TunnelEnds tunnel = open_tunnel(agent, before);

  agent.publish(one_node(after.endpoint()));
  ASSERT_TRUE(is_alive(tunnel));
  agent.publish(R"({"other":[{"ip":"127.0.0.1","ports":[1]}]})");

  EXPECT_TRUE(is_alive(tunnel));
}

TEST_F(Publish, APooledConnectionToANodeThatStaysIsUsedAgain) {
  client.send(get("/1?uid=u"));
  RawStream node = before.accept();
  read_request(node);
  node.send(ok("one"));
  read_response(client);

  agent.publish(nodes({before.endpoint()}, R"("retries":1)"));
  client.send(get("/2?uid=u"));

  EXPECT_EQ(read_request(node).start_line, "GET /2?uid=u HTTP/1.1");
}

TEST_F(Publish, ANodeThatStaysGoesOnCountingItsRequests) {
  client.send(get("/?uid=u"));
  RawStream node = before.accept();
  read_request(node);
  node.send(ok("one"));
  read_response(client);
  ASSERT_EQ(agent.node_requests("a"), 1u);

  agent.publish(nodes({before.endpoint(), after.endpoint()}));

  EXPECT_EQ(agent.node_requests("a"), 1u);
  EXPECT_EQ(agent.node_requests("b"), 0u);

  agent.publish(R"({"default":{"backends":[{"id":"b","address":")" + after.address() + R"("}]}})");

  EXPECT_EQ(agent.node_requests("a"), std::nullopt) << "its series go with it";
  EXPECT_EQ(agent.node_requests("b"), 0u);
}

TEST_F(Publish, NamesTheKeysThatNeedARestart) {
  EXPECT_EQ(agent.publish(one_node(before.endpoint()), R"("limits":{"maxConnections":5})"),
            std::vector<std::string>{"limits.maxConnections"});
}

TEST_F(Publish, CountsEpochsOnTheStatusPage) {
  agent.publish(one_node(after.endpoint()));

  EXPECT_NE(agent.status_json().find("\"epoch\": 2"), std::string::npos) << agent.status_json();
  EXPECT_NE(agent.status_json().find(after.address()), std::string::npos);
}

}  // namespace
}  // namespace pushgate::test
