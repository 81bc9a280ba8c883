// http10_and_interim_test.cpp - old clients, interim responses, and responses that have no body.

#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

class Http10 : public testing::Test {
 protected:
  /// Sends an HTTP/1.0 request with these header lines and lets the node answer.
  void serve(const std::string& fields, const std::string& answer) {
    client.send("GET /?uid=u HTTP/1.0\r\n" + fields + "\r\n");
    if (!node.is_open()) node = upstream.accept();
    request = read_request(node);
    node.send(answer);
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
  RawStream node;
  HttpMessage request;
};

TEST_F(Http10, ARequestIsForwardedAsHttp11WithAHost) {
  serve("", ok("x"));

  EXPECT_EQ(request.start_line, "GET /?uid=u HTTP/1.1");
  EXPECT_EQ(request.field("Host"), upstream.address());
}

TEST_F(Http10, TheConnectionIsClosedAfterTheResponse) {
  serve("", ok("x"));

  EXPECT_EQ(read_response(client).body, "x");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.end(), StreamEnd::closed);
}

TEST_F(Http10, AClientThatAsksForKeepAliveGetsIt) {
  serve("Connection: keep-alive\r\n", ok("one"));
  const HttpMessage first = read_response(client);
  serve("Connection: keep-alive\r\n", ok("two"));

  EXPECT_EQ(first.field("Connection"), "keep-alive");
  EXPECT_EQ(read_response(client).body, "two");
}

TEST_F(Http10, AChunkedResponseIsTakenOutOfItsChunks) {
  serve("", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("hello world", 4));
  const HttpMessage response = read_response(client);

  EXPECT_FALSE(response.has("Transfer-Encoding"));
  EXPECT_EQ(response.body, "hello world");
  EXPECT_EQ(client.end(), StreamEnd::closed);
}

TEST_F(Http10, AChunkedResponseEndsTheConnectionInSpiteOfKeepAlive) {
  serve("Connection: keep-alive\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("hello"));
  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_EQ(response.body, "hello");
}

TEST_F(Http10, AResponseUntilCloseArrivesWhole) {
  serve("", "HTTP/1.0 200 OK\r\n\r\nold school");
  node.close();

  EXPECT_EQ(read_response(client).body, "old school");
}

TEST_F(Http10, InterimResponsesAreNotPassedOn) {
  serve("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok("x"));

  EXPECT_EQ(read_response(client).status(), 200);
}

class Interim : public testing::Test {
 protected:
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
};

TEST_F(Interim, TheNodesContinueLetsTheClientSendItsBody) {
  client.send(
      "POST /?uid=u HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  RawStream node = upstream.accept();
  EXPECT_EQ(read_request_head(node).field("Expect"), "100-continue");
  EXPECT_FALSE(client.has_something()) << "only the node knows whether it wants the body";

  node.send("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(read_bodiless_response(client).status(), 100);
  client.send("body");
  EXPECT_EQ(node.read_exactly(4), "body");
  node.send(ok("taken"));

  EXPECT_EQ(read_response(client).body, "taken");
}

TEST_F(Interim, ANodeThatRefusesABodyUnseenIsHeard) {
  client.send(
      "POST /?uid=u HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  RawStream node = upstream.accept();
  read_request_head(node);
  node.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");

  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.status(), 401);
  EXPECT_EQ(response.field("Connection"), "close") << "the body may still come or not";
}

TEST_F(Interim, SeveralInterimResponsesPassInOrderBeforeTheFinalOne) {
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" +
            ok("x"));

  EXPECT_EQ(read_bodiless_response(client).status(), 102);
  EXPECT_EQ(read_bodiless_response(client).field("Link"), "</a.css>");
  EXPECT_EQ(read_response(client).body, "x");
}

TEST_F(Interim, ResponsesInSingleBytesAreUnderstood) {
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  const std::string answer = "HTTP/1.1 103 Early Hints\r\n\r\n" + ok("x");
  for (const char byte : answer) node.send({&byte, 1});

  EXPECT_EQ(read_bodiless_response(client).status(), 103);
  EXPECT_EQ(read_response(client).body, "x");
}

struct NoBodyCase {
  const char* name;
  const char* method;
  const char* answer;
};

class NoBody : public testing::TestWithParam<NoBodyCase> {
 protected:
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
};

TEST_P(NoBody, TheConnectionGoesOnBehindTheHead) {
  client.send(std::string{GetParam().method} + " /?uid=u HTTP/1.1\r\nHost: a\r\n\r\n");
  RawStream node = upstream.accept();
  read_request(node);
  node.send(std::string{"HTTP/1.1 "} + GetParam().answer + "\r\n\r\n");
  const HttpMessage response = read_bodiless_response(client);
  EXPECT_TRUE(response.start_line.ends_with(
      std::string{GetParam().answer}.substr(0, response.start_line.size() - 9)));

  client.send(get("/next?uid=u"));
  EXPECT_EQ(read_request(node).start_line, "GET /next?uid=u HTTP/1.1");
  node.send(ok("next"));

  EXPECT_EQ(read_response(client).body, "next");
}

INSTANTIATE_TEST_SUITE_P(
    Of, NoBody,
    testing::Values(NoBodyCase{"HeadWithLength", "HEAD", "200 OK\r\nContent-Length: 1000"},
                    NoBodyCase{"HeadWithChunked", "HEAD", "200 OK\r\nTransfer-Encoding: chunked"},
                    NoBodyCase{"HeadWithoutFraming", "HEAD", "200 OK"},
                    NoBodyCase{"Status204", "DELETE", "204 No Content"},
                    NoBodyCase{"Status304", "GET", "304 Not Modified\r\nContent-Length: 1000"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(Head, AnsweredByTheAgentItselfHasNoBody) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  const HttpMessage answer = read_bodiless_response(client);

  EXPECT_EQ(answer.status(), 430);
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace pushgate::test
