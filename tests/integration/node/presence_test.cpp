// presence_test.cpp - who is in a room, across the nodes of one process.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/api_client.hpp"
#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAlice = "X-Pushgate-Uid: alice\r\n";

NodesSetup with_presence() {
  return {.node = R"("events":["rooms"],"api":{"address":"127.0.0.1:0"},)"
                  R"("rooms":[{"match":"p:*","presence":true}])",
          .count = 2};
}

std::string member(const SocketIoClient& client, std::string_view uid) {
  const std::string socket = R"({"socket":")" + client.socket_id() + R"(")";
  return uid.empty() ? socket + "}" : socket + R"(,"uid":")" + std::string{uid} + R"("})";
}

TEST(NodePresence, TheMembersHearWhoComesAndGoesOnAnyNode) {
  const NodesUnderTest nodes(with_presence());
  SocketIoClient watcher(nodes, 0);
  watcher.join("p:1");
  EXPECT_EQ(watcher.text(),
            R"(42["presence",{"room":"p:1","joined":[)" + member(watcher, "") + "]}]");

  std::string alice_member;
  {
    SocketIoClient alice(nodes, 1, {}, kAlice);
    alice_member = member(alice, "alice");
    alice.emit(R"(["join","p:1"])");
    EXPECT_EQ(watcher.text(), R"(42["presence",{"room":"p:1","joined":[)" + alice_member + "]}]");
  }

  EXPECT_EQ(watcher.text(), R"(42["presence",{"room":"p:1","left":[)" + alice_member + "]}]");
}

TEST(NodePresence, OtherRoomsAreQuiet) {
  const NodesUnderTest nodes(with_presence());
  SocketIoClient watcher(nodes, 0);
  watcher.join("quiet");
  SocketIoClient other(nodes, 1);
  other.join("quiet");

  ApiClient(nodes).post("/api/v1/broadcast", R"({"event":"next"})");

  EXPECT_EQ(watcher.text(), R"(42["next"])");
  EXPECT_EQ(nodes.metric("presence_events_total"), 0);
}

TEST(NodePresence, TheApiGroupsMembersByUser) {
  const NodesUnderTest nodes(with_presence());
  const ApiClient api(nodes);
  SocketIoClient phone(nodes, 0, {}, kAlice);
  SocketIoClient laptop(nodes, 1, {}, kAlice);
  SocketIoClient nobody(nodes, 1);
  for (SocketIoClient* const client : {&phone, &laptop, &nobody}) client->join("p:1");

  const std::string presence = api.get("/api/v1/presence?room=p:1").body;
  const std::string room = api.get("/api/v1/rooms/p%3A1").body;

  EXPECT_THAT(presence, HasSubstr(R"("room":"p:1","count":3,"users":1,)"));
  EXPECT_THAT(presence, HasSubstr(R"({"sockets":[")" + nobody.socket_id() + R"("]})"));
  EXPECT_THAT(presence, HasSubstr(R"({"uid":"alice","sockets":[")"));
  EXPECT_THAT(presence, HasSubstr(R"("partial":false)"));
  EXPECT_THAT(room, HasSubstr(R"("count":3,"users":1,"presence":true,"members":[{)"));
  EXPECT_THAT(room, HasSubstr(R"("uid":"alice","node":)" + nodes.quoted_name(1)));
}

TEST(NodePresence, IsNotToldWhereNoRuleAsksForIt) {
  const NodesUnderTest nodes(with_presence());
  const ApiClient api(nodes);
  SocketIoClient client(nodes, 0);
  client.join("quiet");

  EXPECT_EQ(api.get("/api/v1/presence?room=quiet").status(), 409);
  EXPECT_THAT(api.get("/api/v1/rooms/quiet").body,
              HasSubstr(R"("count":1,"users":0,"presence":false,"partial")"));
}

}  // namespace
}  // namespace pushgate::test
