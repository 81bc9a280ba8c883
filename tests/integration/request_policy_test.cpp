// request_policy_test.cpp - scripts, services, tokens and rules in a running agent.

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>

#include "integration/policy_fixture.hpp"

namespace pushgate::test {
namespace {

using testing::HasSubstr;

// ---- rules

TEST_F(Policy, ARuleRefusesOrRedirectsAndTheConnectionGoesOn) {
  AgentUnderTest agent{{.router = one_node(node.endpoint()), .settings = R"("identity":{"rules":[
           {"deny":{"status":404,"body":"{\"error\":\"gone\"}"},"when":{"path":"^/old/"}},
           {"redirect":{"to":"https://new.example.com{uri}","status":301},
            "when":{"host":"old.example.com"}}]})"}};
  RawStream client = agent.connect();

  const HttpMessage denied = ask(client, get("/old/x?uid=u"));
  const HttpMessage moved = ask(client, "GET /a?b=c HTTP/1.1\r\nHost: old.example.com\r\n\r\n");

  EXPECT_EQ(denied.status(), 404);
  EXPECT_EQ(denied.body, R"({"error":"gone"})");
  EXPECT_EQ(denied.field("Content-Type"), "application/json");
  EXPECT_EQ(moved.status(), 301);
  EXPECT_EQ(moved.field("Location"), "https://new.example.com/a?b=c");
  EXPECT_EQ(forwarded(agent, "/new?uid=u").field("X-Pushgate-Uid"), "u");
}

TEST_F(Policy, AProductMayBeForSomeRequestsOnly) {
  AgentUnderTest agent{{.router = R"({"default":{"backends":[{"address":")" + node.address() +
                                  R"("}],"when":{"path":"^/chat/"}}})"}};

  EXPECT_EQ(forwarded(agent, "/chat/x?uid=u").field("X-Pushgate-Uid"), "u");
  const HttpMessage refused = refusal(agent, "/other?uid=u");
  EXPECT_EQ(refused.status(), 403);
  EXPECT_THAT(refused.body, HasSubstr("product_not_allowed"));
}

// ---- services

TEST_F(Policy, AServiceNamesTheUserAndTellsTheNodeMore) {
  AgentUnderTest agent{
      {.router = one_node(node.endpoint()), .settings = asking_service(R"(,"pass":["X-Plan"])")}};
  RawStream client = agent.connect();
  client.send(get("/private/a", "Cookie: sid=1\r\nX-Plan: platinum\r\n"));
  RawStream asked = service.accept();
  const HttpMessage question = read_request(asked);
  asked.send(ok("", "X-User-Id: alice\r\nX-Plan: gold\r\nX-Secret: 1\r\n"));
  RawStream at_node = node.accept();
  const HttpMessage request = read_request(at_node);
  at_node.send(ok("hello"));
  EXPECT_EQ(read_response(client).body, "hello");
  at_node.close();

  EXPECT_EQ(question.start_line, "GET /check HTTP/1.1");
  EXPECT_EQ(question.field("Cookie"), "sid=1");
  EXPECT_EQ(question.field("X-Original-URI"), "/private/a");
  EXPECT_EQ(request.field("X-Pushgate-Uid"), "alice");
  EXPECT_EQ(request.field("X-Plan"), "gold");
  EXPECT_EQ(request.count("X-Plan"), 1u);
  EXPECT_FALSE(request.has("X-Secret"));
  EXPECT_FALSE(forwarded(agent, "/?uid=u", "X-Plan: platinum\r\n").has("X-Plan"))
      << "a client could say it where the service is not asked";
}

TEST_F(Policy, TheRefusalOfAServiceReachesTheClient) {
  AgentUnderTest agent{{.router = one_node(node.endpoint()), .settings = asking_service()}};
  RawStream client = agent.connect();
  client.send(get("/private/a"));
  RawStream asked = service.accept();
  read_request(asked);
  asked.send(
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
      "Content-Type: text/html\r\nContent-Length: 6\r\n\r\nlog in");

  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 401);
  EXPECT_EQ(answer.field("WWW-Authenticate"), "Basic realm=\"x\"");
  EXPECT_EQ(answer.field("Content-Type"), "text/html");
  EXPECT_EQ(answer.body, "log in");
}

TEST_F(Policy, WhoWaitsForAServiceHoldsNobodyUp) {
  AgentUnderTest agent{
      {.router = one_node(node.endpoint()), .settings = asking_service(), .threads = 1}};
  RawStream waiting = agent.connect();
  waiting.send(get("/private/a"));
  RawStream asked = service.accept();
  read_request(asked);

  EXPECT_EQ(forwarded(agent, "/?uid=u").field("X-Pushgate-Uid"), "u");

  asked.send(ok("", "X-User-Id: alice\r\n"));
  RawStream at_node = node.accept();
  EXPECT_EQ(read_request(at_node).field("X-Pushgate-Uid"), "alice");
}

