// retry_test.cpp - what happens when a node cannot be reached or breaks off before it has answered.

#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

std::string post(const std::string& uid, const std::string& body) {
  return "POST /?uid=" + uid +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

/// One node, with a pooled connection to it that the node holds as `pooled`.
class StaleConnection : public testing::Test {
 protected:
  StaleConnection() {
    client.send(get("/?uid=u"));
    pooled = upstream.accept();
    read_request(pooled);
    pooled.send(ok("first"));
    read_response(client);
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
  RawStream pooled;
};

TEST_F(StaleConnection, AGetIsRepeatedOnAFreshConnectionToTheSameNode) {
  client.send(get("/again?uid=u"));
  read_request(pooled);
  pooled.close();
  RawStream fresh = upstream.accept();
  EXPECT_EQ(read_request(fresh).start_line, "GET /again?uid=u HTTP/1.1");
  fresh.send(ok("second"));

  EXPECT_EQ(read_response(client).body, "second");
}

TEST_F(StaleConnection, ARepeatedRequestIsCountedOnce) {
  client.send(get("/again?uid=u"));
  read_request(pooled);
  pooled.close();
  RawStream fresh = upstream.accept();
  read_request(fresh);
  fresh.send(ok("second"));
  read_response(client);

  EXPECT_EQ(agent.node_requests("a"), 2u) << "the first one of this test, and this one";
}

TEST_F(StaleConnection, AGetIsRepeatedWhenTheConnectionIsReset) {
  client.send(get("/again?uid=u"));
  read_request(pooled);
  pooled.reset();
  RawStream fresh = upstream.accept();
  read_request(fresh);
  fresh.send(ok("second"));

  EXPECT_EQ(read_response(client).body, "second");
}

TEST_F(StaleConnection, APutWhoseBodyCameWithItsHeadIsRepeatedWithTheBody) {
  client.send("PUT /?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(read_request(pooled).body, "body");
  pooled.close();
  RawStream fresh = upstream.accept();
  EXPECT_EQ(read_request(fresh).body, "body");
}

TEST_F(StaleConnection, APutWhoseBodyCameLaterIsNotRepeated) {
  client.send("PUT /?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
  read_request_head(pooled);
  client.send("body");
  EXPECT_EQ(pooled.read_exactly(4), "body");
  pooled.close();

  EXPECT_EQ(read_response(client).status(), 502);
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(StaleConnection, APostIsNotRepeated) {
  client.send(post("u", "pay"));
  EXPECT_EQ(read_request(pooled).body, "pay");
  pooled.close();

  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 502);
  EXPECT_NE(answer.body.find(R"("rule":"upstream_failed")"), std::string::npos);
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(StaleConnection, AGetOfWhichAnInterimAnswerCameIsNotRepeated) {
  client.send(get("/?uid=u"));
  read_request(pooled);
  pooled.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
  EXPECT_EQ(read_bodiless_response(client).status(), 103);
  pooled.close();

  EXPECT_EQ(read_response(client).status(), 502);
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(StaleConnection, AGetOfWhoseAnswerAPartCameIsNotRepeated) {
  client.send(get("/?uid=u"));
  read_request(pooled);
  pooled.send("HTTP/1.1 200 OK\r\nX-Cut: ");
  pooled.close();

  EXPECT_EQ(read_response(client).status(), 502);
  EXPECT_FALSE(upstream.has_caller());
}

/// Three nodes, "a", "b" and "c"; "a" refuses connections.
class DeadNode : public testing::Test {
 protected:
  ScriptedUpstream& alive(const std::string& id) { return id == "b" ? b : c; }

  ScriptedUpstream b;
  ScriptedUpstream c;
  AgentUnderTest agent{{.router = nodes({refusing_endpoint(), b.endpoint(), c.endpoint()}),
                        .settings = R"("health":{"backoff":"1h","maxBackoff":"1h"})"}};
  RawStream client = agent.connect();
};

TEST_F(DeadNode, AUserOfANodeThatRefusesGoesToTheirSecondChoice) {
  const std::string uid = agent.uid_of("a");
  client.send(get("/?uid=" + uid));
  RawStream node = alive(agent.choice(uid, 1)).accept();
  read_request(node);
  node.send(ok("from the second choice"));

  EXPECT_EQ(read_response(client).body, "from the second choice");
  EXPECT_EQ(agent.node_requests(agent.choice(uid, 1), "2"), 1u);
  EXPECT_EQ(agent.node_requests(agent.choice(uid, 1), "1"), 0u);
  EXPECT_EQ(agent.node_requests("a"), 0u) << "it got none";
}

TEST_F(DeadNode, APostWhoseConnectFailedGoesToTheSecondChoice) {
  const std::string uid = agent.uid_of("a");
  client.send(post(uid, "pay"));
  RawStream node = alive(agent.choice(uid, 1)).accept();
  EXPECT_EQ(read_request(node).body, "pay");
}

TEST_F(DeadNode, NobodyElseMoves) {
  const std::string victim = agent.uid_of("a");
  client.send(get("/?uid=" + victim));
  RawStream first = alive(agent.choice(victim, 1)).accept();
  read_request(first);
  first.send(ok("x", "Connection: close\r\n"));
  read_response(client);

  for (const std::string id : {"b", "c"}) {
    for (unsigned n = 0; n < 3; ++n) {
      RawStream other = agent.connect();
      other.send(get("/?uid=" + agent.uid_of(id, n), "Connection: close\r\n"));
      RawStream node = alive(id).accept();
      EXPECT_EQ(read_request(node).field("X-Pushgate-Uid"), agent.uid_of(id, n));
      node.send(ok(id, "Connection: close\r\n"));
      EXPECT_EQ(read_response(other).body, id);
    }
  }
}

TEST_F(DeadNode, TheNextRequestOfItsUsersDoesNotTryItAgain) {
  const std::string uid = agent.uid_of("a");
  RawStream node;
  for (int i = 0; i < 3; ++i) {
    client.send(get("/?uid=" + uid));
    if (i == 0) node = alive(agent.choice(uid, 1)).accept();
    read_request(node);
    node.send(ok("x"));
    read_response(client);
  }

  EXPECT_EQ(agent.metric("upstream_connect_failures_total"), 1u);
}

TEST(NodeThatComesBack, ServesItsUsersAgainAfterTheBackOff) {
  ScriptedUpstream a;
  ScriptedUpstream b;
  AgentUnderTest agent{{.router = nodes({a.endpoint(), b.endpoint()}),
                        .settings = R"("health":{"backoff":"1ms","maxBackoff":"1ms"})"}};
  const std::string uid = agent.uid_of("a");
  a.stop_listening();
  RawStream client = agent.connect();
  client.send(get("/?uid=" + uid));
  RawStream second_choice = b.accept();
  read_request(second_choice);
  second_choice.send(ok("from b"));
  ASSERT_EQ(read_response(client).body, "from b");

  a.listen_again();
  // Whoever gets the next request answers it: b until the back-off is over, then a.
  RawStream own;
  ASSERT_TRUE(eventually([&] {
    client.send(get("/?uid=" + uid));
    if (!eventually([&] { return a.has_caller() || second_choice.has_something(); })) return false;
    if (a.has_caller()) own = a.accept();
    RawStream& chosen = own.is_open() ? own : second_choice;
    read_request(chosen);
    chosen.send(ok("x"));
    read_response(client);
    return own.is_open();
  }));
}

TEST(NoLiveNode, IsAnsweredWith503AndRetryAfter) {
  AgentUnderTest agent{{.router = one_node(refusing_endpoint())}};
  RawStream client = agent.connect();

  const HttpMessage answer = ask(client, get("/?uid=u"));

  EXPECT_EQ(answer.status(), 503);
  EXPECT_GE(std::stoi(answer.field("Retry-After")), 1);
  EXPECT_NE(answer.body.find(R"("rule":"no_live_node")"), std::string::npos);
}

TEST(NoLiveNode, TheClientsConnectionStaysUsable) {
  AgentUnderTest agent{{.router = one_node(refusing_endpoint())}};
  RawStream client = agent.connect();

  EXPECT_EQ(ask(client, get("/1?uid=u")).status(), 503);
  EXPECT_EQ(ask(client, get("/2?uid=u")).status(), 503);
}

TEST(BrokenAnswer, OfTheOnlyNodeIsABadGatewayNotAMissingNode) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.close();

  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 502);
  EXPECT_NE(answer.body.find(R"("rule":"upstream_failed")"), std::string::npos);
}

TEST(BrokenAnswer, OfAFreshConnectionSendsAGetToTheNextChoice) {
  ScriptedUpstream a;
  ScriptedUpstream b;
  AgentUnderTest agent{{.router = nodes({a.endpoint(), b.endpoint()})}};
  RawStream client = agent.connect();
  client.send(get("/?uid=" + agent.uid_of("a")));
  RawStream node = a.accept();
  read_request(node);
  node.close();

  RawStream next = b.accept();
  read_request(next);
  next.send(ok("from b"));

  EXPECT_EQ(read_response(client).body, "from b");
}

TEST(BrokenAnswer, IsTriedOnNoMoreNodesThanRetriesAllow) {
  ScriptedUpstream a;
  ScriptedUpstream b;
  AgentUnderTest agent{{.router = nodes({a.endpoint(), b.endpoint()}, R"("retries":0)")}};
  RawStream client = agent.connect();
  client.send(get("/?uid=" + agent.uid_of("a")));
  RawStream node = a.accept();
  read_request(node);
  node.close();

  EXPECT_EQ(read_response(client).status(), 502);
  EXPECT_FALSE(b.has_caller());
}

}  // namespace
}  // namespace pushgate::test
