// timeout_test.cpp - each timer by itself: what it guards, and what the peers see when it runs out.
// What is asserted is the answer, never how long it took.

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

/// One node, and one timer set so short that it runs out.
class Timer : public testing::Test {
 protected:
  void start(const std::string& timeouts) {
    agent.emplace(AgentSetup{.router = one_node(upstream.endpoint()),
                             .settings = R"("timeouts":{)" + timeouts + "}"});
    client = agent->connect();
  }

  ScriptedUpstream upstream;
  std::optional<AgentUnderTest> agent;
  RawStream client;
};

TEST_F(Timer, RequestHeadAnswers408) {
  start(R"("requestHead":"200ms")");
  client.send("GET /?uid=u HTTP/1.1\r\nHost: a\r\n");
  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 408);
  EXPECT_NE(answer.body.find(R"("rule":"request_timeout")"), std::string::npos);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(Timer, RequestHeadIsNotExtendedByFurtherBytes) {
  start(R"("requestHead":"200ms")");
  client.send("GET /?uid=u HTTP/1.1\r\nHost: a\r\nX: ");
  ASSERT_TRUE(eventually([&] {
    client.try_send("x");
    return client.has_something();
  }));

  EXPECT_EQ(read_response(client).status(), 408);
}

TEST_F(Timer, RequestHeadClosesAConnectionThatNeverSpoke) {
  start(R"("requestHead":"200ms")");

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::closed);
}

TEST_F(Timer, RequestBodyAnswers408) {
  start(R"("requestBody":"200ms")");
  client.send("POST /?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  RawStream node = upstream.accept();
  read_request_head(node);
  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 408);
  EXPECT_EQ(node.read_to_end(), "half") << "the node must not wait for the rest";
}

TEST_F(Timer, FirstByteAnswers504) {
  start(R"("firstByte":"200ms")");
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 504);
  EXPECT_NE(answer.body.find(R"("rule":"upstream_timeout")"), std::string::npos);
  EXPECT_EQ(node.read_to_end(), "");
}

TEST_F(Timer, FirstByteDoesNotMakeTheRequestGoToAnotherNode) {
  ScriptedUpstream other;
  AgentUnderTest two{{.router = nodes({upstream.endpoint(), other.endpoint()}),
                      .settings = R"("timeouts":{"firstByte":"200ms"})"}};
  RawStream caller = two.connect();
  caller.send(get("/?uid=" + two.uid_of("a")));
  RawStream node = upstream.accept();
  read_request(node);

  EXPECT_EQ(read_response(caller).status(), 504);
  EXPECT_FALSE(other.has_caller());
}

TEST(ProductTimer, FirstByteMayBeAProductsOwn) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{
      {.router = nodes({upstream.endpoint()}, R"("timeouts":{"firstByte":"200ms"})")}};
  RawStream client = agent.connect();
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();

  EXPECT_EQ(read_response(client).status(), 504);
}

TEST_F(Timer, ResponseBodyBreaksOffAResponseThatStalls) {
  start(R"("responseBody":"200ms")");
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  client.read_until("half");

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::reset);
  EXPECT_EQ(node.read_to_end(), "");
  EXPECT_EQ(agent->metric("upstream_timeouts_total"), 1u);
}

TEST_F(Timer, ResponseBodyEndsAResponseThatTheClientDoesNotRead) {
  start(R"("responseBody":"200ms")");
  client = agent->connect(4096);
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);

  // More than fits all buffers: the node is held back until the agent gives up.
  EXPECT_FALSE(node.try_send(ok(std::string(64 * 1024 * 1024, 'x'))));
  EXPECT_EQ(agent->metric("upstream_timeouts_total"), 0u) << "it was not the node that was slow";
}

TEST_F(Timer, KeepAliveClosesAnIdleClientWithoutAWord) {
  start(R"("keepAlive":"200ms")");
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("x"));
  EXPECT_EQ(read_response(client).body, "x");

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::closed);
}

TEST_F(Timer, UpstreamIdleClosesAPooledConnection) {
  start(R"("upstreamIdle":"200ms")");
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("x"));
  read_response(client);

  EXPECT_EQ(node.read_to_end(), "");
}

}  // namespace
}  // namespace pushgate::test
