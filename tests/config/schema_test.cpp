// schema_test.cpp - the shipped schemas, the shipped files, the reference and the reader agree.

#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "config/daemon_reader.hpp"
#include "config/names.hpp"
#include "config/router_reader.hpp"
#include "config_fixture.hpp"
#include "schema_evaluator.hpp"

namespace pushgate::config::test {
namespace {

using SchemaJson = nlohmann::json;

std::string shipped(const std::string& name) {
  const Result<std::string> text = read_file(std::string{PUSHGATE_CONFIG_FOLDER} + '/' + name);
  EXPECT_TRUE(text.has_value()) << name;
  return text ? *text : std::string{};
}

SchemaJson schema_of(const std::string& name) {
  return SchemaJson::parse(shipped("schema/" + name + ".schema.json"));
}

/// Every property of a schema by its shape ("/listeners/*/address"), as readers name their keys.
class SchemaWalk {
 public:
  using Visitor = std::function<void(const std::string& shape, const SchemaJson& schema)>;
  SchemaWalk(const SchemaJson& root, Visitor visit) : evaluator_(root), visit_(std::move(visit)) {
    walk(root, "");
  }

 private:
  void walk(const SchemaJson& schema, const std::string& shape) {
    if (!schema.is_object()) return;
    if (schema.contains("$ref")) walk(evaluator_.resolve(schema["$ref"]), shape);
    for (const char* keyword : {"anyOf", "oneOf"}) {
      if (!schema.contains(keyword)) continue;
      for (const SchemaJson& inner : schema[keyword]) walk(inner, shape);
    }
    if (schema.contains("properties")) {
      for (const auto& [key, inner] : schema["properties"].items()) {
        visit_(shape + '/' + key, inner);
        walk(inner, shape + '/' + key);
      }
    }
    for (const char* keyword : {"items", "additionalProperties"}) {
      if (schema.contains(keyword)) walk(schema[keyword], shape + "/*");
    }
  }

  SchemaEvaluator evaluator_;
  Visitor visit_;
};

std::set<std::string> properties_of(const SchemaJson& schema) {
  std::set<std::string> shapes;
  SchemaWalk{schema, [&](const std::string& shape, const SchemaJson&) { shapes.insert(shape); }};
  return shapes;
}

constexpr std::string_view kWholeRouter = R"({
  "short": [{"ip": "10.0.0.1", "ports": [1], "weight": 1}],
  "options": {"servers": [{"ip": "10.0.0.1", "ports": [1], "weight": 1}], "hash": "modulo"},
  "full": {"backends": [{"id": "a", "address": "10.0.0.1:1", "weight": 1, "server": 0}],
           "hash": "ketama", "timeouts": {"connect": "1s", "firstByte": "1s", "tunnelIdle": "1s"},
           "retries": 1}})";

TEST(Schema, TheDaemonsSchemaAndReaderDeclareTheSameKeys) {
  const World world;
  const LoadOptions options = world.options();
  Document document{shipped("example.json"), "example.json", options};
  read_daemon(document);

  EXPECT_EQ(document.declared_keys(), properties_of(schema_of("pushgate")));
}

TEST(Schema, TheRoutersSchemaAndReaderDeclareTheSameKeys) {
  const World world;
  const LoadOptions options = world.options();
  Document document{kWholeRouter, "router.json", options};
  read_router(document, DaemonConfig{});

  EXPECT_EQ(document.declared_keys(), properties_of(schema_of("router")));
}

template <class Table>
std::set<std::string> names_of(const Table& table) {
  std::set<std::string> names;
  for (const auto& name : table) names.insert(std::string{name.text});
  return names;
}

TEST(Schema, EveryEnumerationHasTheNamesOfTheReader) {
  const std::set<std::string> levels{kLogLevels.begin(), kLogLevels.end()};
  const std::map<std::string, std::set<std::string>> expected{
      {"/hash", names_of(kHashNames)},
      {"/listeners/*/proxyProtocol", names_of(kProxyProtocolNames)},
      {"/identity/missingUid", names_of(kMissingUidNames)},
      {"/identity/unknownProduct", names_of(kUnknownProductNames)},
      {"/http/trailers", names_of(kTrailerNames)},
      {"/log/level", levels},
      {"/log/format", names_of(kLogFormatNames)},
      {"/accessLog/format", names_of(kLogFormatNames)},
      {"/redisAdapter/mode", names_of(kRedisModeNames)},
      {"/redisAdapter/subscribe", names_of(kRedisSubscribeNames)},
      {"/redisAdapter/subscriptionMode", names_of(kShardedRoomsNames)},
      {"/redisAdapter/publishWhenDown", names_of(kWhenRedisIsDownNames)},
      {"/node/transports", names_of(kTransportNames)},
      {"/node/events", names_of(kEventSetNames)},
      {"/node/queue/whenFull", names_of(kWhenFullNames)},
      {"/node/rooms/*/whenFull", names_of(kWhenFullNames)},
      {"/node/rooms/*/join", names_of(kRoomAccessNames)},
      {"/node/rooms/*/publish", names_of(kRoomAccessNames)},
      {"/node/store/kind", names_of(kStoreNames)},
      {"/node/webhook/events", names_of(kWebhookEventNames)},
      {"/*/hash", names_of(kHashNames)}};
  std::map<std::string, std::set<std::string>> found;
  const auto collect = [&](const std::string& shape, const SchemaJson& schema) {
    const SchemaJson& value = schema.contains("items") ? schema["items"] : schema;
    if (!value.contains("anyOf")) return;
    for (const SchemaJson& choice : value["anyOf"]) {
      if (choice.contains("enum")) found[shape] = choice["enum"].get<std::set<std::string>>();
    }
  };

  SchemaWalk{schema_of("pushgate"), collect};
  SchemaWalk{schema_of("router"), collect};

  EXPECT_EQ(found, expected);
}

