// schema_samples_test.cpp - right and wrong files, which schema and reader have to judge alike.

#include <gtest/gtest.h>

#include "config_fixture.hpp"
#include "schema_evaluator.hpp"
#include "shipped_files.hpp"

namespace pushgate::config::test {
namespace {

World sample_world() {
  return {{{"N", "5"}, {"WORD", "true"}}, {{"localhost", "127.0.0.1"}, {"node-a", "10.0.0.5"}}};
}

struct Sample {
  bool valid;
  std::string_view text;
};

const std::vector<Sample> kDaemonSamples{
    {true, "{}"},
    {true, R"({"agentPort":6003,"serverPortStart":4000,"serverWorkers":2,"agentWorkers":4,)"
           R"("redisAdapter":{"host":"127.0.0.1","port":6379}})"},
    {true, R"({"agentPort": 0, "$schema": "x"})"},
    {true, R"({"agentPort": "${N}", "http": {"forwarded": "${WORD}"}})"},
    {true, R"({"agentWorkers": "${UNSET:-3}"})"},
    {true, R"({"listeners": [{"address": "[::1]:1", "proxyProtocol": "required"}]})"},
    {true, R"({"listeners": [{"address": "localhost:0"}]})"},
    {true, R"({"admin": "off"})"},
    {true, R"({"admin": "unix:/run/x.sock"})"},
    {true, R"({"trustedProxies": ["10.0.0.0/8", "::1"]})"},
    {true, R"({"identity": {"uid": [{"clientIp": true}, {"path": "/(?<v>.*)$"}]}})"},
    {true, R"({"timeouts": {"connect": "250ms"}, "drainLead": "0", "drainTimeout": 0})"},
    {true, R"({"limits": {"headBytes": "64KiB"}})"},
    {true, R"({"http": {"upgradeProtocols": []}})"},
    {false, "[]"},
    {false, R"({"agentport": 6003})"},
    {false, R"({"agentPort": 65536})"},
    {false, R"({"agentPort": -1})"},
    {false, R"({"agentPort": "6003"})"},
    {false, R"({"agentPort": 6003.5})"},
    {false, R"({"agentPort": null})"},
    {false, R"({"listeners": {}})"},
    {false, R"({"listeners": [{}]})"},
    {false, R"({"listeners": [{"address": "10.0.0.1"}]})"},
    {false, R"({"listeners": [{"address": "0.0.0.0:1", "proxyProtocol": "on"}]})"},
    {true, R"({"serverPortStart": 0})"},
    {false, R"({"serverPortStart": -1})"},
    {false, R"({"redisAdapter": {"passwort": "x"}})"},
    {false, R"({"router": ""})"},
    {false, R"({"admin": "on"})"},
    {false, R"({"trustedProxies": ["everyone"]})"},
    {false, R"({"hash": "ketma"})"},
    {false, R"({"identity": {"uid": [{}]}})"},
    {false, R"({"identity": {"uid": [{"cookie": "a", "query": "b"}]}})"},
    {false, R"({"identity": {"uid": [{"cookie": "a b"}]}})"},
    {false, R"({"identity": {"uid": [{"clientIp": false}]}})"},
    {false, R"({"identity": {"missingUidStatus": 200}})"},
    {false, R"({"identity": {"uidHeader": "X Uid"}})"},
    {false, R"({"timeouts": {"connect": "5"}})"},
    {false, R"({"timeouts": {"connect": 5}})"},
    {false, R"({"timeouts": {"connect": "0s"}})"},
    {false, R"({"timeouts": {"connect": "5 s"}})"},
    {false, R"({"limits": {"headBytes": 16384}})"},
    {false, R"({"limits": {"headFields": 1001}})"},
    {false, R"({"http": {"upgradeProtocols": ["h2c"]}})"},
    {false, R"({"log": {"level": "loud"}})"},
    {false, R"({"accessLog": {"enabled": "true"}})"}};

const std::vector<Sample> kRedisSamples{
    {true, R"({})"},
    {true, R"({"host": "redis", "port": "${N}", "username": "u", "database": 3})"},
    {true, R"({"host": "::1", "tls": {}})"},
    {true, R"({"path": "/run/redis.sock"})"},
    {true, R"({"cluster": ["10.0.0.1:7000", "[::1]:7001"], "mode": "sharded"})"},
    {true, R"({"sentinel": {"addresses": ["s:26379"], "master": "m"}})"},
    {true, R"({"tls": {"cert": "c", "key": "k", "serverName": "r", "verify": false}})"},
    {true, R"({"mode": "streams", "streamCount": 4, "subscriptionMode": "static"})"},
    {false, R"([])"},
    {false, R"({"host": "redis:6379"})"},
    {false, R"({"host": ""})"},
    {false, R"({"port": 0})"},
    {false, R"({"cluster": ["10.0.0.1"]})"},
    {false, R"({"cluster": "10.0.0.1:7000"})"},
    {false, R"({"sentinel": {"addresses": ["s:1"]}})"},
    {false, R"({"sentinel": {"addresses": [], "master": "m"}})"},
    {false, R"({"sentinel": {"addresses": ["s:1"], "master": ""}})"},
    {false, R"({"tls": true})"},
    {false, R"({"tls": {"serverName": 1}})"},
    {false, R"({"mode": "cluster"})"},
    {false, R"({"subscribe": "all"})"},
    {false, R"({"subscriptionMode": "dynamicPrivate"})"},
    {false, R"({"prefix": ""})"},
    {false, R"({"streamCount": 0})"},
    {false, R"({"publishWhenDown": "wait"})"},
    {false, R"({"queueBytes": 8})"},
    {false, R"({"timeout": 0})"}};

const std::vector<Sample> kNodeSamples{
    {true, R"({})"},
    {true, R"({"address": "::", "threads": 2, "name": "a"})"},
    {true, R"({"address": "localhost"})"},
    {true, R"({"trustedAgents": []})"},
    {true, R"({"cors": {"origins": ["*"]}})"},
    {true, R"({"cors": {"origins": ["https://*.example.com:8443", "null"], "credentials": true}})"},
    {true, R"({"path": "/push"})"},
    {true, R"({"namespaces": ["*"]})"},
    {true, R"({"transports": ["websocket"]})"},
    {true, R"({"plainWebSocket": "off", "sse": "/events", "clientFiles": "off"})"},
    {true, R"({"events": []})"},
    {true, R"({"rooms": [{"match": "a:*", "history": {"size": 1}, "join": "server"}]})"},
    {true, R"({"queue": {"bytes": "64MiB", "whenFull": "dropOldest"}, "maxPayload": "16MiB"})"},
    {true, R"({"api": {"address": "off"}})"},
    {true, R"({"api": {"address": "0.0.0.0:1", "keys": ["k"]}})"},
    {true, R"({"webhook": {"url": "http://h/x?y=z", "batchDelay": 0}})"},
    {false, R"({"adress": "0.0.0.0"})"},
    {false, R"({"address": "0.0.0.0:4000"})"},
    {false, R"({"threads": 0})"},
    {false, R"({"name": ""})"},
    {false, R"({"trustedAgents": ["agents"]})"},
    {false, R"({"cors": {}})"},
    {false, R"({"cors": {"origins": []}})"},
    {false, R"({"cors": {"origins": ["example.com"]}})"},
    {false, R"({"cors": {"origins": ["https://example.com/"]}})"},
    {false, R"({"path": "push"})"},
    {false, R"({"path": "/push?x"})"},
    {false, R"({"namespaces": []})"},
    {false, R"({"namespaces": ["chat"]})"},
    {false, R"({"namespaces": ["/a,b"]})"},
    {false, R"({"transports": []})"},
    {false, R"({"transports": ["webtransport"]})"},
    {false, R"({"allowEio3": true})"},
    {false, R"({"pingInterval": 25000})"},
    {false, R"({"maxPayload": 1000000})"},
    {false, R"({"compression": true})"},
    {false, R"({"compression": {"level": 0}})"},
    {false, R"({"handshakeHeaders": ["user agent"]})"},
    {false, R"({"plainWebSocket": "ws"})"},
    {false, R"({"sse": false})"},
    {false, R"({"events": ["gopush", "chat"]})"},
    {false, R"({"rooms": [{"presence": true}]})"},
    {false, R"({"rooms": [{"match": ""}]})"},
    {false, R"({"rooms": [{"match": "a", "history": true}]})"},
    {false, R"({"rooms": [{"match": "a", "publish": "everyone"}]})"},
    {true, R"({"eventRate": {"perSecond": 10, "whenExceeded": "close"}})"},
    {false, R"({"eventRate": {"perSecond": "10/s"}})"},
    {false, R"({"eventRate": {"whenExceeded": "wait"}})"},
    {false, R"({"maxPackets": 0})"},
    {false, R"({"queue": {"whenFull": "wait"}})"},
    {false, R"({"recovery": {"maxDisconnection": "0s"}})"},
    {false, R"({"mailbox": {"size": 0}})"},
    {false, R"({"store": {"kind": "disk"}})"},
    {false, R"({"api": {"address": "6005"}})"},
    {false, R"({"api": {"keys": ["a b"]}})"},
    {false, R"({"webhook": {}})"},
    {false, R"({"webhook": {"url": "ftp://h"}})"},
    {false, R"({"webhook": {"url": "https://user:pass@h/"}})"},
    {false, R"({"webhook": {"url": "https://h", "events": []}})"},
    {false, R"({"adminUi": {"enabled": 1}})"}};

const std::vector<Sample> kRouterSamples{
    {true, R"({"test":[{"ip":"127.0.0.1","ports":[4000]}],)"
           R"("default":[{"ip":"127.0.0.1","ports":[4000,4001]}]})"},
    {true, kWholeRouter},
    {true, R"({"__proto__": [{"ip": "node-a", "ports": ["${N}"]}]})"},
    {true, R"({"$schema": "x", "p": {"backends": [{"address": "unix:/run/x"}]}})"},
    {false, "{}"},
    {false, "[]"},
    {false, R"({"a b": [{"ip": "10.0.0.1", "ports": [1]}]})"},
    {false, R"({"p": []})"},
    {false, R"({"p": {}})"},
    {false, R"({"p": "10.0.0.1:1"})"},
    {false, R"({"p": [{"ip": "10.0.0.1", "ports": []}]})"},
    {false, R"({"p": [{"ip": "10.0.0.1", "ports": [0]}]})"},
    {false, R"({"p": [{"ip": "10.0.0.1", "ports": ["1"]}]})"},
    {false, R"({"p": [{"ip": "10.0.0.1"}]})"},
    {false, R"({"p": [{"ip": "10.0.0.1", "ports": [1], "wight": 1}]})"},
    {false, R"({"p": {"backends": [{"id": "a"}]}})"},
    {false, R"({"p": {"backends": [{"address": "10.0.0.1:1", "weight": -1}]}})"},
    {false, R"({"p": {"backends": [{"address": "10.0.0.1:1"}], "retries": 11}})"},
    {false, R"({"p": {"backends": [{"address": "10.0.0.1:1"}], "hash": "random"}})"},
    {false, R"({"p": {"backends": [{"address": "10.0.0.1:1"}], "timeouts": {"keepAlive": "1s"}}})"},
    {false, R"({"p": {"backends": [{"address": "10.0.0.1:1"}],
                     "servers": [{"ip": "10.0.0.1", "ports": [1]}]}})"}};

void expect_judged_alike(const SchemaJson& schema, const std::string& text, bool valid) {
  const std::string violation = SchemaEvaluator{schema}.violation(SchemaJson::parse(text));
  const Loaded<DaemonConfig> loaded = daemon(text, sample_world());

  EXPECT_EQ(violation.empty(), valid) << text << '\n' << violation;
  EXPECT_EQ(loaded.ok(), valid) << text << '\n' << errors(loaded);
}

TEST(Schema, SchemaAndReaderJudgeDaemonFilesAlike) {
  const SchemaJson schema = schema_of("pushgate");
  for (const Sample& sample : kDaemonSamples) {
    expect_judged_alike(schema, std::string{sample.text}, sample.valid);
  }
}

TEST(Schema, SchemaAndReaderJudgeThePartsOfNodesAlike) {
  const SchemaJson schema = schema_of("pushgate");
  for (const Sample& sample : kRedisSamples) {
    expect_judged_alike(schema, "{\"redisAdapter\": " + std::string{sample.text} + '}',
                        sample.valid);
  }
  for (const Sample& sample : kNodeSamples) {
    expect_judged_alike(schema, "{\"node\": " + std::string{sample.text} + '}', sample.valid);
  }
}

TEST(Schema, SchemaAndReaderJudgeRouterFilesAlike) {
  const SchemaJson schema = schema_of("router");
  for (const Sample& sample : kRouterSamples) {
    const std::string violation = SchemaEvaluator{schema}.violation(SchemaJson::parse(sample.text));
    const Loaded<RouterConfig> loaded = router(sample.text, sample_world());

    EXPECT_EQ(violation.empty(), sample.valid) << sample.text << '\n' << violation;
    EXPECT_EQ(loaded.ok(), sample.valid) << sample.text << '\n' << errors(loaded);
  }
}

}  // namespace
}  // namespace pushgate::config::test
