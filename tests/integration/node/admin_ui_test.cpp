// admin_ui_test.cpp - the namespace that Socket.IO's admin UI asks, frame by frame.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// bcrypt of "correct horse", as cheap as it can be.
constexpr std::string_view kHash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
constexpr std::string_view kLogin = R"(40/admin,{"username":"root","password":"correct horse"})";
constexpr std::string_view kWebSocket = "/socket.io/?EIO=4&transport=websocket";

NodesSetup with_admin_ui(std::string_view more = {}) {
  return {.node = R"("events":["rooms"],"adminUi":{"enabled":true,"username":"root","password":")" +
                  std::string{kHash} + "\"" + std::string{more} + "}",
          .count = 2};
}

/// What was answered to a CONNECT with this packet.
std::string answer_to(const NodesUnderTest& nodes, std::string_view packet) {
  WebSocketClient client(nodes.connect(), kWebSocket);
  client.text();
  client.send_text(packet);
  return client.text();
}

/// Logged in; what comes of itself every two seconds is skipped.
class Admin {
 public:
  explicit Admin(const NodesUnderTest& nodes) : client_(nodes.connect(), kWebSocket) {
    client_.text();
    client_.send_text(kLogin);
    connected = client_.text();
    config = next();
    session = next();
  }
  std::string next() {
    for (;;) {
      std::string text = client_.text();
      if (!text.starts_with(R"(42/admin,["server_stats")")) return text;
    }
  }
  std::string next_stats() {
    for (;;) {
      std::string text = client_.text();
      if (text.starts_with(R"(42/admin,["server_stats")")) return text;
    }
  }
  void emit(std::string_view data) { client_.send_text("42/admin," + std::string{data}); }

  std::string connected;
  std::string config;
  std::string session;

 private:
  WebSocketClient client_;
};

TEST(NodeAdminUi, LetsInWhoHasThePasswordOrASession) {
  const NodesUnderTest nodes(with_admin_ui());
  Admin admin(nodes);
  EXPECT_THAT(admin.connected, StartsWith(R"(40/admin,{"sid":")"));
  EXPECT_EQ(admin.config,
            R"(42/admin,["config",{"supportedFeatures":["EMIT","JOIN","LEAVE","DISCONNECT",)"
            R"("MJOIN","MLEAVE","MDISCONNECT","AGGREGATED_EVENTS"]}])");
  ASSERT_THAT(admin.session, StartsWith(R"(42/admin,["session",")"));

  const std::string id = admin.session.substr(admin.session.size() - 22, 20);
  EXPECT_THAT(answer_to(nodes, R"(40/admin,{"sessionId":")" + id + "\"}"),
              StartsWith(R"(40/admin,{"sid":")"));
}

TEST(NodeAdminUi, RefusesEverybodyElseInTheWordsTheUiKnows) {
  const NodesUnderTest nodes(with_admin_ui());
  constexpr std::string_view kRefused = R"(44/admin,{"message":"invalid credentials"})";

  EXPECT_EQ(answer_to(nodes, "40/admin,"), kRefused);
  EXPECT_EQ(answer_to(nodes, R"(40/admin,{"username":"root","password":"wrong"})"), kRefused);
  EXPECT_EQ(answer_to(nodes, R"(40/admin,{"username":"toor","password":"correct horse"})"),
            kRefused);
  EXPECT_EQ(answer_to(nodes, R"(40/admin,{"sessionId":"aaaaaaaaaaaaaaaaaaaa"})"), kRefused);
}

TEST(NodeAdminUi, IsOffUnlessAskedFor) {
  const NodesUnderTest nodes;

  EXPECT_EQ(answer_to(nodes, kLogin), R"(44/admin,{"message":"Invalid namespace"})");
}

TEST(NodeAdminUi, StatisticsOfEachNodeComeByThemselves) {
  const NodesUnderTest nodes(with_admin_ui());
  Admin admin(nodes);
  const SocketIoClient client(nodes, 1);

  std::string first = admin.next_stats();
  while (first.find(R"("serverId":)" + nodes.quoted_name(1)) == first.npos ||
         first.find(R"("name":"/")") == first.npos) {
    first = admin.next_stats();
  }

  EXPECT_THAT(first, HasSubstr(R"("clientsCount":1,"pollingClientsCount":0,"aggregatedEvents":[)"));
  EXPECT_THAT(first, HasSubstr(R"("namespaces":[{"name":"/","socketsCount":1}]}])"));
}

TEST(NodeAdminUi, CommandsReachSocketsOnEveryNode) {
  const NodesUnderTest nodes(with_admin_ui());
  Admin admin(nodes);
  SocketIoClient here(nodes, 0);
  SocketIoClient there(nodes, 1);

  admin.emit(R"(["join","/","lobby",")" + there.socket_id() + "\"]");
  admin.emit(R"(["emit","/","lobby","hello",{"a":1}])");
  EXPECT_EQ(there.text(), R"(42["hello",{"a":1}])");
  admin.emit(R"(["emit","/",null,"all"])");
  EXPECT_EQ(here.text(), R"(42["all"])");
  EXPECT_EQ(there.text(), R"(42["all"])");
  admin.emit(R"(["leave","/","lobby",null])");
  admin.emit(R"(["emit","/","lobby","unheard"])");
  admin.emit(R"(["_disconnect","/",false,")" + there.socket_id() + "\"]");
  EXPECT_EQ(there.text(), "41");
}

TEST(NodeAdminUi, ReadOnlyMeansThat) {
  const NodesUnderTest nodes(with_admin_ui(R"(,"readOnly":true)"));
  Admin admin(nodes);
  SocketIoClient client(nodes, 0);
  EXPECT_EQ(admin.config, R"(42/admin,["config",{"supportedFeatures":["AGGREGATED_EVENTS"]}])");

  admin.emit(R"(["emit","/",null,"unheard"])");
  admin.next_stats();  // the next turn at the earliest: the command has been taken by then

  EXPECT_EQ(client.ask(R"(["join","r"])"), R"([{"ok":true}])") << "and nothing before it";
}

TEST(NodeAdminUi, DevelopmentShowsEverySocket) {
  const NodesUnderTest nodes(with_admin_ui(R"(,"development":true)"));
  SocketIoClient before(nodes, 1);
  Admin admin(nodes);
  EXPECT_THAT(admin.config, HasSubstr(R"("ALL_EVENTS")"));
  const std::string all = admin.next();
  EXPECT_THAT(all, AllOf(StartsWith(R"(42/admin,["all_sockets",[{"id":")" + before.socket_id()),
                         HasSubstr(R"("nsp":"/","data":{},"handshake":{"headers":)"),
                         Not(HasSubstr("correct horse"))));

  std::string id;
  {
    SocketIoClient after(nodes, 1);
    id = after.socket_id();
    EXPECT_THAT(admin.next(), StartsWith(R"(42/admin,["socket_connected",{"id":")" + id));
    after.join("lobby");
    EXPECT_THAT(admin.next(),
                StartsWith(R"(42/admin,["event_received","/",")" + id + R"(",["join","lobby"],")"));
    EXPECT_THAT(admin.next(), StartsWith(R"(42/admin,["room_joined","/","lobby",")" + id));
  }
  EXPECT_THAT(admin.next(), StartsWith(R"(42/admin,["socket_disconnected","/",")" + id +
                                       R"(","transport close")"));
  EXPECT_THAT(admin.next(), StartsWith(R"(42/admin,["room_left","/","lobby",")" + id));
}

}  // namespace
}  // namespace pushgate::test
