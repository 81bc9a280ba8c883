// trailers_test.cpp - fields behind a chunked body: dropped, or passed by rule, and never one that
// steers the message.

#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

constexpr const char* kPass = R"("http":{"trailers":"pass"})";
constexpr std::size_t kMostTrailerBytes = 16 * 1024;

/// An agent with this rule, a client and the node's end of its request.
class Trailers : public testing::Test {
 protected:
  explicit Trailers(const char* settings = "")
      : agent({.router = one_node(upstream.endpoint()), .settings = settings}) {}

  /// Sends an upload with these trailers and returns what of it reached the node.
  HttpMessage upload(const std::string& trailers, const std::string& fields = {}) {
    client.send("POST /?uid=u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + fields +
                "\r\n" + chunked("abc", 3, trailers));
    node = upstream.accept();
    return read_request(node);
  }

  /// The same for a download: what the client got.
  HttpMessage download(const std::string& trailers, const std::string& fields = {}) {
    client.send(get("/?uid=u"));
    node = upstream.accept();
    read_request(node);
    node.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + fields + "\r\n" +
              chunked("def", 3, trailers));
    return read_response(client);
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent;
  RawStream client = agent.connect();
  RawStream node;
};

TEST_F(Trailers, OfARequestAreDroppedByDefault) {
  const HttpMessage request = upload("X-Sum: 1\r\n", "Trailer: X-Sum\r\n");

  EXPECT_EQ(request.body, "abc");
  EXPECT_EQ(request.trailers, "");
  EXPECT_FALSE(request.has("Trailer"));
}

TEST_F(Trailers, OfAResponseAreDroppedByDefault) {
  const HttpMessage response = download("X-Sum: 1\r\n", "Trailer: X-Sum\r\n");

  EXPECT_EQ(response.body, "def");
  EXPECT_EQ(response.trailers, "");
  EXPECT_FALSE(response.has("Trailer"));
}

TEST_F(Trailers, ThatAreDroppedMustBeWellFormedAllTheSame) {
  client.send("POST /?uid=u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
              chunked("abc", 3, "X-Sum : 1\r\n"));

  EXPECT_NE(read_response(client).body.find(R"("rule":"bad_trailer")"), std::string::npos);
  EXPECT_EQ(agent.metric("parse_rejects_total"), 1u);
}

class PassedTrailers : public Trailers {
 protected:
  PassedTrailers() : Trailers(kPass) {}
};

TEST_F(PassedTrailers, OfARequestReachTheNode) {
  const HttpMessage request =
      upload("X-Sum: 1\r\nServer-Timing: a, b\r\n", "Trailer: X-Sum, Server-Timing\r\n");

  EXPECT_EQ(request.trailers, "X-Sum: 1\r\nServer-Timing: a, b\r\n");
  EXPECT_EQ(request.field("Trailer"), "X-Sum, Server-Timing");
}

TEST_F(PassedTrailers, OfAResponseReachTheClient) {
  const HttpMessage response = download("X-Sum: 2\r\n", "Trailer: X-Sum\r\n");

  EXPECT_EQ(response.trailers, "X-Sum: 2\r\n");
  EXPECT_EQ(response.field("Trailer"), "X-Sum");
}

TEST_F(PassedTrailers, ThatComeInPiecesArriveWhole) {
  client.send("POST /?uid=u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  node = upstream.accept();
  read_request_head(node);
  EXPECT_EQ(node.read_exactly(8), "3\r\nabc\r\n");
  // Behind the head a body takes another path through the agent.
  for (const char byte : std::string{"0\r\nX-Sum: 1\r\nX-Pushgate-Uid: root\r\n\r\n"}) {
    client.send({&byte, 1});
  }

  EXPECT_EQ(node.read_until("\r\n\r\n"), "0\r\nX-Sum: 1\r\n\r\n");
}

TEST_F(PassedTrailers, LeaveBothConnectionsUsable) {
  EXPECT_EQ(upload("X-Sum: 1\r\n").trailers, "X-Sum: 1\r\n");
  node.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
            chunked("def", 3, "X-Sum: 2\r\n"));
  EXPECT_EQ(read_response(client).trailers, "X-Sum: 2\r\n");

  client.send(get("/next?uid=u"));

  EXPECT_EQ(read_request(node).start_line, "GET /next?uid=u HTTP/1.1");
}

