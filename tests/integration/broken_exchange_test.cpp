// broken_exchange_test.cpp - peers that stop in the middle, answer too early, or answer nonsense.

#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

class BrokenExchange : public testing::Test {
 protected:
  /// Lets a request with these parts reach the node.
  void begin(const std::string& request) {
    client.send(request);
    node = upstream.accept();
    read_request_head(node);
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
  RawStream node;
};

TEST_F(BrokenExchange, AResponseBeforeTheEndOfTheUploadPassesAndEndsTheConnection) {
  begin("POST /?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome");
  node.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");

  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.status(), 413);
  EXPECT_EQ(response.body, "big");
  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  node.read_to_end();
  EXPECT_NE(node.end(), StreamEnd::open) << "the half request's connection is not used again";
}

TEST_F(BrokenExchange, AnEarlyResponseIsHeardEvenIfTheNodeClosesAtOnce) {
  begin("POST /?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  node.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
  node.close();
  client.try_send(patterned(200'000));

  EXPECT_EQ(read_response(client).status(), 413);
}

TEST_F(BrokenExchange, AClientThatLeavesWhileItWaitsIsNoticedByTheNode) {
  begin(get("/long-poll?uid=u"));
  client.close();

  EXPECT_EQ(node.read_to_end(), "");
  EXPECT_TRUE(agent.metric_reaches("client_aborts_total", 1));
}

TEST_F(BrokenExchange, AClientThatResetsWhileItWaitsIsNoticedByTheNode) {
  begin(get("/long-poll?uid=u"));
  client.reset();

  EXPECT_EQ(node.read_to_end(), "");
}

TEST_F(BrokenExchange, AClientThatLeavesInItsUploadLeavesNoCompleteRequest) {
  begin("POST /?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(node.read_exactly(4), "half");
  client.close();

  EXPECT_EQ(node.read_to_end(), "");
  EXPECT_EQ(node.end(), StreamEnd::reset);
}

TEST_F(BrokenExchange, AClientThatLeavesInAResponseIsNoticedByTheNode) {
  begin(get("/?uid=u"));
  node.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.read_until("3\r\nabc\r\n");
  client.close();

  EXPECT_EQ(node.read_to_end(), "");
}

TEST_F(BrokenExchange, AResponseWithALengthThatBreaksOffIsSeenToBeIncomplete) {
  begin(get("/?uid=u"));
  node.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_TRUE(client.read_until("half").ends_with("half"));
  node.close();

  EXPECT_EQ(client.read_to_end(), "") << "no second head behind half a body";
  EXPECT_EQ(client.end(), StreamEnd::reset);
}

TEST_F(BrokenExchange, AChunkedResponseThatBreaksOffGetsNoLastChunk) {
  begin(get("/?uid=u"));
  node.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  client.read_until("half\r\n");
  node.close();

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::reset);
}

TEST_F(BrokenExchange, AResponseUntilCloseThatIsResetGetsNoLastChunk) {
  begin(get("/?uid=u"));
  node.send("HTTP/1.1 200 OK\r\n\r\nhalf");
  client.read_until("half\r\n");
  node.reset();

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::reset);
}

TEST_F(BrokenExchange, MalformedChunksOfAResponseBreakItOff) {
  begin(get("/?uid=u"));
  node.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  client.read_until("half\r\n");
  node.send("zzz\r\n");

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::reset);
}

struct BadAnswer {
  const char* name;
  std::string answer;
};

class BadAnswers : public testing::TestWithParam<BadAnswer> {
 protected:
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
};

TEST_P(BadAnswers, BecomeABadGatewayAndTheNodesConnectionIsClosed) {
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(GetParam().answer);

  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 502);
  EXPECT_NE(answer.body.find(R"("rule":"bad_upstream_response")"), std::string::npos);
  node.read_to_end();
  EXPECT_NE(node.end(), StreamEnd::open);
}

TEST_P(BadAnswers, LeaveTheClientsConnectionUsable) {
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(GetParam().answer);
  read_response(client);

  client.send(get("/next?uid=u"));
  RawStream next = upstream.accept();
  read_request(next);
  next.send(ok("next"));

  EXPECT_EQ(read_response(client).body, "next");
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadAnswers,
    testing::Values(
        BadAnswer{"Garbage", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
        BadAnswer{
            "LengthAndChunked",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        BadAnswer{"TwoLengths",
                  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
        BadAnswer{"UnknownCoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx"},
        BadAnswer{"SpaceBeforeColon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx"},
        BadAnswer{"FoldedLine", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 1\r\n\r\nx"},
        BadAnswer{"StatusOfTwoDigits", "HTTP/1.1 20 OK\r\nContent-Length: 1\r\n\r\nx"},
        BadAnswer{"ABodyOn204", "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\nx"},
        BadAnswer{"HeadTooLarge", "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"},
        BadAnswer{"AnUpgradeThatNobodyAskedFor",
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                  "Upgrade: websocket\r\n\r\n"}),
    [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace pushgate::test