/// What has to be there before the defaults of its neighbours can be written beside it.
constexpr std::string_view kOptionalParts = R"({
  "redisAdapter": {"tls": {}},
  "node": {"cors": {"origins": ["https://x"]}, "webhook": {"url": "https://x"},
           "rooms": [{"match": "*", "history": {}}]}})";

TEST(Schema, ItsDefaultsAreThoseOfTheReader) {
  SchemaJson document = SchemaJson::parse(kOptionalParts);
  SchemaWalk{schema_of("pushgate"), [&](std::string shape, const SchemaJson& schema) {
               // A table has no default that could be written, and sentinels exclude the host.
               const bool apart = shape == "/router" || shape.starts_with("/redisAdapter/sentinel");
               if (apart || !schema.contains("default") || shape == "/node/rooms") return;
               const bool in_list = shape.find('*') != std::string::npos;
               std::replace(shape.begin(), shape.end(), '*', '0');
               const SchemaJson::json_pointer pointer{shape};
               if (in_list && !document.contains(pointer.parent_pointer())) return;
               document[pointer] = schema["default"];
             }};
  ASSERT_GT(document.size(), 10u);

  const Loaded<DaemonConfig> written = daemon(document.dump());
  const Loaded<DaemonConfig> left_out = daemon(kOptionalParts);

  ASSERT_TRUE(written.ok()) << errors(written);
  ASSERT_TRUE(left_out.ok()) << errors(left_out);
  EXPECT_EQ(*written.value, *left_out.value);
}

// ---- documents that both must judge alike

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

// ---- the shipped files

TEST(ShippedFiles, TheConfigurationOfTheMainJobIsValid) {
  const Loaded<Config> loaded =
      load_all(std::string{PUSHGATE_CONFIG_FOLDER} + "/pushgate.json", World{}.options());

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  EXPECT_EQ(loaded.value->daemon.listeners.at(0).address.port(), 6003);
  const ProductConfig& product = loaded.value->router.products.at(0);
  EXPECT_EQ(product.name, "default");
  ASSERT_EQ(product.backends.size(), 3u);
  EXPECT_EQ(product.backends[2].id, "node-3");
  EXPECT_EQ(product.backends[2].endpoint.to_string(), "127.0.0.1:4002");
}

TEST(ShippedFiles, TheExampleIsValid) {
  const Loaded<DaemonConfig> loaded = daemon(shipped("example.json"));

  EXPECT_TRUE(loaded.ok()) << errors(loaded);
}

TEST(ShippedFiles, TheySatisfyTheirSchemas) {
  const SchemaJson daemon_schema = schema_of("pushgate");
  const SchemaJson router_schema = schema_of("router");
  const auto parsed = [](const std::string& name) {
    return SchemaJson::parse(strip_comments(shipped(name)).json);
  };

  EXPECT_EQ(SchemaEvaluator{daemon_schema}.violation(parsed("pushgate.json")), "");
  EXPECT_EQ(SchemaEvaluator{daemon_schema}.violation(parsed("example.json")), "");
  EXPECT_EQ(SchemaEvaluator{router_schema}.violation(parsed("router.json")), "");
}

/// "/identity/uidHeader" as the reference writes it: `identity.uidHeader`; lists as `listeners[]`.
std::string reference_name(const std::string& shape) {
  std::string name;
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (shape.compare(i - 1, 2, "/*") == 0) {
      if (!name.empty()) name.pop_back();
      name += "[]";
    } else {
      name += shape[i] == '/' ? '.' : shape[i];
    }
  }
  return name;
}

TEST(ShippedFiles, TheReferenceHasARowForEveryKeyOfTheDaemonWithItsDefault) {
  const std::string reference = shipped("README.md");
  SchemaWalk{schema_of("pushgate"), [&](const std::string& shape, const SchemaJson& schema) {
               const std::string row = "| `" + reference_name(shape) + "` |";
               const std::size_t at = reference.find(row);
               ASSERT_NE(at, std::string::npos) << row;
               if (!schema.contains("default")) return;
               const std::string line = reference.substr(at, reference.find('\n', at) - at);
               EXPECT_THAT(line, testing::HasSubstr('`' + schema["default"].dump() + '`'));
             }};
}

TEST(ShippedFiles, TheReferenceHasARowForEveryKeyOfTheTable) {
  const std::string reference = shipped("README.md");
  for (const std::string& shape : properties_of(schema_of("router"))) {
    const std::string key = shape.substr(shape.rfind('/') + 1);
    EXPECT_NE(reference.find(key + '`'), std::string::npos) << shape;
  }
}

}  // namespace
}  // namespace pushgate::config::test
