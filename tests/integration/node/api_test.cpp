// api_test.cpp - the HTTP API over real sockets, with clients on two nodes of one process.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/api_client.hpp"
#include "support/patience.hpp"
#include "support/redis_server.hpp"
#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

using ::testing::HasSubstr;

NodesSetup with_api(std::string api = R"("address":"127.0.0.1:0")") {
  return {.node = R"("events":["rooms"],"api":{)" + api + "}", .count = 2};
}

constexpr std::string_view kAlice = "X-Pushgate-Uid: alice\r\n";

std::string rule_of(const HttpMessage& answer) { return json_member(answer.body, "rule"); }

TEST(NodeApi, PublishReachesTheRoomsMembersOnEveryNode) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  SocketIoClient here(nodes, 0);
  SocketIoClient there(nodes, 1);
  SocketIoClient other(nodes, 1);
  here.join("lobby");
  there.join("lobby");
  other.join("elsewhere");

  const HttpMessage answer = api.post(
      "/api/v1/publish",
      R"({"rooms":["lobby","elsewhere"],"except":["elsewhere"],"event":"news","data":{"n":1.0}})");

  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body, R"({"ok":true})");
  EXPECT_EQ(answer.field("Content-Type"), "application/json");
  EXPECT_EQ(here.text(), R"(42["news",{"n":1.0}])");
  EXPECT_EQ(there.text(), R"(42["news",{"n":1.0}])");
  api.post("/api/v1/publish", R"({"rooms":["elsewhere"],"event":"next","args":[1,"2"]})");
  EXPECT_EQ(other.text(), R"(42["next",1,"2"])");
}

TEST(NodeApi, BinariesArriveAsBinaries) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  SocketIoClient client(nodes, 1);

  api.post("/api/v1/broadcast", R"({"event":"file","data":{"bytes":{"$binary":"AAEC"}}})");

  EXPECT_EQ(client.text(), R"(451-["file",{"bytes":{"_placeholder":true,"num":0}}])");
  EXPECT_EQ(client.binary(), std::string("\0\1\2", 3));
}

TEST(NodeApi, BroadcastReachesEverybodyButTheExcepted) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  SocketIoClient one(nodes, 0);
  SocketIoClient two(nodes, 1);

  api.post("/api/v1/broadcast", R"({"event":"a","except":[")" + two.socket_id() + R"("]})");
  api.post("/api/v1/broadcast", R"({"event":"b"})");

  EXPECT_EQ(one.text(), R"(42["a"])");
  EXPECT_EQ(two.text(), R"(42["b"])");
}

TEST(NodeApi, JoinsAndLeavesBySocketUserAndRoom) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  SocketIoClient alice(nodes, 1, {}, kAlice);
  SocketIoClient bob(nodes, 0);

  api.post("/api/v1/join",
           R"({"uid":"alice","sockets":[")" + bob.socket_id() + R"("],"rooms":["a","b"]})");
  EXPECT_THAT(api.body_with("/api/v1/rooms/a", R"("count":2)"), HasSubstr(R"("count":2)"));
  api.post("/api/v1/leave", R"({"inRooms":["b"],"rooms":["a"]})");

  EXPECT_THAT(api.body_with("/api/v1/rooms/a", R"("count":0)"), HasSubstr(R"("count":0)"));
  EXPECT_THAT(api.get("/api/v1/rooms/b").body, HasSubstr(R"("count":2)"));
}

TEST(NodeApi, DisconnectsAUserOnWhateverNode) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  SocketIoClient alice(nodes, 1, {}, kAlice);

  api.post("/api/v1/disconnect", R"({"uid":"alice"})");

  EXPECT_EQ(alice.text(), "41");
  EXPECT_THAT(api.body_with("/api/v1/users/alice", R"("online":false)"),
              HasSubstr(R"("devices":[])"));
}

TEST(NodeApi, RoomsComeInPages) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  SocketIoClient here(nodes, 0);
  SocketIoClient there(nodes, 1, {}, kAlice);
  here.join("r1");
  here.join("r2");
  there.join("r2");
  there.join("r3");
  there.join("other");

  const HttpMessage first = api.get("/api/v1/rooms?prefix=r&limit=2");
  const HttpMessage second = api.get("/api/v1/rooms?prefix=r&limit=2&after=r2");

  EXPECT_EQ(first.body,
            R"({"nsp":"/","rooms":["r1","r2"],"next":"r2","partial":false,"missing":[],)"
            R"("missingUnnamed":0})");
  EXPECT_EQ(second.body,
            R"({"nsp":"/","rooms":["r3"],"partial":false,"missing":[],"missingUnnamed":0})");
}

