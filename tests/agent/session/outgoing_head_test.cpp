// outgoing_head_test.cpp - whole heads, byte by byte: what goes to a node and what goes to a
// client.

#include "agent/session/outgoing_head.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "pushgate/agent/session/agent_snapshot.hpp"
#include "pushgate/http/head_parser.hpp"

namespace pushgate::agent {
namespace {

config::Config config_with(const std::string& settings) {
  config::Config config;
  config.daemon = config::load_daemon_text("{" + settings + "}", "pushgate.json").value.value();
  config.router = config::load_router_text(R"({"default":[{"ip":"127.0.0.1","ports":[4000]}]})",
                                           "router.json", config.daemon)
                      .value.value();
  return config;
}

/// Everything that a head is written from.
class RequestHeads : public testing::Test {
 protected:
  void configure(const std::string& settings) {
    snapshot.emplace(config_with(settings), nullptr, Pool::Shared{board, policies}, 1);
  }

  std::string forwarded(const std::string& received) {
    if (!snapshot) configure("");
    http::RequestHead head;
    std::size_t scanned = 0;
    const http::HeadOutcome outcome =
        http::parse_request_head(received, snapshot->head_limits, scanned, head);
    EXPECT_EQ(outcome.status, http::HeadStatus::done) << http::rule_of(outcome.error);
    const Identity identity = Identity::make("shop", "u1").value();
    std::string out;
    append_request_head({head, std::string_view{received}.substr(0, outcome.head_bytes), *snapshot,
                         identity, snapshot->routes.default_pool()->members()[0], peer, trusted,
                         "0123456789abcdef", upgrade, extra_fields},
                        out);
    return out;
  }

