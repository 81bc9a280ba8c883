// dump_test.cpp - what the dump says is what is in effect: reading it back changes nothing.

#include "pushgate/config/dump.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "pushgate/config/redact.hpp"

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A value other than the default for every key.
constexpr std::string_view kNothingDefault = R"json({
  "agentPort": 7003,
  "listeners": [{"address": "[::1]:7004", "proxyProtocol": "trusted"}],
  "agentWorkers": 3, "serverPortStart": 0, "serverWorkers": 1,
  "redisAdapter": {"host": "redis", "port": 6380, "username": "u", "database": 2,
    "tls": {"ca": "/ca", "cert": "/cert", "key": "/key", "serverName": "r", "verify": false},
    "timeout": "1s", "mode": "streams", "prefix": "p", "subscribe": "pattern",
    "specificResponseChannel": true, "subscriptionMode": "static", "streamName": "s",
    "streamCount": 2, "streamMaxLength": 3, "keyPrefix": "k:", "requestsTimeout": "2s",
    "publishWhenDown": "queue", "queueBytes": "1MiB"},
  "node": {"address": "127.0.0.1", "threads": 2, "name": "n", "maxConnections": 7,
    "trustedAgents": ["10.0.0.0/8"], "cors": {"origins": ["https://*.x"], "credentials": true},
    "path": "/push/", "namespaces": ["/", "/chat"], "transports": ["websocket"],
    "allowEIO3": false, "pingInterval": "1s", "pingTimeout": "2s", "upgradeTimeout": "3s",
    "connectTimeout": "4s", "ackTimeout": "5s", "maxPayload": "2KiB", "maxAttachments": 3,
    "maxPackets": 9, "maxNamespaces": 2, "maxRoomsPerSocket": 4, "resyncEvent": "off",
    "eventRate": {"perSecond": 5, "burst": 6, "whenExceeded": "close"},
    "compression": {"enabled": true, "threshold": "2KiB", "level": 1},
    "httpCompression": {"enabled": false, "threshold": "3KiB", "level": 9},
    "handshakeHeaders": ["x-a"], "plainWebSocket": "off", "sse": "/events", "demo": true,
    "clientFiles": "/srv/client", "events": ["echo"],
    "rooms": [{"match": "a:*", "history": {"size": 5, "ttl": "1h"}, "presence": true,
               "whenFull": "close", "join": "server", "publish": "identified"}, {"match": "*"}],
    "queue": {"bytes": "2MiB", "whenFull": "dropOldest"},
    "recovery": {"enabled": true, "maxDisconnection": "1m"},
    "mailbox": {"enabled": true, "size": 9, "ttl": "1d"},
    "store": {"kind": "memory", "bytes": "1MiB"}, "presence": {"lease": "3s"},
    "api": {"address": "unix:/run/api.sock", "maxBody": "2KiB"},
    "webhook": {"url": "https://h/x", "events": ["event"], "batchSize": 1, "batchDelay": "0ms",
                "timeout": "1s", "retries": 0, "queueBytes": "1MiB"},
    "adminUi": {"username": "u", "readOnly": true, "development": true}},
  "router": "/etc/pushgate/table.json", "admin": "unix:/run/admin.sock",
  "trustedProxies": ["10.0.0.0/8", "fd00::/8"], "hash": "maglev",
  "identity": {
    "rules": [{"deny": {"status": 404, "body": "no"}, "when": {"path": ["^/a"], "host": ["*.x"],
               "method": ["GET"], "header": {"x-a": "b"}, "client": ["10.0.0.0/8"],
               "not": {"path": ["^/a/b"]}}}, {"redirect": {"to": "/{host}", "status": 301}}],
    "uid": [{"jwt": {"from": {"query": "t"}, "claim": "c", "keys": [{"pem": "/k", "alg": "RS256",
              "kid": "k"}, {"jwks": "http://x/y", "refresh": "2m"}, {"jwks": "/f"},
              {"secretFile": "/s", "alg": "HS256"}], "issuers": ["i"], "audiences": ["a"],
              "leeway": "1s", "requireExpiry": false, "cacheEntries": 5}},
            {"http": {"url": "http://x/", "method": "HEAD", "forward": ["x-a"], "uid": {"json": "a"},
              "product": {"header": "x-b"}, "pass": ["x-c"], "timeout": "1s", "cache": "2s",
              "cacheEntries": 3, "onError": "next", "maxConnections": 4},
             "when": {"client": ["10.0.0.0/8"]}},
            {"redis": {"command": "HGET", "key": "k{client}", "field": "f", "json": "a.b",
              "timeout": "1s", "cache": "2s", "cacheEntries": 3, "onError": "next"}},
            {"lua": "/a.lua"}, {"native": {"file": "/a.so", "options": "o"}}, {"header": "x-user"}, {"path": "^/u/(?<v>\\d+)"}, {"clientIp": true}, {"constant": "c"}],
    "product": [{"cookie": "p"}],
    "missingUid": "clientIp", "missingUidStatus": 401, "missingUidBody": "{\"who\":\"?\"}\n",
    "unknownProduct": "reject", "uidHeader": "X-U", "productHeader": "X-P",
    "appendUidToQuery": true, "agentInfoCookie": true, "protectedHeaders": ["X-Plan"],
    "redis": {"host": "sessions", "port": 6381}},
  "hooks": {"agent": "/agent.lua", "onupgrade": "/up.lua", "router": "/router.lua",
            "deadline": "2s", "instructions": 5000, "memory": "1MiB", "cacheEntries": 7,
            "onError": "failOpen"},
  "timeouts": {"requestHead": "1s", "requestBody": "2s", "connect": "1500ms", "firstByte": "4s",
               "responseBody": "5s", "keepAlive": "6s", "upstreamIdle": "7s", "tunnelIdle": "8h"},
  "limits": {"headBytes": "8KiB", "headFields": 50, "maxConnections": 9, "maxConnectionsPerIp": 8,
             "upstreamIdlePerEndpoint": 7},
  "http": {"trailers": "pass", "forwarded": true, "allowBareLf": true, "upgradeProtocols": ["x"]},
  "health": {"backoff": "2s", "maxBackoff": "1m"},
  "drainLead": "3s", "drainTimeout": "1m",
  "log": {"level": "debug", "format": "json", "file": "/l"},
  "accessLog": {"enabled": false, "format": "json", "file": "/a"}
})json";

