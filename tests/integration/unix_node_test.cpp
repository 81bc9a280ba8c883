// unix_node_test.cpp - nodes on unix sockets are nodes like any other.

#include <filesystem>
#include <future>
#include <string>

#include <gtest/gtest.h>

#include "support/temp_folder.hpp"
#include "support/websocket_peers.hpp"

namespace pushgate::test {
namespace {

class UnixNode : public testing::Test {
 protected:
  Endpoint at(const char* name) const { return Endpoint::unix_path(folder.file(name)); }

  const TempFolder folder;
  ScriptedUpstream upstream{at("a.sock")};
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()), .access_log = true}};
  RawStream client = agent.connect();
};

TEST_F(UnixNode, ServesRequestsOnAPooledConnection) {
  client.send("POST /1?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  RawStream node = upstream.accept();
  EXPECT_EQ(read_request(node).body, "body");
  node.send(ok("one"));
  EXPECT_EQ(read_response(client).body, "one");

  client.send(get("/2?uid=u"));
  EXPECT_EQ(read_request(node).start_line, "GET /2?uid=u HTTP/1.1");
  node.send(ok("two"));

  EXPECT_EQ(read_response(client).body, "two");
  EXPECT_EQ(agent.metric("upstream_reuses_total"), 1u);
  EXPECT_TRUE(agent.access_log_shows(" node=a choice=1 reused=yes")) << agent.access_log();
}

TEST_F(UnixNode, IsToldWhoTheClientIsAndNothingOfTheSocket) {
  client.send(get("/?uid=u", "X-Forwarded-For: 1.2.3.4\r\n"));
  RawStream node = upstream.accept();
  const HttpMessage request = read_request(node);

  EXPECT_EQ(request.field("X-Forwarded-For"), "127.0.0.1");
  EXPECT_EQ(request.field("X-Forwarded-Proto"), "http");
  EXPECT_EQ(request.field("X-Forwarded-Host"), "app.test");
  EXPECT_EQ(request.field("Host"), "app.test");
  EXPECT_EQ(request.field("X-Pushgate-Uid"), "u");
}

TEST_F(UnixNode, GetsAValidHostWhenTheClientSentNone) {
  client.send("GET /?uid=u HTTP/1.0\r\n\r\n");
  RawStream node = upstream.accept();

  EXPECT_EQ(read_request(node).field("Host"), "localhost");
}

TEST_F(UnixNode, CarriesLargeBodies) {
  const std::string body = patterned(4 * 1024 * 1024);
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  auto sending = std::async(std::launch::async, [&] { node.send(ok(body)); });

  EXPECT_TRUE(read_response(client).body == body);
  sending.get();
}

TEST_F(UnixNode, HoldsTheOtherEndOfATunnel) {
  TunnelEnds tunnel = open_tunnel(agent, upstream);
  EXPECT_TRUE(is_alive(tunnel));

  tunnel.client.send("last words");
  tunnel.client.half_close();
  EXPECT_EQ(tunnel.node.read_to_end(), "last words");
  tunnel.node.send("answer");
  tunnel.node.close();

  EXPECT_EQ(tunnel.client.read_to_end(), "answer");
  EXPECT_TRUE(agent.metric_reaches("tunnels_closed_by_client_total", 1));
}

TEST_F(UnixNode, ThatNobodyServesIsCountedAndSkipped) {
  ScriptedUpstream other{at("b.sock")};
  const std::string settings = R"("health":{"backoff":"1h","maxBackoff":"1h"})";
  AgentUnderTest two{
      {.router = nodes({upstream.endpoint(), other.endpoint()}), .settings = settings}};
  RawStream caller = two.connect();
  upstream.stop_listening();  // the file stays: connections are refused

  for (const std::uint64_t fallbacks : {1u, 2u}) {
    caller.send(get("/?uid=" + two.uid_of("a")));
    RawStream node = other.accept();
    read_request(node);
    node.send(ok("from b", "Connection: close\r\n"));
    EXPECT_EQ(read_response(caller).body, "from b");
    EXPECT_EQ(two.metric("fallback_choices_total"), fallbacks);
    EXPECT_EQ(two.metric("upstream_connect_failures_total"), 1u) << "then it is left alone";
  }
}

TEST_F(UnixNode, WhoseFileIsMissingIsNoLiveNode) {
  upstream.stop_listening();
  std::filesystem::remove(upstream.endpoint().path());

  const HttpMessage answer = ask(client, get("/?uid=u"));

  EXPECT_EQ(answer.status(), 503);
  EXPECT_NE(answer.body.find(R"("rule":"no_live_node")"), std::string::npos) << answer.body;
  EXPECT_EQ(agent.metric("upstream_connect_failures_total"), 1u);
}

TEST_F(UnixNode, ThatComesBackServesAgain) {
  upstream.stop_listening();
  AgentUnderTest impatient{{.router = one_node(upstream.endpoint()),
                            .settings = R"("health":{"backoff":"1ms","maxBackoff":"1ms"})"}};
  RawStream caller = impatient.connect();
  EXPECT_EQ(ask(caller, get("/?uid=u")).status(), 503);

  upstream.listen_again();
  EXPECT_TRUE(eventually([&] {
    caller.send(get("/?uid=u"));
    if (!eventually([&] { return upstream.has_caller() || caller.has_something(); })) return false;
    if (!upstream.has_caller()) {
      read_response(caller);
      return false;
    }
    RawStream node = upstream.accept();
    read_request(node);
    node.send(ok("back"));
    return read_response(caller).body == "back";
  }));
}

}  // namespace
}  // namespace pushgate::test
