// node_reader_test.cpp - the key "node": what it accepts, and what it says otherwise.

#include <gmock/gmock.h>

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const std::string& node) { return "{\"node\": " + node + '}'; }

std::string error_of(const std::string& node) { return errors(daemon(text_of(node))); }

NodeConfig read(const std::string& node) {
  const Loaded<DaemonConfig> loaded = daemon(text_of(node));
  EXPECT_TRUE(loaded.ok()) << errors(loaded);
  return loaded.ok() ? loaded.value->node : NodeConfig{};
}

TEST(NodeReader, AnEmptyObjectIsTheDefault) { EXPECT_EQ(read("{}"), NodeConfig{}); }

// ---- where and who

TEST(NodeReader, TheAddressHasNoPort) {
  EXPECT_EQ(read(R"({"address": "::"})").address, IpAddress::v6({}));
  EXPECT_EQ(read(R"({"address": "localhost"})").address.to_string(), "127.0.0.1");
  EXPECT_THAT(
      error_of(R"({"address": "0.0.0.0:4000"})"),
      HasSubstr("/node/address: \"0.0.0.0:4000\" is neither an IP address nor a host name"));
}

TEST(NodeReader, OnlyThisHostIsTrustedUnlessOthersAreNamed) {
  const CidrSet by_default = read("{}").trusted_agents;
  EXPECT_TRUE(by_default.contains(*IpAddress::parse("127.9.9.9")));
  EXPECT_TRUE(by_default.contains(*IpAddress::parse("::1")));
  EXPECT_FALSE(by_default.contains(*IpAddress::parse("10.0.0.1")));

  const NodeConfig node = read(R"({"trustedAgents": ["10.0.0.0/8"]})");
  EXPECT_TRUE(node.trusted_agents.contains(*IpAddress::parse("10.0.0.1")));
  EXPECT_FALSE(node.trusted_agents.contains(*IpAddress::parse("127.0.0.1")));
  EXPECT_THAT(node.trusted_agents_text, ElementsAre("10.0.0.0/8"));
  EXPECT_THAT(error_of(R"({"trustedAgents": ["10.0.0.1/8"]})"),
              HasSubstr("has bits set beyond the prefix (write \"10.0.0.0/8\")"));
}

TEST(NodeReader, AnOriginHasNoPath) {
  EXPECT_EQ(read(R"({"cors": {"origins": ["https://a.b:1"], "credentials": true}})").cors,
            (CorsConfig{{"https://a.b:1"}, true}));
  for (const char* wrong : {"https://a/", "a.b", "://a", "https://", "https://a b"}) {
    EXPECT_THAT(error_of(R"({"cors": {"origins": [")" + std::string{wrong} + "\"]}}"),
                HasSubstr("is no origin (scheme and host, without a path"))
        << wrong;
  }
  EXPECT_THAT(error_of(R"({"cors": {}})"), HasSubstr("/node/cors: no origin is allowed"));
}

TEST(NodeReader, CookiesAreNotForAnyOrigin) {
  EXPECT_THAT(error_of(R"({"cors": {"origins": ["*"], "credentials": true}})"),
              HasSubstr("credentials for any origin"));
}

// ---- protocol

