// websocket_handshake_test.cpp - how a connection leaves HTTP: both sides are checked before a byte
// of the new protocol passes.

#include <future>
#include <string>

#include <gtest/gtest.h>

#include "support/websocket_peers.hpp"

namespace pushgate::test {
namespace {

class Handshake : public testing::Test {
 protected:
  void ask_to_upgrade(const std::string& request) {
    client.send(request);
    node = upstream.accept();
    seen = read_request(node);
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
  RawStream node;
  HttpMessage seen;
};

TEST_F(Handshake, PassesUnchangedToTheNode) {
  const std::string own =
      "Origin: https://app.test\r\nCookie: a=1\r\nSec-WebSocket-Protocol: chat, superchat\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
  ask_to_upgrade(upgrade_request("/ws?uid=u", own));

  EXPECT_NE(seen.head.find(own), std::string::npos) << seen.head;
  EXPECT_EQ(seen.field("Connection"), "Upgrade");
  EXPECT_EQ(seen.field("Upgrade"), "websocket");
  EXPECT_EQ(seen.field("Sec-WebSocket-Key"), "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(seen.field("X-Pushgate-Uid"), "u");
}

TEST_F(Handshake, TheNodesAgreementPassesUnchangedToTheClient) {
  ask_to_upgrade(upgrade_request("/ws?uid=u",
                                 "Sec-WebSocket-Protocol: chat, superchat\r\n"
                                 "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  node.send(
      switching("Sec-WebSocket-Protocol: superchat\r\nSet-Cookie: s=1\r\n"
                "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  const HttpMessage answer = read_bodiless_response(client);

  EXPECT_EQ(answer.status(), 101);
  EXPECT_EQ(answer.field("Connection"), "Upgrade");
  EXPECT_EQ(answer.field("Upgrade"), "websocket");
  EXPECT_EQ(answer.field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.field("Sec-WebSocket-Protocol"), "superchat");
  EXPECT_EQ(answer.field("Sec-WebSocket-Extensions"), "permessage-deflate");
  EXPECT_EQ(answer.field("Set-Cookie"), "s=1");
}

TEST_F(Handshake, TheClientsEarlyBytesAreHeldUntilTheNodeHasAgreed) {
  ask_to_upgrade(upgrade_request() + "early frame");
  EXPECT_FALSE(node.has_something());

  node.send(switching());

  EXPECT_EQ(node.read_exactly(11), "early frame");
}

TEST_F(Handshake, BytesThatComeBetweenRequestAndAgreementAreHeldToo) {
  ask_to_upgrade(upgrade_request());
  client.send("early frame");
  node.send("HTTP/1.1 103 Early Hints\r\n\r\n");  // shows that the agent has been at work since
  EXPECT_EQ(read_bodiless_response(client).status(), 103);
  EXPECT_FALSE(node.has_something());

  node.send(switching());

  EXPECT_EQ(node.read_exactly(11), "early frame");
}

TEST_F(Handshake, EarlyBytesOfAnySizeArriveInTheirOrder) {
  const std::string early = patterned(4 * 1024 * 1024);
  auto sending = std::async(std::launch::async, [&] { client.send(upgrade_request() + early); });
  node = upstream.accept();
  read_request(node);
  EXPECT_FALSE(node.has_something());

  node.send(switching());

  EXPECT_TRUE(node.read_exactly(early.size()) == early);
  sending.get();
  EXPECT_EQ(read_bodiless_response(client).status(), 101);
}

TEST_F(Handshake, ANodeThatAgreesAndEndsItsDirectionStillHearsTheClient) {
  ask_to_upgrade(upgrade_request() + "early ");
  node.send(switching() + "goodbye");
  node.half_close();
  EXPECT_EQ(read_bodiless_response(client).status(), 101);
  EXPECT_EQ(client.read_to_end(), "goodbye");

  client.send("and late");
  client.half_close();

  EXPECT_EQ(node.read_to_end(), "early and late");
}

TEST_F(Handshake, FramesRightBehindTheAgreementReachTheClient) {
  ask_to_upgrade(upgrade_request());
  const std::string frames = patterned(20'000);
  node.send(switching() + frames);

  EXPECT_EQ(read_bodiless_response(client).status(), 101);
  EXPECT_TRUE(client.read_exactly(frames.size()) == frames);
}

TEST_F(Handshake, ARefusalOfTheNodeIsAnOrdinaryResponse) {
  ask_to_upgrade(upgrade_request());
  node.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
  const HttpMessage refused = read_response(client);
  EXPECT_EQ(refused.status(), 401);
  EXPECT_EQ(refused.body, "no");

  // And the connection is still one of HTTP, on both sides.
  client.send(get("/next?uid=u"));
  EXPECT_EQ(read_request(node).start_line, "GET /next?uid=u HTTP/1.1");
}

TEST_F(Handshake, TwoHundredIsNoAgreement) {
  ask_to_upgrade(upgrade_request());
  node.send(ok("hello"));
  const HttpMessage response = read_response(client);

  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(agent.metric("tunnels_opened_total"), 0u);
}

TEST_F(Handshake, EarlyBytesAreNotServedAsARequestWhenTheNodeRefuses) {
  ask_to_upgrade(upgrade_request() + get("/smuggled?uid=victim"));
  node.send(ok("hello"));

  EXPECT_EQ(read_response(client).field("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(Handshake, AnUpgradeIsNeverSentOnAPooledConnection) {
  client.send(get("/?uid=u"));
  RawStream pooled = upstream.accept();
  read_request(pooled);
  pooled.send(ok("x"));
  read_response(client);

  client.send(upgrade_request());
  RawStream fresh = upstream.accept();

  EXPECT_EQ(read_request(fresh).field("Upgrade"), "websocket");
}

TEST_F(Handshake, AProtocolThatIsNotListedIsStripped) {
  ask_to_upgrade(get("/?uid=u",
                     "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                     "HTTP2-Settings: AAMAAABkAAQAAP__\r\n"));

  EXPECT_FALSE(seen.has("Upgrade"));
  EXPECT_FALSE(seen.has("Connection"));
  EXPECT_FALSE(seen.has("HTTP2-Settings"));
  node.send(ok("plain"));
  EXPECT_EQ(read_response(client).body, "plain");
}

TEST_F(Handshake, UpgradeWithoutItsConnectionOptionIsStripped) {
  ask_to_upgrade(get("/?uid=u", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));

  EXPECT_FALSE(seen.has("Upgrade"));
}

TEST(ListedProtocols, MayBeOthersThanWebSocket) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()),
                        .settings = R"("http":{"upgradeProtocols":["custom"]})"}};
  RawStream client = agent.connect();
  client.send(get("/?uid=u", "Connection: Upgrade\r\nUpgrade: custom\r\n"));
  RawStream node = upstream.accept();
  EXPECT_EQ(read_request(node).field("Upgrade"), "custom");
  node.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: custom\r\n\r\n");
  EXPECT_EQ(read_bodiless_response(client).status(), 101);

  TunnelEnds tunnel{std::move(client), std::move(node)};
  EXPECT_TRUE(is_alive(tunnel));
}

struct BadAgreement {
  const char* name;
  std::string answer;
};

class BadAgreements : public testing::TestWithParam<BadAgreement> {};

TEST_P(BadAgreements, AreABadGatewayAndNoTunnel) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
  client.send(upgrade_request() + "early");
  RawStream node = upstream.accept();
  read_request(node);

  node.send("HTTP/1.1 101 Switching Protocols\r\n" + GetParam().answer + "\r\n");
  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 502);
  EXPECT_NE(answer.body.find(R"("rule":"bad_upstream_response")"), std::string::npos);
  EXPECT_EQ(node.read_to_end(), "") << "early bytes must not follow";
  EXPECT_EQ(agent.metric("tunnels_opened_total"), 0u);
}

const std::string kUpgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
const std::string kAccept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

INSTANTIATE_TEST_SUITE_P(
    Table, BadAgreements,
    testing::Values(
        BadAgreement{"WrongAccept",
                     kUpgrade + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"},
        BadAgreement{"NoAccept", kUpgrade},
        BadAgreement{"TwoAccepts", kUpgrade + kAccept + kAccept},
        BadAgreement{"NoUpgrade", "Connection: Upgrade\r\n" + kAccept},
        BadAgreement{"NoConnection", "Upgrade: websocket\r\n" + kAccept},
        BadAgreement{"AnotherProtocol", "Connection: Upgrade\r\nUpgrade: h2c\r\n" + kAccept},
        BadAgreement{"ALength", kUpgrade + kAccept + "Content-Length: 5\r\n"},
        BadAgreement{"ASubprotocolThatWasNotOffered",
                     kUpgrade + kAccept + "Sec-WebSocket-Protocol: chat\r\n"},
        BadAgreement{"AnExtensionThatWasNotOffered",
                     kUpgrade + kAccept + "Sec-WebSocket-Extensions: permessage-deflate\r\n"}),
    [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace pushgate::test
