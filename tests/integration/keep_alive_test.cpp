// keep_alive_test.cpp - several requests on one client connection, and connections to nodes used
// again.

#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

class KeepAlive : public testing::Test {
 protected:
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
};

TEST_F(KeepAlive, AResponsePassesWithItsStatusFieldsAndBody) {
  client.send(get("/hello?uid=u1"));
  RawStream node = upstream.accept();
  EXPECT_EQ(read_request(node).start_line, "GET /hello?uid=u1 HTTP/1.1");

  node.send("HTTP/1.1 418 I'm a teapot\r\nX-Tea: green\r\nContent-Length: 3\r\n\r\nhot");
  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.start_line, "HTTP/1.1 418 I'm a teapot");
  EXPECT_EQ(response.field("X-Tea"), "green");
  EXPECT_EQ(response.body, "hot");
}

TEST_F(KeepAlive, ASecondRequestIsServedOnTheSameClientConnection) {
  client.send(get("/1?uid=u1"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("one"));
  EXPECT_EQ(read_response(client).body, "one");

  client.send(get("/2?uid=u1"));
  read_request(node);
  node.send(ok("two"));

  EXPECT_EQ(read_response(client).body, "two");
}

TEST_F(KeepAlive, APooledConnectionIsUsedForTheNextClientOfTheSameThread) {
  client.send(get("/1?uid=u1"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("one"));
  read_response(client);

  client.send(get("/2?uid=u1"));
  EXPECT_EQ(read_request(node).start_line, "GET /2?uid=u1 HTTP/1.1");
  node.send(ok("two"));
  read_response(client);

  EXPECT_EQ(agent.metric("upstream_reuses_total"), 1u);
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(KeepAlive, ANodeThatAnswersConnectionCloseIsConnectedToAfresh) {
  client.send(get("/1?uid=u1"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("one", "Connection: close\r\n"));
  EXPECT_FALSE(read_response(client).has("Connection"));

  client.send(get("/2?uid=u1"));
  RawStream second = upstream.accept();
  EXPECT_EQ(read_request(second).start_line, "GET /2?uid=u1 HTTP/1.1");
}

TEST_F(KeepAlive, ANodeThatKeepsConnectionsForASecondOnlyIsConnectedToAfresh) {
  client.send(get("/1?uid=u1"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("one", "Keep-Alive: timeout=1\r\n"));
  const HttpMessage response = read_response(client);
  EXPECT_EQ(response.body, "one");
  EXPECT_FALSE(response.has("Keep-Alive")) << "it is about the node's connection";
  EXPECT_EQ(node.read_to_end(), "") << "a request might meet its close";

  client.send(get("/2?uid=u1"));
  RawStream second = upstream.accept();
  EXPECT_EQ(read_request(second).start_line, "GET /2?uid=u1 HTTP/1.1");
  EXPECT_EQ(agent.metric("upstream_reuses_total"), 0u);
}

TEST(KeepAliveTimeout, OfANodeEndsAnIdleConnectionBeforeTheNodeDoes) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{
      {.router = one_node(upstream.endpoint()), .settings = R"("timeouts":{"upstreamIdle":"1h"})"}};
  RawStream client = agent.connect();
  client.send(get("/1?uid=u1"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("one", "Keep-Alive: max=100, Timeout=2\r\n"));
  read_response(client);

  EXPECT_EQ(node.read_to_end(), "");
}

TEST_F(KeepAlive, BytesBehindAResponseMakeItsConnectionUnusable) {
  client.send(get("/1?uid=u1"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("one") + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
  EXPECT_EQ(read_response(client).body, "one");

  client.send(get("/2?uid=u1"));
  RawStream second = upstream.accept();
  read_request(second);
  second.send(ok("two"));

  EXPECT_EQ(read_response(client).body, "two");
}

TEST_F(KeepAlive, AnIdlePooledConnectionThatTheNodeClosesIsNotUsedAgain) {
  client.send(get("/1?uid=u1"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("one"));
  read_response(client);
  ASSERT_TRUE(agent.metric_reaches("upstream_idle_connections", 1));
  node.close();
  ASSERT_TRUE(agent.metric_reaches("upstream_idle_connections", 0));

  client.send("POST /2?uid=u1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  RawStream second = upstream.accept();
  EXPECT_EQ(read_request(second).body, "hi");
  second.send(ok("two"));

  EXPECT_EQ(read_response(client).body, "two");
}

TEST_F(KeepAlive, PipelinedRequestsAreAnsweredInTheirOrder) {
  client.send(get("/1?uid=u1") + get("/2?uid=u1") + get("/3?uid=u1"));
  RawStream node = upstream.accept();
  for (const char* number : {"1", "2", "3"}) {
    EXPECT_EQ(read_request(node).start_line, std::string{"GET /"} + number + "?uid=u1 HTTP/1.1");
    EXPECT_FALSE(node.has_something()) << "the next request must wait for this response";
    node.send(ok(number));
  }

  EXPECT_EQ(read_response(client).body, "1");
  EXPECT_EQ(read_response(client).body, "2");
  EXPECT_EQ(read_response(client).body, "3");
}

TEST_F(KeepAlive, APipelinedRequestBehindABodyStartsWhereTheBodyEnds) {
  client.send("POST /1?uid=u1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst" +
              std::string{"POST /2?uid=u1 HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nsecond"});
  RawStream node = upstream.accept();
  EXPECT_EQ(read_request(node).body, "first");
  node.send(ok("1"));
  EXPECT_EQ(read_request(node).body, "second");
  node.send(ok("2"));

  EXPECT_EQ(read_response(client).body, "1");
  EXPECT_EQ(read_response(client).body, "2");
}

TEST_F(KeepAlive, APipelinedRequestBehindAChunkedBodyStartsWhereTheBodyEnds) {
  client.send("POST /1?uid=u1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
              chunked("first", 2) + get("/2?uid=u1"));
  RawStream node = upstream.accept();
  EXPECT_EQ(read_request(node).body, "first");
  node.send(ok("1"));
  EXPECT_EQ(read_request(node).start_line, "GET /2?uid=u1 HTTP/1.1");
  node.send(ok("2"));

  EXPECT_EQ(read_response(client).body, "1");
  EXPECT_EQ(read_response(client).body, "2");
}

TEST_F(KeepAlive, APipelinedRequestInTheSegmentOfTheLastChunkIsServed) {
  client.send(
      "POST /1?uid=u1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  RawStream node = upstream.accept();
  read_request_head(node);
  node.read_until("3\r\nabc\r\n");
  // The head has gone: what comes now is read by the body's own path.
  client.send("2\r\nde\r\n0\r\n\r\n" + get("/2?uid=u1"));
  EXPECT_EQ(node.read_until("0\r\n\r\n"), "2\r\nde\r\n0\r\n\r\n");
  node.send(ok("1"));
  EXPECT_EQ(read_request(node).start_line, "GET /2?uid=u1 HTTP/1.1");
  node.send(ok("2"));

  EXPECT_EQ(read_response(client).body, "1");
  EXPECT_EQ(read_response(client).body, "2");
}

TEST_F(KeepAlive, AClientThatSaysCloseIsClosedAfterItsResponse) {
  client.send(get("/1?uid=u1", "Connection: close\r\n"));
  RawStream node = upstream.accept();
  EXPECT_FALSE(read_request(node).has("Connection"));
  node.send(ok("one"));

  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::closed);
}

TEST_F(KeepAlive, ARefusalWithoutABodyKeepsTheConnection) {
  EXPECT_EQ(ask(client, get("/")).status(), 430);

  client.send(get("/?uid=u1"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("served"));

  EXPECT_EQ(read_response(client).body, "served");
}

TEST_F(KeepAlive, EmptyLinesBeforeARequestAreSkipped) {
  client.send("\r\n\r\n" + get("/?uid=u1"));
  RawStream node = upstream.accept();
  EXPECT_TRUE(read_request(node).head.starts_with("GET /?uid=u1 HTTP/1.1\r\n"));
}

TEST_F(KeepAlive, AHeadThatArrivesByteByByteIsServed) {
  for (const char byte : get("/slow?uid=u1")) client.send({&byte, 1});
  RawStream node = upstream.accept();
  EXPECT_EQ(read_request(node).start_line, "GET /slow?uid=u1 HTTP/1.1");
}

}  // namespace
}  // namespace pushgate::test