TEST(Dump, ReadingItBackGivesTheSameDaemon) {
  const Loaded<DaemonConfig> first = daemon(kNothingDefault);
  ASSERT_TRUE(first.ok()) << errors(first);

  const std::string dump = dump_daemon(*first.value);
  const Loaded<DaemonConfig> second = daemon(dump);

  ASSERT_TRUE(second.ok()) << errors(second) << dump;
  EXPECT_EQ(*second.value, *first.value);
}

TEST(Dump, TheDefaultsReadBackAreTheDefaults) {
  const Loaded<DaemonConfig> first = daemon("{}");
  const Loaded<DaemonConfig> second = daemon(dump_daemon(*first.value));

  ASSERT_TRUE(second.ok()) << errors(second);
  EXPECT_EQ(*second.value, *first.value);
}

TEST(Dump, EveryKeyOfTheDaemonIsShown) {
  const auto input = nlohmann::json::parse(kNothingDefault);
  const auto output = nlohmann::json::parse(dump_daemon(*daemon(kNothingDefault).value));

  for (const auto& [key, value] : input.items()) {
    if (key == "agentPort") continue;  // shown as the listener it stands for
    ASSERT_TRUE(output.contains(key)) << key;
    if (!value.is_object()) continue;
    const nlohmann::json flat = value.flatten();
    for (const auto& [inner, ignored] : flat.items()) {
      EXPECT_TRUE(output[key].contains(nlohmann::json::json_pointer{inner})) << key << inner;
    }
  }
}

TEST(Dump, SecretsAreNotShown) {
  const Loaded<DaemonConfig> loaded = daemon(R"({"redisAdapter": {"password": "hunter2"},
      "identity": {"uid": [{"jwt": {"keys": [{"secret": "hunter2", "alg": "HS256"}]}}]}})");

  const std::string dump = dump_daemon(*loaded.value);

  EXPECT_THAT(dump, Not(HasSubstr("hunter2")));
  EXPECT_THAT(dump, HasSubstr("\"password\": \"(redacted)\""));
}

TEST(Dump, NoSecretOfANodeIsShownAndTheDumpIsAValidFile) {
  const std::string hash = "$2b$10$" + std::string(53, 'x');
  const Loaded<DaemonConfig> loaded = daemon(R"({
    "redisAdapter": {"sentinel": {"addresses": ["s:1"], "master": "m", "password": "hunter2"}},
    "node": {"api": {"keys": ["hunter2", "hunter2b"]},
             "webhook": {"url": "https://h", "secret": "hunter2"},
             "adminUi": {"enabled": true, "username": "u", "password": ")" +
                                             hash + R"("}}})");
  ASSERT_TRUE(loaded.ok()) << errors(loaded);

  const std::string dump = dump_daemon(*loaded.value);
  const Loaded<DaemonConfig> again = daemon(dump);

  EXPECT_THAT(dump, Not(HasSubstr("hunter2")));
  EXPECT_THAT(dump, Not(HasSubstr(hash)));
  ASSERT_TRUE(again.ok()) << errors(again);
  EXPECT_THAT(again.value->node.api.keys, testing::ElementsAre("(redacted)", "(redacted)"));
  EXPECT_EQ(again.value->redis->sentinel, (RedisSentinelConfig{{{"s", 1}}, "m", "", "(redacted)"}));
}