TEST(NodeApi, AUsersDevicesAreNamedWithTheirNodes) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  SocketIoClient phone(nodes, 0, {}, kAlice);
  SocketIoClient laptop(nodes, 1, {}, kAlice);

  const std::string body = api.get("/api/v1/users/alice").body;

  EXPECT_THAT(body, HasSubstr(R"("uid":"alice","online":true)"));
  EXPECT_THAT(
      body, HasSubstr(R"("socket":")" + phone.socket_id() + R"(","node":)" + nodes.quoted_name(0)));
  EXPECT_THAT(body, HasSubstr(R"("socket":")" + laptop.socket_id() + R"(","node":)" +
                              nodes.quoted_name(1)));
  EXPECT_THAT(body, HasSubstr(R"("connectedSince":"20)"));
}

TEST(NodeApi, ABatchGoesOnAfterACommandThatIsRefused) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  SocketIoClient client(nodes, 1);

  const HttpMessage answer = api.post("/api/v1/batch", R"({"commands":[
    {"command":"broadcast","body":{"event":"connect"}},
    {"command":"broadcast","body":{"event":"hello"}}]})");

  EXPECT_EQ(answer.status(), 200);
  EXPECT_THAT(answer.body, HasSubstr(R"({"results":[{"status":400,"body":{"error":)"));
  EXPECT_THAT(answer.body, HasSubstr(R"({"status":200,"body":{"ok":true}}]})"));
  EXPECT_EQ(client.text(), R"(42["hello"])");
}

TEST(NodeApi, AnIdempotencyKeyDoesThingsOnce) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  SocketIoClient client(nodes, 0);
  constexpr std::string_view kKey = "Idempotency-Key: k1\r\n";

  const HttpMessage first = api.post("/api/v1/broadcast", R"({"event":"once"})", kKey);
  const HttpMessage again = api.post("/api/v1/broadcast", R"({"event":"once"})", kKey);
  const HttpMessage other = api.post("/api/v1/broadcast", R"({"event":"other"})", kKey);
  api.post("/api/v1/broadcast", R"({"event":"last"})");

  EXPECT_EQ(first.body, again.body);
  EXPECT_EQ(again.status(), 200);
  EXPECT_EQ(other.status(), 422);
  EXPECT_EQ(client.text(), R"(42["once"])");
  EXPECT_EQ(client.text(), R"(42["last"])");
}

TEST(NodeApi, ARefusedRequestMayBeMendedUnderTheSameKey) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  constexpr std::string_view kKey = "Idempotency-Key: k1\r\n";

  EXPECT_EQ(api.post("/api/v1/broadcast", R"({"event":7})", kKey).status(), 400);
  EXPECT_EQ(api.post("/api/v1/broadcast", R"({"event":"e"})", kKey).status(), 200);
}

TEST(NodeApi, WhatCannotBeStoredIsNotAcknowledgedAndMayBeTriedAgain) {
  RedisServer redis;
  NodesSetup setup = with_api();
  setup.node += R"(,"recovery":{"enabled":true})";
  setup.settings = R"("redisAdapter":{"host":"127.0.0.1","port":)" + redis.port_text() + "}";
  const NodesUnderTest nodes(setup);
  const ApiClient api(nodes);
  constexpr std::string_view kBody = R"({"rooms":["a"],"event":"news"})";
  const auto publish = [&](std::string_view fields = {}) {
    return api.post("/api/v1/publish", std::string{kBody}, fields).status();
  };
  ASSERT_TRUE(eventually([&] { return publish() == 200; }));
  SocketIoClient client(nodes, 1);
  client.join("a");

  redis.stop();
  const HttpMessage answer =
      api.post("/api/v1/publish", std::string{kBody}, "Idempotency-Key: k1\r\n");
  EXPECT_EQ(answer.status(), 503);
  EXPECT_EQ(rule_of(answer), "not_stored");
  EXPECT_EQ(client.text(), R"(42["news"])");  // and without an offset

  redis.start();
  EXPECT_TRUE(eventually([&] { return publish("Idempotency-Key: k1\r\n") == 200; }));
}

