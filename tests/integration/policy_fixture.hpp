#pragma once
// policy_fixture.hpp - an agent with scripts, services and rules, between a node and a service that
// the test plays.

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::test {

class Policy : public testing::Test {
 protected:
  std::string script(std::string_view name, std::string_view text) {
    return '"' + folder.write(name, text) + '"';
  }
  std::string hooks(std::string_view agent, std::string_view further = {}) {
    return R"("hooks":{"agent":)" + script("agent.lua", agent) + std::string{further} + "}";
  }
  std::string router_hook(std::string_view text) {
    return R"("hooks":{"router":)" + script("router.lua", text) + "}";
  }
  /// {"http": ...} asking `service`, for requests below /private/.
  std::string asking_service(std::string_view further = {}) {
    return R"("identity":{"uid":[{"http":{"url":"http://)" + service.address() + R"(/check")" +
           std::string{further} + R"(},"when":{"path":"^/private/"}},{"query":"uid"}]})";
  }
  HttpMessage refusal(AgentUnderTest& agent, const std::string& target,
                      const std::string& fields = {}) {
    RawStream other = agent.connect();
    return ask(other, get(target, fields));
  }
  /// What the node receives of the request.
  HttpMessage forwarded(AgentUnderTest& agent, const std::string& target,
                        const std::string& fields = {}) {
    return forwarded_to(node, agent, target, fields);
  }
  static HttpMessage forwarded_to(ScriptedUpstream& to, AgentUnderTest& agent,
                                  const std::string& target, const std::string& fields = {}) {
    RawStream client = agent.connect();
    client.send(get(target, fields));
    RawStream at_node = to.accept();
    HttpMessage request = read_request(at_node);
    at_node.send(ok("hello"));
    EXPECT_EQ(read_response(client).body, "hello");
    return request;
  }

  const TempFolder folder;
  ScriptedUpstream node;
  ScriptedUpstream service;
};

}  // namespace pushgate::test
