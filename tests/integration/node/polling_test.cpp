// polling_test.cpp - Engine.IO over long-polling, the upgrade to WebSocket, and every error of it.

#include <string>

#include <gtest/gtest.h>

#include "support/http_message.hpp"
#include "support/patience.hpp"
#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

constexpr std::string_view kPolling = "/socket.io/?EIO=4&transport=polling";

std::string post(std::string_view target, std::string_view body, std::string_view fields = {}) {
  return "POST " + std::string{target} +
         " HTTP/1.1\r\nHost: node\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string{fields} + "\r\n" + std::string{body};
}

NodesSetup with_echo() { return {.node = R"("events":["echo"])"}; }

/// A polling session after its handshake: one connection for GETs, one for POSTs.
class PollingClient {
 public:
  explicit PollingClient(const NodesUnderTest& nodes, std::string_view base = kPolling)
      : gets(nodes.connect()), posts(nodes.connect()) {
    const HttpMessage answer = ask(gets, get(base));
    open = answer.body;
    target = std::string{base} + "&sid=" + json_member(open, "sid");
  }

  HttpMessage poll() { return ask(gets, get(target)); }
  HttpMessage send(std::string_view body, std::string_view fields = {}) {
    return ask(posts, post(target, body, fields));
  }

  RawStream gets;
  RawStream posts;
  std::string open;
  std::string target;
};

std::string websocket_target(const PollingClient& client) {
  std::string target = client.target;
  return target.replace(target.find("polling"), 7, "websocket");
}

TEST(NodePolling, TheHandshakeIsAnsweredAsTheReferenceDoes) {
  const NodesUnderTest nodes;
  RawStream client = nodes.connect();

  const HttpMessage answer = ask(client, get(kPolling));

  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.field("Content-Type"), "text/plain; charset=UTF-8");
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_TRUE(answer.body.ends_with(
      R"(","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})"))
      << answer.body;
}

