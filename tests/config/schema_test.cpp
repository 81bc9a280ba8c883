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
#include "shipped_files.hpp"

namespace pushgate::config::test {
namespace {

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
    if (schema.contains("$ref")) {
      // A part that stands in several places has one name for all of them, as in the reader.
      const SchemaJson& part = evaluator_.resolve(schema["$ref"]);
      walk(part, part.contains("$anchor") ? '/' + part["$anchor"].get<std::string>() : shape);
    }
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
      {"/source/jwt/keys/*/alg", {kTokenAlgorithms.begin(), kTokenAlgorithms.end()}},
      {"/source/http/method", {kLookupMethods.begin(), kLookupMethods.end()}},
      {"/source/http/onError", names_of(kOnSourceErrorNames)},
      {"/source/redis/command", {kLookupCommands.begin(), kLookupCommands.end()}},
      {"/source/redis/onError", names_of(kOnSourceErrorNames)},
      {"/hooks/onError", names_of(kOnHookErrorNames)},
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
      {"/node/eventRate/whenExceeded", names_of(kWhenExceededNames)},
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
               const bool apart = shape == "/router" || shape.starts_with("/source") ||
                                  shape.starts_with("/redisAdapter/sentinel");
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

/// A minimal source of each kind, and the same with every default of the schema written out.
TEST(Schema, TheDefaultsOfSourcesAreThoseOfTheReader) {
  const SchemaJson minimal = SchemaJson::parse(R"({
    "jwt": {"keys": [{"jwks": "https://x/jwks"}]}, "http": {"url": "http://x/"},
    "redis": {"key": "k"}, "native": {"file": "x.so"}})");
  const SchemaJson source = schema_of("pushgate")["$defs"]["source"]["properties"];
  for (const auto& [kind, written] : minimal.items()) {
    SchemaJson whole = written;
    for (const auto& [key, schema] : source[kind]["properties"].items()) {
      if (schema.contains("default")) whole[key] = schema["default"];
    }
    if (kind == "jwt") {
      const SchemaJson& of_key = source[kind]["properties"]["keys"]["items"]["properties"];
      whole["keys"][0]["refresh"] = of_key["refresh"]["default"];
      whole["keys"][0]["kid"] = of_key["kid"]["default"];
    }
    const auto read = [&kind = kind](const SchemaJson& detail) {
      const SchemaJson document{{"redisAdapter", SchemaJson::object()},
                                {"identity", {{"uid", {{{kind, detail}}}}}}};
      return daemon(document.dump());
    };

    const Loaded<DaemonConfig> left_out = read(written);
    const Loaded<DaemonConfig> spelled_out = read(whole);

    ASSERT_TRUE(left_out.ok()) << errors(left_out);
    ASSERT_TRUE(spelled_out.ok()) << errors(spelled_out);
    EXPECT_EQ(*left_out.value, *spelled_out.value) << kind;
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

TEST(ShippedFiles, ThePresetIsThatOfTheProgram) { EXPECT_EQ(preset_text(), shipped("up.json")); }

TEST(ShippedFiles, TheySatisfyTheirSchemas) {
  const SchemaJson daemon_schema = schema_of("pushgate");
  const SchemaJson router_schema = schema_of("router");
  const auto parsed = [](const std::string& name) {
    return SchemaJson::parse(strip_comments(shipped(name)).json);
  };

  EXPECT_EQ(SchemaEvaluator{daemon_schema}.violation(parsed("pushgate.json")), "");
  EXPECT_EQ(SchemaEvaluator{daemon_schema}.violation(parsed("example.json")), "");
  EXPECT_EQ(SchemaEvaluator{daemon_schema}.violation(parsed("up.json")), "");
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