TEST_F(Policy, AServiceThatHangsIsAnsweredFor) {
  AgentUnderTest agent{
      {.router = one_node(node.endpoint()), .settings = asking_service(R"(,"timeout":"50ms")")}};

  const HttpMessage answer = refusal(agent, "/private/a");

  EXPECT_EQ(answer.status(), 504);
  EXPECT_THAT(answer.body, HasSubstr("auth_timeout"));
  EXPECT_EQ(agent.metric("lookup_timeouts_total"), 1u);
}

TEST_F(Policy, AServiceThatIsAwayMayBePassedOver) {
  service.stop_listening();
  AgentUnderTest agent{
      {.router = one_node(node.endpoint()), .settings = asking_service(R"(,"onError":"next")")}};

  EXPECT_EQ(forwarded(agent, "/private/?uid=u").field("X-Pushgate-Uid"), "u");
  EXPECT_EQ(agent.metric("lookup_failures_total"), 1u);
}

TEST_F(Policy, AnAgentEndsWhileRequestsWait) {
  RawStream client;
  RawStream asked;
  {
    AgentUnderTest agent{
        {.router = one_node(node.endpoint()), .settings = asking_service(R"(,"timeout":"5m")")}};
    client = agent.connect();
    client.send(get("/private/a"));
    asked = service.accept();
    read_request(asked);
  }
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(Policy, RequestsBehindOneThatWaitsKeepTheirOrder) {
  AgentUnderTest agent{{.router = one_node(node.endpoint()), .settings = asking_service()}};
  RawStream client = agent.connect();
  client.send(get("/private/1") + get("/?uid=second"));
  RawStream asked = service.accept();
  read_request(asked);
  EXPECT_FALSE(node.has_caller());
  asked.send(ok("", "X-User-Id: first\r\n"));
  RawStream at_node = node.accept();
  EXPECT_EQ(read_request(at_node).field("X-Pushgate-Uid"), "first");
  at_node.send(ok("1"));
  EXPECT_EQ(read_request(at_node).field("X-Pushgate-Uid"), "second");
  at_node.send(ok("2"));

  EXPECT_EQ(read_response(client).body, "1");
  EXPECT_EQ(read_response(client).body, "2");
}

// ---- scripts

TEST_F(Policy, AScriptNamesTheUserAndTellsTheNodeMore) {
  AgentUnderTest agent{{.router = one_node(node.endpoint()), .settings = hooks(R"(
    return function(req)
      if req.path == "/closed" then
        return { status = 402, body = "pay first", contentType = "text/plain" }
      end
      return { uid = req.headers["x-key"], product = "shop", headers = { ["X-Plan"] = "gold" } }
    end)")}};

  const HttpMessage request = forwarded(agent, "/", "X-Key: k1\r\nX-PLAN: platinum\r\n");
  const HttpMessage refused = refusal(agent, "/closed");

  EXPECT_EQ(request.field("X-Pushgate-Uid"), "k1");
  EXPECT_EQ(request.field("X-Pushgate-Product"), "shop");
  EXPECT_EQ(request.field("X-Plan"), "gold");
  EXPECT_EQ(request.count("X-Plan"), 1u);
  EXPECT_EQ(refused.status(), 402);
  EXPECT_EQ(refused.body, "pay first");
}

TEST_F(Policy, AScriptThatFailsCostsThatRequestOnly) {
  AgentUnderTest agent{{.router = one_node(node.endpoint()),
                        .settings = hooks(R"(
    return function(req)
      if req.path == "/loop" then while true do end end
      if req.path == "/raise" then error("no luck") end
    end)"),
                        .threads = 1}};

  EXPECT_EQ(refusal(agent, "/loop").status(), 500);
  EXPECT_THAT(refusal(agent, "/raise").body, HasSubstr("hook_failed"));
  EXPECT_EQ(forwarded(agent, "/?uid=u").field("X-Pushgate-Uid"), "u");
  EXPECT_EQ(agent.metric("hook_errors_total"), 2u);
  EXPECT_TRUE(agent.log_shows("agent.lua:4"));
}

TEST_F(Policy, AScriptThatFailsMayBePassedOver) {
  AgentUnderTest agent{
      {.router = one_node(node.endpoint()),
       .settings = hooks("return function(req) error('no') end", R"(,"onError":"failOpen")")}};

  EXPECT_EQ(forwarded(agent, "/?uid=u").field("X-Pushgate-Uid"), "u");
}

TEST_F(Policy, AScriptMayAskAServiceMeanwhileOthersAreServed) {
  AgentUnderTest agent{{.router = one_node(node.endpoint()),
                        .settings = hooks(R"(
    return function(req)
      if req.query.uid then return req.query.uid end
      local answer = pushgate.http.get("http://)" +
                                          service.address() + R"(/who")
      return answer.body
    end)"),
                        .threads = 1}};
  RawStream waiting = agent.connect();
  waiting.send(get("/"));
  RawStream asked = service.accept();
  EXPECT_EQ(read_request(asked).start_line, "GET /who HTTP/1.1");

  EXPECT_EQ(forwarded(agent, "/?uid=u").field("X-Pushgate-Uid"), "u");

  asked.send(ok("carol"));
  RawStream at_node = node.accept();
  EXPECT_EQ(read_request(at_node).field("X-Pushgate-Uid"), "carol");
}

TEST_F(Policy, AHandshakeHasAScriptOfItsOwn) {
  AgentUnderTest agent{{.router = one_node(node.endpoint()),
                        .settings = hooks("return function(req) return 'plain' end",
                                          R"(,"onupgrade":)" + script("onupgrade.lua", R"(
      return function(req) assert(req.isUpgrade) return 'socket' end)"))}};

  EXPECT_EQ(forwarded(agent, "/").field("X-Pushgate-Uid"), "plain");
  RawStream client = agent.connect();
  client.send(get("/",
                  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  RawStream at_node = node.accept();
  EXPECT_EQ(read_request_head(at_node).field("X-Pushgate-Uid"), "socket");
}

TEST_F(Policy, AChangedScriptTakesOverAndABrokenOneDoesNot) {
  const std::string router = one_node(node.endpoint());
  AgentUnderTest agent{
      {.router = router, .settings = hooks("return function(req) return 'old' end")}};
  EXPECT_EQ(forwarded(agent, "/").field("X-Pushgate-Uid"), "old");

  const std::string changed = hooks("return function(req) return 'new' end");
  agent.publish(router, changed);
  EXPECT_EQ(forwarded(agent, "/").field("X-Pushgate-Uid"), "new");

  const std::string broken = hooks("return function(req)\n return 'never' ende");
  try {
    agent.publish(router, broken);
    FAIL() << "a broken script was accepted";
  } catch (const std::runtime_error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("agent.lua:2"));
  }
  EXPECT_EQ(forwarded(agent, "/").field("X-Pushgate-Uid"), "new");
}

TEST_F(Policy, AWaitingRequestIsFinishedByTheScriptThatBeganIt) {
  const std::string router = one_node(node.endpoint());
  AgentUnderTest agent{{.router = router,
                        .settings = hooks(R"(
    return function(req)
      return pushgate.http.get("http://)" +
                                          service.address() + R"(/").body
    end)")}};
  RawStream client = agent.connect();
  client.send(get("/"));
  RawStream asked = service.accept();
  read_request(asked);

  agent.publish(router, hooks("return function(req) return 'new' end"));
  EXPECT_EQ(forwarded(agent, "/").field("X-Pushgate-Uid"), "new");
  asked.send(ok("old"));

  RawStream at_node = node.accept();
  EXPECT_EQ(read_request(at_node).field("X-Pushgate-Uid"), "old");
}

// ---- tokens

TEST_F(Policy, ATokenNamesTheUserOrIsRefused) {
  // {"alg":"HS256"}.{"sub":"alice"}, and with "exp":1.
  AgentUnderTest agent{{.router = one_node(node.endpoint()),
                        .settings = R"("identity":{"uid":[{"jwt":{"requireExpiry":false,"keys":[
                          {"secret":"0123456789abcdef0123456789abcdef","alg":"HS256"}]}},
                          {"query":"uid"}]})"}};
  const std::string good =
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.1LyJX3n8HF4PKpKt6cAnOsvYK1JymjhYdwLb9Q6B8gQ";
  const std::string expired =
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6MX0.qBiQuVxZ7QneNv9pe4npVSI8i6PQ5_BVd95SUk-"
      "0GaA";

  EXPECT_EQ(forwarded(agent, "/", "Authorization: Bearer " + good + "\r\n").field("X-Pushgate-Uid"),
            "alice");
  EXPECT_EQ(forwarded(agent, "/?uid=bob").field("X-Pushgate-Uid"), "bob");
  const HttpMessage refused =
      refusal(agent, "/?uid=bob", "Authorization: Bearer " + expired + "\r\n");
  EXPECT_EQ(refused.status(), 401);
  EXPECT_THAT(refused.field("WWW-Authenticate"), HasSubstr("Bearer"));
  EXPECT_THAT(refused.body, HasSubstr("expired_token"));
}

}  // namespace
}  // namespace pushgate::test
