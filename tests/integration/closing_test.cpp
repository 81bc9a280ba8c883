// closing_test.cpp - a connection that the agent ends is closed so that the client can read its
// last response, whatever it is sending meanwhile (RFC 9112 section 9.6).

#include <string>

#include <gtest/gtest.h>

#include "support/websocket_peers.hpp"

namespace pushgate::test {
namespace {

class Closing : public testing::Test {
 protected:
  /// A request of this client reaches the node.
  RawStream begin(RawStream& client, const std::string& request) {
    client.send(request);
    RawStream node = upstream.accept();
    read_request(node);
    return node;
  }
  /// A connection that has had its last response and is not closed by the client.
  RawStream lingering() {
    RawStream client = agent.connect();
    RawStream node = begin(client, get("/?uid=u", "Connection: close\r\n"));
    node.send(ok("last"));
    read_response(client);
    client.read_to_end();
    return client;
  }
  /// True if what this client sends is still taken: a closed socket answers the first piece with a
  /// reset, and the second one fails.
  static bool is_listened_to(RawStream& client) {
    return client.try_send("one") && client.try_send("two");
  }
  void expect_end_in_peace(RawStream& client) {
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_EQ(client.end(), StreamEnd::closed);
    EXPECT_TRUE(is_listened_to(client));
    EXPECT_EQ(agent.metric("connections"), 1u) << "open until it is closed";
    client.close();
    EXPECT_TRUE(agent.work_ends());
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()), .threads = 1}};
};

TEST_F(Closing, AClientThatSaidCloseMayHaveSentMore) {
  RawStream client = agent.connect();
  RawStream node = begin(client, get("/1?uid=u", "Connection: close\r\n"));
  client.send(get("/2?uid=u"));  // not read by the agent
  node.send(ok("one"));

  EXPECT_EQ(read_response(client).body, "one");
  expect_end_in_peace(client);
  EXPECT_FALSE(upstream.has_caller()) << "what comes after close is no request";
}

TEST_F(Closing, ARequestReadTogetherWithOneThatSaidCloseIsDiscarded) {
  RawStream client = agent.connect();
  RawStream node = begin(client, get("/1?uid=u", "Connection: close\r\n") + get("/2?uid=u"));
  node.send(ok("one"));

  EXPECT_EQ(read_response(client).body, "one");
  expect_end_in_peace(client);
  EXPECT_FALSE(node.has_something() && node.read_some() != "");
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(Closing, AnHttp10ClientMayHaveSentMore) {
  RawStream client = agent.connect();
  RawStream node = begin(client, "GET /?uid=u HTTP/1.0\r\n\r\n");
  client.send("more");
  node.send("HTTP/1.1 200 OK\r\n\r\nuntil close");
  node.close();

  EXPECT_EQ(read_response(client).body, "until close");
  expect_end_in_peace(client);
}

TEST_F(Closing, AnUpgradeThatTheNodeRefusesMayHaveEarlyBytesBehindIt) {
  RawStream client = agent.connect();
  RawStream node = begin(client, upgrade_request() + "early");
  client.send("frames");
  node.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");

  EXPECT_EQ(read_response(client).body, "no");
  expect_end_in_peace(client);
}

TEST_F(Closing, InADrainTheNextRequestMayBeOnItsWay) {
  RawStream client = agent.connect();
  RawStream node = begin(client, get("/1?uid=u"));
  RawStream unspoken = agent.connect();
  ASSERT_TRUE(agent.metric_reaches("connections", 2));
  agent.finish_sessions();
  ASSERT_EQ(unspoken.read_to_end(), "") << "the drain has begun";
  client.send(get("/2?uid=u"));
  node.send(ok("one"));

  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_EQ(response.body, "one");
  expect_end_in_peace(client);
}

TEST_F(Closing, InADrainAConnectionThatWasJustAnsweredMayBeSending) {
  RawStream client = agent.connect();
  RawStream node = begin(client, get("/1?uid=u"));
  node.send(ok("one"));
  EXPECT_EQ(read_response(client).body, "one");

  agent.finish_sessions();

  expect_end_in_peace(client);
}

TEST_F(Closing, InADrainAConnectionThatHasHadNoResponseIsClosedAtOnce) {
  RawStream client = agent.connect();
  ASSERT_TRUE(agent.metric_reaches("connections", 1));

  agent.finish_sessions();

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_FALSE(is_listened_to(client));
}

TEST_F(Closing, InADrainAPipelinedRequestIsStillAnsweredIfKeepAliveWasSaid) {
  RawStream client = agent.connect();
  RawStream node = begin(client, get("/1?uid=u") + get("/2?uid=u"));
  RawStream unspoken = agent.connect();
  ASSERT_TRUE(agent.metric_reaches("connections", 2));
  node.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none");
  client.read_until("one");
  agent.finish_sessions();
  ASSERT_EQ(unspoken.read_to_end(), "") << "the drain has begun";
  node.send("two");
  EXPECT_EQ(client.read_exactly(3), "two");
  EXPECT_EQ(read_request(node).start_line, "GET /2?uid=u HTTP/1.1");
  node.send(ok("the last"));

  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_EQ(response.body, "the last");
  expect_end_in_peace(client);
}

TEST_F(Closing, IsNotWaitedForWithoutEnd) {
  RawStream client = lingering();

  EXPECT_TRUE(agent.work_ends());
}

TEST_F(Closing, TakesNotJustAnyAmount) {
  RawStream client = lingering();
  const std::string megabyte(1024 * 1024, 'x');
  int sent = 0;

  // What the kernel holds on both sides is far less.
  while (sent < 100 && client.try_send(megabyte)) ++sent;

  EXPECT_LT(sent, 100);
}

TEST_F(Closing, EndsAtOnceWithACut) {
  TunnelEnds tunnel = open_tunnel(agent, upstream);
  RawStream client = lingering();
  ASSERT_EQ(agent.metric("connections"), 1u);

  agent.cut_sessions();

  EXPECT_EQ(tunnel.client.read_to_end(), "") << "tunnels are cut after connections";
  EXPECT_EQ(agent.metric("connections"), 0u);
}

}  // namespace
}  // namespace pushgate::test