  HealthBoard board;
  PolicyCache policies;
  std::optional<AgentSnapshot> snapshot;
  Endpoint peer = Endpoint::parse("192.0.2.7:1234").value();
  bool trusted = false;
  bool upgrade = false;
  std::string extra_fields;
};

const std::string kAgentFields =
    "X-Pushgate-Uid: u1\r\nX-Pushgate-Product: shop\r\nX-Request-Id: 0123456789abcdef\r\n"
    "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n";

TEST_F(RequestHeads, CarryTheClientsFieldsAndThenTheAgents) {
  EXPECT_EQ(forwarded("GET /a?b=c HTTP/1.1\r\nAccept: */*\r\nHost: app.test\r\nX-One: 1\r\n\r\n"),
            "GET /a?b=c HTTP/1.1\r\nHost: app.test\r\nAccept: */*\r\nX-One: 1\r\n" + kAgentFields +
                "X-Forwarded-Host: app.test\r\n\r\n");
}

TEST_F(RequestHeads, LeaveOutWhatIsNotForNodesWhereverItStands) {
  EXPECT_EQ(forwarded("GET / HTTP/1.1\r\nx_pushgate_uid: z\r\nHost: a\r\nX-One: 1\r\n"
                      "X-Forwarded-For: 6.6.6.6\r\nX-Two: 2\r\nConnection: X-Secret\r\n"
                      "X-Secret: s\r\nX-Three: 3\r\nKeep-Alive: 5\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\n" + kAgentFields +
                "X-Forwarded-Host: a\r\n\r\n");
}

TEST_F(RequestHeads, OfHttp10BecomeHttp11WithTheNodesAddressAsHost) {
  EXPECT_EQ(forwarded("GET / HTTP/1.0\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:4000\r\n" + kAgentFields + "\r\n");
}

TEST_F(RequestHeads, AnnounceAChunkedBodyThemselves) {
  const std::string head =
      forwarded("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\n\r\n");

  EXPECT_EQ(head.find("Chunked"), std::string::npos);
  EXPECT_TRUE(head.ends_with("Transfer-Encoding: chunked\r\n\r\n"));
}

TEST_F(RequestHeads, KeepALengthAsItWasWritten) {
  EXPECT_NE(forwarded("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\n")
                .find("\r\ncontent-length: 5\r\n"),
            std::string::npos);
}

TEST_F(RequestHeads, AskForAnUpgradeOnlyIfItIsWanted) {
  const std::string received =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  EXPECT_EQ(forwarded(received).find("Upgrade"), std::string::npos);

  upgrade = true;

  EXPECT_TRUE(forwarded(received).ends_with("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
}

TEST_F(RequestHeads, OfAbsoluteFormAreWrittenInOriginForm) {
  EXPECT_TRUE(forwarded("GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n")
                  .starts_with("GET /x?y HTTP/1.1\r\nHost: a\r\n"));
  EXPECT_TRUE(
      forwarded("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("GET / HTTP/1.1\r\n"));
}

TEST_F(RequestHeads, KeepTheAsteriskOfOptions) {
  EXPECT_TRUE(
      forwarded("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("OPTIONS * HTTP/1.1\r\n"));
}

TEST_F(RequestHeads, AppendTheUidToTheQueryIfConfigured) {
  configure(R"("identity":{"appendUidToQuery":true})");

  EXPECT_TRUE(
      forwarded("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("GET /x?uid=u1 HTTP/1.1\r\n"));
  EXPECT_TRUE(forwarded("GET /x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n")
                  .starts_with("GET /x?y=1&uid=u1 HTTP/1.1\r\n"));
}

TEST_F(RequestHeads, AreNormalisedWhereBareLineFeedsAreAllowed) {
  configure(R"("http":{"allowBareLf":true})");

  EXPECT_EQ(forwarded("GET / HTTP/1.1\nHost: a\nX-One:  1 \nX-Two: 2\n\n"),
            "GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nX-Two: 2\r\n" + kAgentFields +
                "X-Forwarded-Host: a\r\n\r\n");
}

class ResponseHeads : public testing::Test {
 protected:
  /// Parses a head, and writes it as `shape` says.
  std::string relayed(const std::string& received, OutgoingResponse shape) {
    std::size_t scanned = 0;
    const http::HeadOutcome outcome =
        http::parse_response_head(received, {}, http::Method::get, scanned, head);
    EXPECT_EQ(outcome.status, http::HeadStatus::done) << http::rule_of(outcome.error);
    shape.head_bytes = std::string_view{received}.substr(0, outcome.head_bytes);
    std::string out;
    append_response_head(shape, out);
    return out;
  }

  OutgoingResponse plain() const { return {.head = head, .head_bytes = {}}; }

  http::ResponseHead head;
};

TEST_F(ResponseHeads, PassUnchangedWhenNothingIsToBeSaid) {
  const std::string received = "HTTP/1.1 200 Fine\r\nContent-Length: 1\r\nX-One:  1\r\n\r\n";

  EXPECT_EQ(relayed(received, plain()), received);
}

TEST_F(ResponseHeads, OfHttp10BecomeHttp11) {
  EXPECT_EQ(relayed("HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n", plain()),
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(ResponseHeads, MayHaveNoReason) {
  EXPECT_EQ(relayed("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", plain()),
            "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n");
}

TEST_F(ResponseHeads, SayHowTheConnectionGoesOn) {
  const std::string received = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  OutgoingResponse closing = plain();
  closing.close = true;
  OutgoingResponse old_client = plain();
  old_client.keep_alive_1_0 = true;
  const std::string same = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";

  EXPECT_EQ(relayed(received, plain()), same + "\r\n");
  EXPECT_EQ(relayed(received, closing), same + "Connection: close\r\n\r\n");
  EXPECT_EQ(relayed(received, old_client), same + "Connection: keep-alive\r\n\r\n");
}

TEST_F(ResponseHeads, AnnounceChunksOnce) {
  OutgoingResponse shape = plain();
  shape.chunked = true;

  EXPECT_EQ(relayed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n", shape),
            "HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST_F(ResponseHeads, CarryExtraFields) {
  OutgoingResponse shape = plain();
  shape.extra_fields = "Set-Cookie: a=1\r\n";

  EXPECT_EQ(relayed("HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", shape),
            "HTTP/1.1 204 No Content\r\nX: y\r\nSet-Cookie: a=1\r\n\r\n");
}

TEST_F(RequestHeads, CarryWhatTheSourcesSayAndNotWhatTheClientSaysInItsPlace) {
  extra_fields = "X-Plan: gold\r\nX-Team: a\r\n";
  const std::string sent =
      forwarded("GET / HTTP/1.1\r\nHost: h\r\nX-Plan: free\r\nX-Other: 1\r\nx_team: b\r\n\r\n");

  EXPECT_EQ(sent, "GET / HTTP/1.1\r\nHost: h\r\nX-Other: 1\r\n" + kAgentFields +
                      "X-Forwarded-Host: h\r\n" + extra_fields + "\r\n");
}

TEST_F(RequestHeads, NeverCarryAClientsCopyOfAProtectedField) {
  configure(R"("identity":{"protectedHeaders":["X-Plan"],
      "uid":[{"http":{"url":"http://127.0.0.1:1/","pass":["X-Team"]}}]})");

  EXPECT_EQ(forwarded("GET / HTTP/1.1\r\nHost: h\r\nx-plan: gold\r\nX_Team: a\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: h\r\n" + kAgentFields + "X-Forwarded-Host: h\r\n\r\n");
}

}  // namespace
}  // namespace pushgate::agent