TEST(NodeApi, AKeyIsAskedFor) {
  const NodesUnderTest nodes(with_api(
      R"("address":"127.0.0.1:0","keys":["first-key-0123456789","second-key-0123456789"])"));
  const ApiClient api(nodes);

  const HttpMessage without = api.get("/api/v1/rooms");
  EXPECT_EQ(without.status(), 401);
  EXPECT_EQ(without.field("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(api.get("/api/v1/none").status(), 401) << "nor is it told what there is";
  EXPECT_EQ(api.get("/api/v1/rooms", "Authorization: Bearer first-key-012345678\r\n").status(),
            401);
  EXPECT_EQ(api.get("/api/v1/rooms", "Authorization: Basic first-key-0123456789\r\n").status(),
            401);
  EXPECT_EQ(api.get("/api/v1/rooms", "Authorization: Bearer first-key-0123456789\r\n").status(),
            200);
  EXPECT_EQ(api.get("/api/v1/rooms", "authorization: bearer second-key-0123456789\r\n").status(),
            200);
}

TEST(NodeApi, EveryRefusalHasItsStatusAndRule) {
  const NodesUnderTest nodes(with_api(R"("address":"127.0.0.1:0","maxBody":"1KiB")"));
  const ApiClient api(nodes);
  const auto send = [&api](std::string_view method, std::string_view target, std::string_view body,
                           std::string_view fields) {
    return api.send(ApiClient::request(method, target, body, fields));
  };
  constexpr std::string_view kJson = "Content-Type: application/json; charset=utf-8\r\n";
  constexpr std::string_view kPath = "/api/v1/broadcast";

  EXPECT_EQ(rule_of(api.get("/api/v2/rooms")), "not_found");
  EXPECT_EQ(rule_of(api.get("/api/v1/rooms/a/b")), "not_found");
  const HttpMessage method = send("DELETE", "/api/v1/rooms", "", "");
  EXPECT_EQ(method.status(), 405);
  EXPECT_EQ(method.field("Allow"), "GET");
  EXPECT_EQ(send("GET", kPath, "", "").field("Allow"), "POST");
  EXPECT_EQ(send("POST", kPath, "{}", "").status(), 415);
  EXPECT_EQ(send("POST", kPath, "{}", "Content-Type: text/plain\r\n").status(), 415);
  EXPECT_EQ(rule_of(send("POST", kPath, "{", kJson)), "bad_json");
  EXPECT_EQ(rule_of(send("POST", kPath, "", kJson)), "bad_json");
  EXPECT_EQ(rule_of(send("POST", kPath, std::string(65, '[') + std::string(65, ']'), kJson)),
            "bad_json");
  EXPECT_EQ(rule_of(send("POST", kPath, "[]", kJson)), "not_an_object");
  EXPECT_EQ(json_member(send("POST", kPath, R"({"event":"e","x":1})", kJson).body, "field"), "x");
  EXPECT_EQ(send("POST", kPath, std::string(1025, ' '), kJson).status(), 413);
  EXPECT_EQ(rule_of(send("POST", kPath, "{}", std::string{kJson} + "Idempotency-Key: a b\r\n")),
            "bad_idempotency_key");
  EXPECT_EQ(rule_of(send("POST", kPath, "{}", std::string{kJson} + "Origin: http://x\r\n")),
            "cross_site");
  EXPECT_EQ(api.get("/api/v1/rooms", "X: " + std::string(20'000, 'x') + "\r\n").status(), 431);
  EXPECT_EQ(rule_of(api.send("nonsense\r\n\r\n")), "bad_request");
}

TEST(NodeApi, ParametersThatAreWrongAreNamed) {
  const NodesUnderTest nodes(with_api());
  const ApiClient api(nodes);
  const auto field = [&api](std::string_view target) {
    const HttpMessage answer = api.get(target);
    EXPECT_EQ(answer.status(), 400) << target;
    return json_member(answer.body, "field");
  };

  EXPECT_EQ(field("/api/v1/rooms?limit=0"), "limit");
  EXPECT_EQ(field("/api/v1/rooms?limit=1001"), "limit");
  EXPECT_EQ(field("/api/v1/rooms?limit=x"), "limit");
  EXPECT_EQ(field("/api/v1/rooms?page=2"), "page");
  EXPECT_EQ(field("/api/v1/rooms?nsp=/none"), "nsp");
  EXPECT_EQ(field("/api/v1/rooms/a?limit=1"), "limit");
  EXPECT_EQ(field("/api/v1/presence"), "room");
  EXPECT_EQ(field("/api/v1/users/%01"), "uid");
  EXPECT_EQ(rule_of(api.get("/api/v1/rooms?nsp=%zz")), "bad_query");
}

TEST(NodeApi, AConnectionServesManyRequests) {
  const NodesUnderTest nodes(with_api());
  RawStream stream = RawStream::connect(ApiClient(nodes).endpoint());

  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(stream, get("/api/v1/rooms")).status(), 200);
}

TEST(NodeApi, ABodyThatIsAnnouncedIsAskedFor) {
  const NodesUnderTest nodes(with_api());
  RawStream stream = RawStream::connect(ApiClient(nodes).endpoint());
  const std::string request =
      ApiClient::request("POST", "/api/v1/broadcast", R"({"event":"e"})",
                         "Content-Type: application/json\r\nExpect: 100-continue\r\n");
  const std::size_t head = request.find("\r\n\r\n") + 4;

  stream.send(request.substr(0, head));
  EXPECT_EQ(stream.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  stream.send(request.substr(head));

  EXPECT_EQ(read_response(stream).status(), 200);
}

}  // namespace
}  // namespace pushgate::test