TEST(Dump, OnlyTheWayToRedisThatIsTakenIsShown) {
  const auto round_trip = [](const std::string& redis) {
    const Loaded<DaemonConfig> first = daemon("{\"redisAdapter\": " + redis + '}');
    EXPECT_TRUE(first.ok()) << errors(first);
    const Loaded<DaemonConfig> second = daemon(dump_daemon(*first.value));
    EXPECT_TRUE(second.ok()) << errors(second);
    return first.value == second.value;
  };

  EXPECT_TRUE(round_trip(R"({"path": "/run/redis.sock"})"));
  EXPECT_TRUE(round_trip(R"({"cluster": ["[::1]:7000", "b:7001"]})"));
  EXPECT_TRUE(round_trip(R"({"sentinel": {"addresses": ["[::1]:1"], "master": "m"}})"));
}

TEST(Dump, DollarSignsSurviveTheRoundTrip) {
  const std::string_view text = R"({"log": {"file": "$${HOME}/$$$$/a$b$"}})";
  const Loaded<DaemonConfig> first = daemon(text);
  ASSERT_TRUE(first.ok()) << errors(first);
  ASSERT_EQ(first.value->log.file, "${HOME}/$$/a$b$");

  const Loaded<DaemonConfig> second = daemon(dump_daemon(*first.value));

  ASSERT_TRUE(second.ok()) << errors(second);
  EXPECT_EQ(second.value->log.file, first.value->log.file);
}

TEST(Dump, UnitsAreWrittenAsPeopleWriteThem) {
  const std::string dump = dump_daemon(DaemonConfig{});

  EXPECT_THAT(dump, HasSubstr("\"tunnelIdle\": \"1h\""));
  EXPECT_THAT(dump, HasSubstr("\"headBytes\": \"16KiB\""));
}

TEST(Dump, ReadingItBackGivesTheSameTable) {
  const DaemonConfig config;
  const Loaded<RouterConfig> first = router(R"({
    "short": [{"ip": "10.0.0.1", "ports": [1, 2], "weight": 2}, {"ip": "::1", "ports": [3]}],
    "full": {"backends": [{"id": "a", "address": "localhost:4", "weight": 0}, {"address": "unix:/n"}],
             "hash": "ketama", "timeouts": {"connect": "1s", "firstByte": "2s", "tunnelIdle": "3s"},
             "retries": 0}})");
  ASSERT_TRUE(first.ok()) << errors(first);

  const std::string dump = dump_router(*first.value, config);
  const Loaded<RouterConfig> second = router(dump);

  ASSERT_TRUE(second.ok()) << errors(second) << dump;
  EXPECT_EQ(second.value->products[1], first.value->products[1]);
  EXPECT_EQ(second.value->products[0].backends, first.value->products[0].backends);
  EXPECT_EQ(second.value->products[0].servers, first.value->products[0].servers);
}

TEST(Dump, TheTableShowsWhatTheDaemonDecides) {
  DaemonConfig config;
  config.default_hash = HashKind::modulo;
  config.timeouts.first_byte = std::chrono::seconds{9};

  const std::string dump =
      dump_router(*router(R"({"p": [{"ip": "10.0.0.1", "ports": [1]}]})").value, config);

  EXPECT_THAT(dump, HasSubstr("\"hash\": \"modulo\""));
  EXPECT_THAT(dump, HasSubstr("\"firstByte\": \"9s\""));
}

TEST(Redact, SecretsAreKnownByTheirNameInAnyCase) {
  EXPECT_TRUE(is_secret_key("password"));
  EXPECT_TRUE(is_secret_key("Secret"));
  EXPECT_TRUE(is_secret_key("keys"));
  EXPECT_FALSE(is_secret_key("passwordFile"));
  EXPECT_FALSE(is_secret_key("host"));
}

TEST(Redact, AnEmptySecretStaysVisiblyEmpty) {
  EXPECT_EQ(redact(""), "");
  EXPECT_EQ(redact("x"), "(redacted)");
}

}  // namespace
}  // namespace pushgate::config::test