TEST_F(PassedTrailers, AreNothingThatAClientOfHttp10CouldRead) {
  client.send("GET /?uid=u HTTP/1.0\r\n\r\n");
  node = upstream.accept();
  read_request(node);
  node.send("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n" +
            chunked("def", 3, "X-Sum: 2\r\n"));

  const HttpMessage response = read_response(client);
  EXPECT_EQ(response.body, "def");
  EXPECT_FALSE(response.has("Trailer"));
}

TEST_F(PassedTrailers, OfANodeThatAreTooLargeBreakTheResponseOff) {
  client.send(get("/?uid=u"));
  node = upstream.accept();
  read_request(node);
  node.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n");
  client.read_until("def\r\n");
  node.try_send("0\r\nX: " + std::string(kMostTrailerBytes, 'x') + "\r\n\r\n");

  EXPECT_EQ(client.read_to_end(), "") << "no last chunk";
  EXPECT_EQ(client.end(), StreamEnd::reset);
  EXPECT_EQ(agent.metric("bad_upstream_responses_total"), 1u);
}

struct Rule {
  const char* name;
  const char* settings;
};

/// What holds whether trailers pass or not.
class AnyTrailers : public Trailers, public testing::WithParamInterface<Rule> {
 protected:
  AnyTrailers() : Trailers(GetParam().settings) {}
};

TEST_P(AnyTrailers, TheWishForThemEndsHere) {
  EXPECT_FALSE(upload("X-Sum: 1\r\n", "TE: trailers\r\nConnection: TE\r\n").has("TE"));
}

TEST_P(AnyTrailers, OfARequestThatAreTooLargeAreRefused) {
  client.send("POST /?uid=u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  node = upstream.accept();
  read_request_head(node);
  node.read_until("abc\r\n");
  client.try_send("0\r\nX: " + std::string(kMostTrailerBytes, 'x') + "\r\n\r\n");

  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 400);
  EXPECT_NE(answer.body.find(R"("rule":"trailer_too_large")"), std::string::npos) << answer.body;
  EXPECT_EQ(node.read_to_end(), "") << "the node must not take the request for complete";
  EXPECT_EQ(node.end(), StreamEnd::reset);
}

INSTANTIATE_TEST_SUITE_P(, AnyTrailers, testing::Values(Rule{"Dropped", ""}, Rule{"Passed", kPass}),
                         [](const auto& test) { return std::string{test.param.name}; });

class NeverATrailer : public PassedTrailers, public testing::WithParamInterface<const char*> {
 protected:
  const std::string forbidden = std::string{GetParam()} + ": 7\r\n";
};

TEST_P(NeverATrailer, OfARequest) {
  const HttpMessage request = upload("X-A: 1\r\n" + forbidden + "X-B: 2\r\n");

  EXPECT_EQ(request.trailers, "X-A: 1\r\nX-B: 2\r\n");
}

TEST_P(NeverATrailer, OfAResponse) {
  const HttpMessage response = download("X-A: 1\r\n" + forbidden + "X-B: 2\r\n");

  EXPECT_EQ(response.trailers, "X-A: 1\r\nX-B: 2\r\n");
}

INSTANTIATE_TEST_SUITE_P(
    , NeverATrailer,
    testing::Values("Content-Length", "transfer-encoding", "Host", "Connection", "Keep-Alive", "TE",
                    "Trailer", "Upgrade", "Authorization", "Cookie", "Set-Cookie", "Content-Type",
                    "Cache-Control", "X-Forwarded-For", "X-Request-Id", "X-Pushgate-Uid",
                    "X-Pushgate-Product", "x_pushgate_uid", "Content_Length"),
    [](const auto& test) {
      std::string name;
      for (const char* c = test.param; *c != '\0'; ++c)
        name += *c == '-' ? std::string{} : *c == '_' ? "Alias" : std::string(1, *c);
      return name;
    });

TEST_F(PassedTrailers, ThatConnectionNominatesEndHere) {
  const std::string fields = "Connection: X-Hop\r\nConnection: close, x-skip\r\n";
  const std::string trailers = "X-Hop: 1\r\nX-Sum: 2\r\nX-Skip: 3\r\n";

  EXPECT_EQ(upload(trailers, fields).trailers, "X-Sum: 2\r\n");
  node.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + fields + "\r\n" +
            chunked("def", 3, trailers));
  EXPECT_EQ(read_response(client).trailers, "X-Sum: 2\r\n");
}

}  // namespace
}  // namespace pushgate::test
