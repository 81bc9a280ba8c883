// api_openapi_test.cpp - the description of the API and the API itself say the same.

#include <map>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "node/api/api_routes.hpp"
#include "support/api_client.hpp"
#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

using Json = nlohmann::json;

Json description() {
  const NodesUnderTest nodes({.node = R"("api":{"address":"127.0.0.1:0"})"});
  return Json::parse(ApiClient(nodes).get("/api/v1/openapi.json").body);
}

/// What is wrong with `value`, seen against the part of JSON Schema that the description uses.
std::string fault(const Json& document, Json schema, const Json& value, const std::string& at) {
  if (schema.contains("$ref")) {
    const std::string reference = schema["$ref"].get<std::string>().substr(1);
    schema = document.at(Json::json_pointer(reference));
  }
  if (schema.contains("anyOf")) {
    std::string all;
    for (const Json& one : schema["anyOf"]) {
      const std::string problem = fault(document, one, value, at);
      if (problem.empty()) return {};
      all += problem + "; ";
    }
    return all;
  }
  if (schema.contains("const") && schema["const"] != value) return at + ": not the constant";
  const std::string type = schema.value("type", "");
  const bool fits =
      type.empty() || (type == "object" && value.is_object()) ||
      (type == "array" && value.is_array()) || (type == "string" && value.is_string()) ||
      (type == "integer" && value.is_number_integer()) || (type == "boolean" && value.is_boolean());
  if (!fits) return at + ": " + value.dump() + " is no " + type;
  if (type == "array") {
    for (const Json& element : value) {
      const std::string problem = fault(document, schema["items"], element, at + "[]");
      if (!problem.empty()) return problem;
    }
  }
  if (type != "object" || !schema.contains("properties")) return {};
  for (const Json& name : schema.value("required", Json::array())) {
    if (!value.contains(name.get<std::string>())) return at + ": lacks " + name.dump();
  }
  for (const auto& [name, member] : value.items()) {
    if (!schema["properties"].contains(name)) return at + ": " + name + " is not described";
    const std::string problem =
        fault(document, schema["properties"][name], member, at + "/" + name);
    if (!problem.empty()) return problem;
  }
  return {};
}

/// Holds an answer against what is described for its path, method and status.
void expect_described(const Json& document, const std::string& path, const std::string& method,
                      const HttpMessage& answer) {
  const Json& responses = document["paths"][path][method]["responses"];
  const std::string status = std::to_string(answer.status());
  ASSERT_TRUE(responses.contains(status)) << method << " " << path << ": " << status;
  const Json& schema = responses[status]["content"]["application/json"]["schema"];
  EXPECT_EQ(fault(document, schema, Json::parse(answer.body), path), "") << answer.body;
}

TEST(NodeApiDescription, HasThePathsAndMethodsThatThereAreAndNoOthers) {
  std::set<std::pair<std::string, std::string>> described;
  const Json document = description();
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      described.emplace(method, path);
      EXPECT_FALSE(operation["operationId"].get<std::string>().empty());
    }
  }

  std::set<std::pair<std::string, std::string>> served;
  for (const node::ApiRoute& route : node::kApiRoutes) {
    served.emplace(route.method == "GET" ? "get" : "post", std::string{route.path});
  }
  EXPECT_EQ(described, served);
}

TEST(NodeApiDescription, ItsExamplesAreAcceptedAndAnsweredAsDescribed) {
  const NodesUnderTest nodes({.node = R"("api":{"address":"127.0.0.1:0"})"});
  const ApiClient api(nodes);
  const Json document = description();
  for (const auto& [path, methods] : document["paths"].items()) {
    if (!methods.contains("post")) continue;
    const Json& content = methods["post"]["requestBody"]["content"]["application/json"];
    ASSERT_TRUE(content.contains("example")) << path;
    EXPECT_EQ(fault(document, content["schema"], content["example"], path), "");

    const HttpMessage answer = api.post(path, content["example"].dump());
    expect_described(document, path, "post", answer);
    EXPECT_NE(answer.status(), 400) << path << ": " << answer.body;
    expect_described(document, path, "post", api.post(path, R"({"nobody knows":1})"));
    expect_described(document, path, "post", api.send(ApiClient::request("POST", path, "{}", "")));
  }
}

TEST(NodeApiDescription, AnswersToQuestionsAreAsDescribed) {
  const NodesUnderTest nodes({.node = R"("events":["rooms"],"api":{"address":"127.0.0.1:0"},)"
                                      R"("rooms":[{"match":"p*","presence":true}])"});
  const ApiClient api(nodes);
  SocketIoClient alice(nodes, 0, {}, "X-Pushgate-Uid: alice\r\n");
  SocketIoClient nobody(nodes);
  alice.join("other");
  alice.join("p1");
  nobody.join("quiet");
  const Json document = description();
  const std::map<std::string, std::string> questions{
      {"/api/v1/rooms?limit=1", "/api/v1/rooms"},
      {"/api/v1/rooms?limit=x", "/api/v1/rooms"},
      {"/api/v1/rooms/p1", "/api/v1/rooms/{room}"},
      {"/api/v1/rooms/quiet", "/api/v1/rooms/{room}"},
      {"/api/v1/presence?room=p1", "/api/v1/presence"},
      {"/api/v1/presence?room=quiet", "/api/v1/presence"},
      {"/api/v1/users/alice", "/api/v1/users/{uid}"},
      {"/api/v1/users/nobody", "/api/v1/users/{uid}"},
      {"/api/v1/messages/aaaaaaaaaaaaaaaaaaaa", "/api/v1/messages/{id}"},
      {"/api/v1/openapi.json", "/api/v1/openapi.json"},
  };

  for (const auto& [target, path] : questions) {
    expect_described(document, path, "get", api.get(target));
  }
}

TEST(NodeApiDescription, EveryFieldIsDescribedInWords) {
  const Json document = description();
  for (const auto& [name, schema] : document["components"]["schemas"].items()) {
    for (const auto& [field, described] : schema["properties"].items()) {
      const bool is_group = described.value("type", "") == "object";
      EXPECT_TRUE(is_group || described.contains("description")) << name << "." << field;
    }
  }
}

}  // namespace
}  // namespace pushgate::test