TEST(NodePolling, AWholeConversation) {
  const NodesUnderTest nodes(with_echo());
  PollingClient client(nodes);

  EXPECT_EQ(client.send(R"(40{"token":"123"})").body, "ok");
  const std::string connected = client.poll().body;
  EXPECT_TRUE(connected.starts_with(R"(40{"sid":")"));
  EXPECT_TRUE(
      connected.ends_with("\x1e"
                          R"(42["auth",{"token":"123"}])"))
      << connected;

  EXPECT_EQ(client
                .send("420[\"message-with-ack\",5]\x1e"
                      "40/nope,\x1e"
                      "451-[\"message\",{\"_placeholder\":true,\"num\":0}]\x1e"
                      "bAQID")
                .body,
            "ok");
  EXPECT_EQ(client.poll().body,
            "430[5]\x1e"
            "44/nope,{\"message\":\"Invalid namespace\"}\x1e"
            "451-[\"message-back\",{\"_placeholder\":true,\"num\":0}]\x1e"
            "bAQID");
}

TEST(NodePolling, AGetWaitsUntilThereIsSomething) {
  const NodesUnderTest nodes(with_echo());
  PollingClient client(nodes);
  client.send("40");
  client.poll();

  client.gets.send(get(client.target));
  client.send(R"(42["message","later"])");

  EXPECT_EQ(read_response(client.gets).body, R"(42["message-back","later"])");
}

TEST(NodePolling, ErrorsOutsideASessionHaveTheirCodes) {
  const NodesUnderTest nodes;
  const auto error = [&](const std::string& request) {
    RawStream client = nodes.connect();
    const HttpMessage answer = ask(client, request);
    return std::to_string(answer.status()) + " " + answer.body;
  };

  EXPECT_EQ(error(get("/socket.io/?EIO=4")), R"(400 {"code":0,"message":"Transport unknown"})");
  EXPECT_EQ(error(get("/socket.io/?EIO=4&transport=abc")),
            R"(400 {"code":0,"message":"Transport unknown"})");
  EXPECT_EQ(error(get("/socket.io/?EIO=4&transport=polling&sid=abc")),
            R"(400 {"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(error(post("/socket.io/?EIO=4&transport=polling", "")),
            R"(400 {"code":2,"message":"Bad handshake method"})");
  EXPECT_EQ(error(get("/socket.io/?EIO=4&transport=websocket")).substr(0, 12), R"(400 {"code":)");
  EXPECT_EQ(error(get("/socket.io/?transport=polling")),
            R"(400 {"code":5,"message":"Unsupported protocol version"})");
  EXPECT_EQ(nodes.metric("handshakes_refused_total"), 6);
}

TEST(NodePolling, TwoGetsAtATimeEndTheSession) {
  const NodesUnderTest nodes(with_echo());
  PollingClient client(nodes);
  client.send("40");
  client.poll();
  client.gets.send(get(client.target));
  // The first one must have arrived, or it would be the second.
  EXPECT_TRUE(nodes.metric_becomes("http_requests_total", 4));

  EXPECT_EQ(ask(client.posts, get(client.target)).status(), 400);

  const HttpMessage first = read_response(client.gets);
  EXPECT_EQ(first.status(), 200);
  EXPECT_EQ(first.body, "1");
  EXPECT_EQ(ask(client.posts, get(client.target)).body,
            R"({"code":1,"message":"Session ID unknown"})");
}

TEST(NodePolling, WhatIsMalformedOrTooLargeEndsTheSession) {
  const NodesUnderTest nodes({.node = R"("maxPayload":"1KiB")"});
  PollingClient malformed(nodes);
  EXPECT_EQ(malformed.send("abc").status(), 400);

  PollingClient large(nodes);
  EXPECT_EQ(large.send(std::string(1025, '4')).status(), 413);
  EXPECT_TRUE(nodes.metric_becomes("polling_sessions", 0));
}

TEST(NodePolling, AClientThatGivesUpItsGetIsGone) {
  const NodesUnderTest nodes;
  PollingClient client(nodes);
  client.gets.send(get(client.target));
  EXPECT_TRUE(nodes.metric_becomes("http_requests_total", 2));

  client.gets.close();

  EXPECT_TRUE(nodes.metric_becomes("polling_sessions", 0));
}

TEST(NodePolling, TheUpgradeKeepsTheOrder) {
  const NodesUnderTest nodes(with_echo());
  PollingClient client(nodes);
  client.send("40");
  client.poll();
  client.gets.send(get(client.target));
  WebSocketClient socket(nodes.connect(), websocket_target(client));
  socket.send_text("2probe");
  EXPECT_EQ(socket.text(), "3probe");
  EXPECT_EQ(read_response(client.gets).body, "6");
  client.send(R"(42["message",1])");  // still by polling: its answer must not overtake the switch
  socket.send_text("5");
  socket.send_text(R"(42["message",2])");

  EXPECT_EQ(socket.text(), R"(42["message-back",1])");
  EXPECT_EQ(socket.text(), R"(42["message-back",2])");
  EXPECT_EQ(ask(client.gets, get(client.target)).body, R"({"code":3,"message":"Bad request"})");
  EXPECT_EQ(nodes.metric("sessions_upgraded_total"), 1);
}

TEST(NodePolling, AProbeThatFailsLeavesTheSessionOnPolling) {
  const NodesUnderTest nodes(with_echo());
  PollingClient client(nodes);
  client.send("40");
  client.poll();
  {
    WebSocketClient socket(nodes.connect(), websocket_target(client));
    socket.send_text("2probe");
    EXPECT_EQ(socket.text(), "3probe");
    socket.send_text("4nonsense");
    EXPECT_GE(socket.close_code(), 1000);
  }

  client.send(R"(42["message",1])");

  EXPECT_EQ(client.poll().body, R"(42["message-back",1])");
}

TEST(NodePolling, ASecondWebSocketIsClosedAndTheFirstOneStays) {
  const NodesUnderTest nodes(with_echo());
  PollingClient client(nodes);
  client.send("40");
  client.poll();
  WebSocketClient first(nodes.connect(), websocket_target(client));
  first.send_text("2probe");
  EXPECT_EQ(first.text(), "3probe");

  WebSocketClient while_upgrading(nodes.connect(), websocket_target(client));
  EXPECT_EQ(while_upgrading.close_code(), 1005) << "a close frame without a code";
  EXPECT_EQ(while_upgrading.stream().read_to_end(), "");
  first.send_text("5");
  first.send_text(R"(42["message",1])");
  EXPECT_EQ(first.text(), R"(42["message-back",1])");

  WebSocketClient after_it(nodes.connect(), websocket_target(client));
  EXPECT_EQ(after_it.close_code(), 1005);
  first.send_text(R"(42["message",2])");
  EXPECT_EQ(first.text(), R"(42["message-back",2])");
  EXPECT_EQ(nodes.metric("handshakes_refused_total"), 2);
}

TEST(NodePolling, ASessionThatIsOverIsOnlyFoundByTheGetThatIsToldSo) {
  const NodesUnderTest nodes({.node = R"("connectTimeout":"50ms")"});
  PollingClient client(nodes);
  ASSERT_TRUE(nodes.metric_becomes("connect_timeouts_total", 1));
  RawStream upgrade = nodes.connect();

  const HttpMessage upgraded =
      ask(upgrade, get(websocket_target(client),
                       "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));

  EXPECT_EQ(upgraded.status(), 400);
  EXPECT_EQ(upgraded.body, R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(client.send("40").body, R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(client.poll().body, "1");
}

TEST(NodePolling, RevisionThreeCountsCharactersAndIsConnectedAtOnce) {
  const NodesUnderTest nodes(with_echo());
  PollingClient client(nodes, "/socket.io/?EIO=3&transport=polling");
  EXPECT_NE(client.open.find(R"(:0{"sid":")"), std::string::npos) << client.open;
  EXPECT_TRUE(
      client.open.ends_with("2:40"
                            R"(13:42["auth",{}])"))
      << client.open;

  // Eight UTF-16 units: the emoji counts twice.
  EXPECT_EQ(client.send("18:42[\"message\",\"\xf0\x9f\x98\x80\"]").body, "ok");

  EXPECT_EQ(client.poll().body, "23:42[\"message-back\",\"\xf0\x9f\x98\x80\"]");
  client.send("1:2");
  EXPECT_EQ(client.poll().body, "1:3");
}

TEST(NodePolling, LargeAnswersAreCompressedForThoseWhoCanReadIt) {
  const NodesUnderTest nodes(with_echo());
  PollingClient client(nodes);
  client.send("40");
  client.poll();
  const std::string text(5000, 'x');

  client.send("42[\"message\",\"" + text + "\"]");
  const HttpMessage packed = ask(client.gets, get(client.target, "Accept-Encoding: br, gzip\r\n"));
  client.send("42[\"message\",\"" + text + "\"]");
  const HttpMessage plain = ask(client.gets, get(client.target, "Accept-Encoding: gzip;q=0\r\n"));
  client.send("42[\"message\",\"small\"]");
  const HttpMessage small = ask(client.gets, get(client.target, "Accept-Encoding: gzip\r\n"));

  EXPECT_EQ(packed.field("Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 200u);
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
  EXPECT_FALSE(plain.has("Content-Encoding"));
  EXPECT_EQ(plain.body, "42[\"message-back\",\"" + text + "\"]");
  EXPECT_FALSE(small.has("Content-Encoding"));
}

TEST(NodePolling, CorsIsSentWhereItIsConfigured) {
  const NodesUnderTest nodes(
      {.node = R"("cors":{"origins":["https://a.example"],"credentials":true})"});
  RawStream client = nodes.connect();

  const HttpMessage allowed = ask(client, get(kPolling, "Origin: https://a.example\r\n"));
  const HttpMessage other = ask(client, get(kPolling, "Origin: https://b.example\r\n"));

  EXPECT_EQ(allowed.field("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(allowed.field("Access-Control-Allow-Credentials"), "true");
  EXPECT_FALSE(other.has("Access-Control-Allow-Origin"));
}

TEST(NodePolling, ARequestOnTheWrongThreadIsHandedOver) {
  const NodesUnderTest nodes({.node = R"("events":["echo"])", .threads = 4});
  PollingClient client(nodes);

  // New connections land on any of the threads.
  for (int i = 0; i < 20; ++i) {
    RawStream fresh = nodes.connect();
    const std::string body = i == 0 ? "40" : R"(42["message",1])";
    ASSERT_EQ(ask(fresh, post(client.target, body)).body, "ok");
    RawStream poll = nodes.connect();
    ASSERT_EQ(ask(poll, get(client.target)).status(), 200);
  }

  EXPECT_GT(nodes.metric("connections_handed_over_total"), 0);
}

}  // namespace
}  // namespace pushgate::test
