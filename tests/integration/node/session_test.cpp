// session_test.cpp - Engine.IO and Socket.IO over WebSocket, as the reference server answers.

#include <string>

#include <gtest/gtest.h>

#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

constexpr std::string_view kTarget = "/socket.io/?EIO=4&transport=websocket";

NodesSetup with_echo() { return {.node = R"("events":["echo"],"namespaces":["/","/custom"])"}; }

TEST(NodeSession, OpensWithTheFiveKeys) {
  const NodesUnderTest nodes;
  WebSocketClient client(nodes.connect(), kTarget);

  const std::string open = client.text();

  EXPECT_TRUE(open.starts_with(R"(0{"sid":")")) << open;
  EXPECT_TRUE(open.ends_with(
      R"(","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})"))
      << open;
  EXPECT_EQ(json_member(open, "sid").size(), 20u);
}

TEST(NodeSession, ConnectsToTheMainNamespaceWithAnIdOfItsOwn) {
  const NodesUnderTest nodes(with_echo());
  WebSocketClient client(nodes.connect(), kTarget);
  const std::string engine_id = json_member(client.text(), "sid");

  client.send_text(R"(40{"token":"123"})");

  const std::string connected = client.text();
  EXPECT_TRUE(connected.starts_with(R"(40{"sid":")"));
  EXPECT_NE(json_member(connected, "sid"), engine_id);
  EXPECT_EQ(client.text(), R"(42["auth",{"token":"123"}])");
}

TEST(NodeSession, AnotherNamespaceIsAnotherSocketOnTheSameConnection) {
  const NodesUnderTest nodes(with_echo());
  WebSocketClient client(nodes.connect(), kTarget);
  client.text();

  client.send_text("40/custom,");

  EXPECT_TRUE(client.text().starts_with(R"(40/custom,{"sid":")"));
  EXPECT_EQ(client.text(), R"(42/custom,["auth",{}])");
  client.send_text(R"(42/custom,["message",1,"2",{"3":[true]}])");
  EXPECT_EQ(client.text(), R"(42/custom,["message-back",1,"2",{"3":[true]}])");
}

TEST(NodeSession, AnUnknownNamespaceIsRefusedAndTheConnectionStays) {
  const NodesUnderTest nodes(with_echo());
  WebSocketClient client(nodes.connect(), kTarget);
  client.text();

  client.send_text("40/nope");

  EXPECT_EQ(client.text(), R"(44/nope,{"message":"Invalid namespace"})");
  client.send_text("40");
  EXPECT_TRUE(client.text().starts_with(R"(40{"sid":")"));
}

TEST(NodeSession, EventsWithBinaryAndAcksComeBack) {
  const NodesUnderTest nodes(with_echo());
  SocketIoClient client(nodes);
  client.text();  // auth

  client.send_text(
      R"(452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
  client.send_binary("\x01\x02\x03");
  client.send_binary("\x04");

  EXPECT_EQ(client.text(),
            R"(452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
  EXPECT_EQ(client.binary(), "\x01\x02\x03");
  EXPECT_EQ(client.binary(), "\x04");
  EXPECT_EQ(client.ask(R"(["message-with-ack",1,"2"])"), R"([1,"2"])");
}

TEST(NodeSession, WhatIsNoPacketEndsTheConnection) {
  for (const std::string_view bad : {R"(442["some","data")", "4999", R"(42{"a":1})", "4", "abc",
                                     R"(42["disconnect"])", R"(42/never-joined,["a"])", "2"}) {
    const NodesUnderTest nodes(with_echo());
    SocketIoClient client(nodes);
    client.text();

    client.send_text(bad);

    EXPECT_GE(client.close_code(), 1000) << bad;
    EXPECT_TRUE(nodes.metric_becomes("websocket_sessions", 0)) << bad;
  }
}

TEST(NodeSession, WhoGoesWithoutAWordIsToldNothing) {
  const NodesUnderTest nodes;
  SocketIoClient client(nodes);
  EXPECT_EQ(client.text(), R"(42["go:push","hello world"])");

  client.stream().half_close();

  EXPECT_EQ(client.stream().read_to_end(), "");
  EXPECT_EQ(client.stream().end(), StreamEnd::closed);
  EXPECT_TRUE(nodes.metric_becomes("websocket_sessions", 0));
  EXPECT_TRUE(nodes.metric_becomes("sockets", 0));
}

TEST(NodeSession, LeavingANamespaceLeavesTheConnectionOpen) {
  const NodesUnderTest nodes(with_echo());
  SocketIoClient client(nodes);
  client.text();

  client.send_text("41");
  client.send_text("40/custom,");

  EXPECT_TRUE(client.text().starts_with(R"(40/custom,{"sid":")"));
  EXPECT_TRUE(nodes.metric_becomes("sockets", 1));
}

TEST(NodeSession, TheServerPingsAndASilentClientIsDropped) {
  const NodesUnderTest nodes({.node = R"("pingInterval":"100ms","pingTimeout":"50ms")"});
  SocketIoClient client(nodes, 0);
  EXPECT_EQ(client.text(), R"(42["go:push","hello world"])");

  EXPECT_EQ(client.text(), "2");
  client.send_text("3");
  EXPECT_EQ(client.text(), "2");

  EXPECT_GE(client.close_code(), 1000);
  EXPECT_TRUE(nodes.metric_becomes("ping_timeouts_total", 1));
}

TEST(NodeSession, WhoJoinsNoNamespaceInTimeIsSentAway) {
  const NodesUnderTest nodes({.node = R"("connectTimeout":"100ms")"});
  WebSocketClient client(nodes.connect(), kTarget);
  client.text();

  EXPECT_GE(client.close_code(), 1000);
  EXPECT_EQ(nodes.metric("connect_timeouts_total"), 1);
}

TEST(NodeSession, GopushClientsAreGreetedAndMeetInRooms) {
  const NodesUnderTest nodes;
  SocketIoClient first(nodes);
  SocketIoClient second(nodes);
  EXPECT_EQ(first.text(), R"(42["go:push","hello world"])");
  EXPECT_EQ(second.text(), R"(42["go:push","hello world"])");

  first.emit(R"(["room",{"room":"r1","event":"hi","noBroadcast":true}])");
  first.emit(R"(["room",{"room":"r2","event":"hi","noBroadcast":true}])");
  EXPECT_TRUE(nodes.metric_becomes("rooms", 2));
  second.emit(R"(["room",{"room":"r2","event":"hi","n":7}])");

  EXPECT_EQ(first.text(), R"(42["hi",{"room":"r2","event":"hi","n":7}])");
}

TEST(NodeSession, ABroadcastReachesTheOthersOnEveryThreadAndNode) {
  const NodesUnderTest nodes({.count = 2, .threads = 2});
  SocketIoClient sender(nodes, 0);
  SocketIoClient near(nodes, 0);
  SocketIoClient far(nodes, 1);
  for (SocketIoClient* const client : {&sender, &near, &far}) {
    client->text();
    client->join("lobby");
  }

  EXPECT_EQ(sender.ask(R"(["publish",{"room":"lobby","event":"news","data":{"n":1}}])"),
            R"([{"ok":true}])");

  EXPECT_EQ(near.text(), R"(42["news",{"n":1}])");
  EXPECT_EQ(far.text(), R"(42["news",{"n":1}])");
}

TEST(NodeSession, ReservedAndForbiddenRoomsAreRefused) {
  const NodesUnderTest nodes(
      {.node = R"("rooms":[{"match":"staff*","join":"server","publish":"server"}])"});
  SocketIoClient client(nodes);
  client.text();

  EXPECT_EQ(client.ask(R"(["join","user:alice"])"), R"([{"ok":false,"error":"reserved"}])");
  EXPECT_EQ(client.ask("[\"join\",\"" + client.socket_id() + "\"]"),
            R"([{"ok":false,"error":"reserved"}])");
  EXPECT_EQ(client.ask(R"(["join","staff-1"])"), R"([{"ok":false,"error":"forbidden"}])");
  EXPECT_EQ(client.ask(R"(["join",""])"), R"([{"ok":false,"error":"bad_name"}])");
  EXPECT_EQ(client.ask(R"(["join",7])"), R"([{"ok":false,"error":"bad_request"}])");
  EXPECT_EQ(client.ask(R"(["publish",{"room":"staff-1"}])"),
            R"([{"ok":false,"error":"forbidden"}])");
  EXPECT_EQ(nodes.metric("events_refused_total"), 6);
}

}  // namespace
}  // namespace pushgate::test