TEST(NodeReader, EveryTimeIsRead) {
  const NodeConfig node = read(R"({"pingInterval": "1s", "pingTimeout": "2s",
    "upgradeTimeout": "3s", "connectTimeout": "4s", "ackTimeout": "5s"})");

  EXPECT_EQ(node.ping_interval, milliseconds{1'000});
  EXPECT_EQ(node.ping_timeout, milliseconds{2'000});
  EXPECT_EQ(node.upgrade_timeout, milliseconds{3'000});
  EXPECT_EQ(node.connect_timeout, milliseconds{4'000});
  EXPECT_EQ(node.ack_timeout, milliseconds{5'000});
}

TEST(NodeReader, EveryBoundIsRead) {
  const NodeConfig node = read(R"({"threads": 2, "maxConnections": 3, "maxPayload": "4KiB",
    "maxAttachments": 5, "maxNamespaces": 6, "maxRoomsPerSocket": 7})");

  EXPECT_EQ(node.threads, 2u);
  EXPECT_EQ(node.max_connections, 3u);
  EXPECT_EQ(node.max_payload, 4'096u);
  EXPECT_EQ(node.max_attachments, 5u);
  EXPECT_EQ(node.max_namespaces, 6u);
  EXPECT_EQ(node.max_rooms_per_socket, 7u);
}

TEST(NodeReader, TheResyncEventHasANameOrIsOff) {
  EXPECT_EQ(read("{}").resync_event, "go:resync");
  EXPECT_EQ(read(R"({"resyncEvent": "again"})").resync_event, "again");
  EXPECT_EQ(read(R"({"resyncEvent": "off"})").resync_event, std::nullopt);
}

TEST(NodeReader, ThePathEndsWithASlash) {
  EXPECT_EQ(read(R"({"path": "/push"})").path, "/push/");
  EXPECT_EQ(read(R"({"path": "/", "plainWebSocket": "off", "sse": "off"})").path, "/");
  for (const char* wrong : {"push", "", "/a?b", "/a#b", "/a//b", "/a%20b"}) {
    EXPECT_THAT(error_of(R"({"path": ")" + std::string{wrong} + "\"}"), HasSubstr("is no path"))
        << wrong;
  }
}

TEST(NodeReader, TwoThingsAreNotAtOnePath) {
  EXPECT_THAT(error_of(R"({"sse": "/ws"})"), HasSubstr("sse and plainWebSocket have one path"));
  EXPECT_THAT(error_of(R"({"sse": "/socket.io/sse"})"),
              HasSubstr("sse lies below path /socket.io/"));
  EXPECT_THAT(error_of(R"({"plainWebSocket": "/socket.io"})"),
              HasSubstr("plainWebSocket lies below path /socket.io/"));
  EXPECT_THAT(error_of(R"({"demo": true, "sse": "/"})"), HasSubstr("the demo page is at /"));
  EXPECT_EQ(error_of(R"({"plainWebSocket": "off", "sse": "off"})"), "");
}

TEST(NodeReader, ListsOfNamesKeepTheirOrderAndRepeatNothing) {
  EXPECT_THAT(read(R"({"events": ["echo", "gopush"]})").events,
              ElementsAre(EventSet::echo, EventSet::gopush));
  EXPECT_THAT(read(R"({"transports": ["websocket"]})").transports,
              ElementsAre(TransportKind::websocket));
  EXPECT_THAT(error_of(R"({"events": ["echo", "echo"]})"),
              HasSubstr("/node/events/1: this set of events stands in the list twice"));
  EXPECT_THAT(error_of(R"({"transports": ["polling", "websockets"]})"),
              HasSubstr("unknown transport \"websockets\" (did you mean \"websocket\"?)"));
  EXPECT_THAT(error_of(R"({"transports": []})"), HasSubstr("no transport: nobody could connect"));
}

TEST(NodeReader, NamespacesBeginWithASlash) {
  EXPECT_THAT(read(R"({"namespaces": ["/a", "*"]})").namespaces, ElementsAre("/a", "*"));
  EXPECT_THAT(error_of(R"({"namespaces": ["a"]})"), HasSubstr("\"a\" is no namespace"));
  EXPECT_THAT(error_of(R"({"namespaces": []})"), HasSubstr("no namespace: nobody could connect"));
}

TEST(NodeReader, HeadersOfTheHandshakeAreInLowerCase) {
  EXPECT_THAT(read(R"({"handshakeHeaders": ["X-Trace"]})").handshake_headers,
              ElementsAre("x-trace"));
  EXPECT_THAT(error_of(R"({"handshakeHeaders": ["a:"]})"), HasSubstr("is not a header name"));
}

TEST(NodeReader, CompressionsAreTwo) {
  const NodeConfig node = read(R"({"compression": {"enabled": true, "threshold": 0, "level": 1},
    "httpCompression": {"enabled": false}})");

  EXPECT_EQ(node.compression, (CompressionConfig{true, 0, 1}));
  EXPECT_EQ(node.http_compression, (CompressionConfig{false, 1'024, 6}));
}

TEST(NodeReader, ClientFilesAreInstalledAFolderOrNone) {
  EXPECT_EQ(read("{}").client_files, "");
  EXPECT_EQ(read(R"({"clientFiles": "off"})").client_files, std::nullopt);
  const Loaded<DaemonConfig> loaded = load_daemon_text(text_of(R"({"clientFiles": "client"})"),
                                                       "/etc/p/pushgate.json", World{}.options());
  EXPECT_EQ(loaded.value->node.client_files, "/etc/p/client");
}

// ---- messages

TEST(NodeReader, RulesForRoomsAreRead) {
  const NodeConfig node = read(R"({"rooms": [
    {"match": "a:*", "history": {}, "presence": true, "whenFull": "dropOldest", "join": "server",
     "publish": "identified"}, {"match": "b?"}]})");

  ASSERT_EQ(node.rooms.size(), 2u);
  EXPECT_EQ(node.rooms[0], (RoomRule{"a:*", HistoryConfig{}, true, WhenFull::drop_oldest,
                                     RoomAccess::server, RoomAccess::identified}));
  EXPECT_EQ(node.rooms[1], (RoomRule{.match = "b?"}));
}

TEST(NodeReader, ARuleInheritsFromTheQueueWhereverThatStands) {
  const NodeConfig node = read(
      R"({"rooms": [{"match": "a"}, {"match": "b", "whenFull": "close"}],
          "queue": {"whenFull": "dropOldest"}})");

  EXPECT_EQ(node.rooms[0].when_full, WhenFull::drop_oldest);
  EXPECT_EQ(node.rooms[1].when_full, WhenFull::close);
}

TEST(NodeReader, ARuleMatchesSomething) {
  EXPECT_THAT(error_of(R"({"rooms": [{}]})"), HasSubstr("the key \"match\" is missing"));
  EXPECT_THAT(error_of(R"({"rooms": [{"match": ""}]})"), HasSubstr("\"\" matches no room"));
  EXPECT_THAT(error_of(R"({"rooms": [{"match": "*"}, {"match": "a"}]})"),
              HasSubstr("/node/rooms/1: no room comes to this rule"));
}

TEST(NodeReader, AMessageFitsIntoTheQueue) {
  EXPECT_THAT(error_of(R"({"maxPayload": "2MiB"})"),
              HasSubstr("/node: a message of maxPayload bytes would not fit into queue.bytes"));
  EXPECT_EQ(read(R"({"maxPayload": "2MiB", "queue": {"bytes": "2MiB"}})").queue.bytes, 2u << 20);
}

TEST(NodeReader, WhatIsStoredIsRead) {
  const NodeConfig node = read(R"({"recovery": {"enabled": true, "maxDisconnection": "1m"},
    "mailbox": {"enabled": true, "size": 2, "ttl": "3d"}, "presence": {"lease": "4s"},
    "store": {"bytes": "5MiB"}})");

  EXPECT_EQ(node.recovery, (RecoveryConfig{true, milliseconds{60'000}}));
  EXPECT_EQ(node.mailbox, (MailboxConfig{true, 2, std::chrono::hours{72}}));
  EXPECT_EQ(node.presence.lease, milliseconds{4'000});
  EXPECT_EQ(node.store, (StoreConfig{StoreKind::memory, 5u << 20}));
}

TEST(NodeReader, WithRedisThingsAreStoredThereUnlessTheFileSaysOtherwise) {
  const auto kind = [](const std::string& more) {
    const Loaded<DaemonConfig> loaded = daemon("{\"redisAdapter\": {}" + more + '}');
    EXPECT_TRUE(loaded.ok()) << errors(loaded);
    return loaded.value->node.store.kind;
  };

  EXPECT_EQ(kind(""), StoreKind::redis);
  EXPECT_EQ(kind(R"(, "node": {"store": {}})"), StoreKind::redis);
  EXPECT_EQ(kind(R"(, "node": {"store": {"kind": "memory"}})"), StoreKind::memory);
  EXPECT_EQ(read("{}").store.kind, StoreKind::memory);
  EXPECT_THAT(error_of(R"({"store": {"kind": "redis"}})"),
              HasSubstr("/node/store/kind: there is no Redis to store in"));
}

// ---- other programs

TEST(NodeReader, TheApiAsksForAKeyBeyondThisHost) {
  EXPECT_EQ(read(R"({"api": {"address": "off"}})").api.address, std::nullopt);
  EXPECT_EQ(error_of(R"({"api": {"address": "[::1]:1"}})"), "");
  EXPECT_EQ(error_of(R"({"api": {"address": "unix:/run/api.sock"}})"), "");
  EXPECT_THAT(read(R"({"api": {"address": "0.0.0.0:1", "keys": ["k"]}})").api.keys,
              ElementsAre("k"));
  EXPECT_THAT(error_of(R"({"api": {"address": "0.0.0.0:1"}})"),
              HasSubstr("/node/api: the API at 0.0.0.0:1 would do what anybody asks of it (give it "
                        "keys, or an address on 127.0.0.1)"));
}

TEST(NodeReader, AKeyIsNeverShown) {
  EXPECT_THAT(error_of(R"({"api": {"keys": ["hunter 2"]}})"),
              AllOf(HasSubstr("/node/api/keys/0: a key is one or more visible ASCII characters"),
                    Not(HasSubstr("hunter"))));
  EXPECT_THAT(error_of(R"({"api": {"keys": [918273]}})"),
              AllOf(HasSubstr("expected a string"), Not(HasSubstr("918273"))));
}

TEST(NodeReader, AWebhookIsRead) {
  const NodeConfig node = read(R"({"webhook": {"url": "https://h:1/p?q", "secret": "s",
    "events": ["roomVacated"], "batchSize": 2, "batchDelay": 0, "timeout": "3s", "retries": 4,
    "queueBytes": "5KiB"}})");

  EXPECT_EQ(node.webhook, (WebhookConfig{"https://h:1/p?q",
                                         "s",
                                         {WebhookEvent::room_vacated},
                                         2,
                                         milliseconds{0},
                                         milliseconds{3'000},
                                         4,
                                         5'120}));
}

TEST(NodeReader, AWebhookNeedsAUrlThatCanBeCalled) {
  EXPECT_THAT(error_of(R"({"webhook": {}})"), HasSubstr("the key \"url\" is missing"));
  for (const char* wrong :
       {"h/x", "ftp://h", "http://", "https://u:p@h/", "http://h /", "http:///x", "http://h/#x"}) {
    EXPECT_THAT(error_of(R"({"webhook": {"url": ")" + std::string{wrong} + "\"}}"),
                HasSubstr("cannot be called"))
        << wrong;
  }
  EXPECT_THAT(error_of(R"({"webhook": {"url": "http://h", "events": []}})"),
              HasSubstr("no event: nothing would be sent"));
}

TEST(NodeReader, TheAdminUiNeedsAHashedPassword) {
  const std::string hash = "$2y$10$" + std::string(53, 'x');
  const NodeConfig node = read(R"({"adminUi": {"enabled": true, "username": "u", "password": ")" +
                               hash + R"(", "readOnly": true, "development": true}})");

  EXPECT_EQ(node.admin_ui, (AdminUiConfig{true, "u", hash, true, true}));
  EXPECT_THAT(error_of(R"({"adminUi": {"enabled": true, "username": "u"}})"),
              HasSubstr("the admin UI needs a username and a password"));
  EXPECT_THAT(error_of(R"({"adminUi": {"password": "hunter2"}})"),
              AllOf(HasSubstr("this is no bcrypt hash"), Not(HasSubstr("hunter2"))));
}

// ---- ports of one process

TEST(NodeReader, EveryListenerHasAPortOfItsOwn) {
  const auto error = [](const char* text) { return errors(daemon(text)); };

  EXPECT_THAT(error(R"({"agentPort": 6005, "node": {"api": {"address": "127.0.0.1:6005"}}})"),
              HasSubstr("/node/api/address: the listener 0.0.0.0:6005 has this port too"));
  EXPECT_THAT(error(R"({"node": {"api": {"address": "127.0.0.1:6004"}}})"),
              HasSubstr("/node/api/address: admin has this port too"));
  EXPECT_THAT(
      error(R"({"agentPort": 4001, "serverWorkers": 2})"),
      HasSubstr("/serverWorkers: the listener 0.0.0.0:4001 has port 4001 too, which is that "
                "of a server"));
  EXPECT_THAT(error(R"({"serverPortStart": 6004, "serverWorkers": 1})"),
              HasSubstr("/serverPortStart: admin has port 6004 too"));
  EXPECT_EQ(error(R"({"agentPort": 4001, "serverWorkers": 2, "serverPortStart": 0})"), "");
}

TEST(NodeReader, TheDefaultPortOfTheApiIsNotHeldAgainstAnAgent) {
  EXPECT_EQ(errors(daemon(R"({"agentPort": 6005})")), "");
}

}  // namespace
}  // namespace pushgate::config::test
