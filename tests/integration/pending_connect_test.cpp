// pending_connect_test.cpp - a node that neither accepts nor refuses a connection: who waits for it
// how long, and what becomes of the attempt when nobody waits any more.

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/websocket_peers.hpp"

namespace pushgate::test {
namespace {

/// A node whose queue of connections is full: the kernel leaves further ones unanswered.
class UnreachableNode {
 public:
  const Endpoint& endpoint() const { return full_.endpoint(); }

  /// How many sockets of this machine try to connect to it. From /proc/net/tcp: "sl local remote
  /// state …" with addresses as hexadecimal "ADDRESS:PORT", state 02 is SYN_SENT.
  int attempts() const {
    char port[8];
    std::snprintf(port, sizeof port, ":%04X", static_cast<unsigned>(endpoint().port()));
    std::ifstream table{"/proc/net/tcp"};
    std::string slot, local, remote, state, rest;
    int found = 0;
    while (table >> slot >> local >> remote >> state && std::getline(table, rest)) {
      if (remote.ends_with(port) && state == "02") ++found;
    }
    return found;
  }

 private:
  ScriptedUpstream full_{0};
  RawStream filler_ = RawStream::connect(full_.endpoint());
};

TEST(PendingConnect, ThatTakesTooLongSendsTheUserToTheNextChoice) {
  UnreachableNode unreachable;
  ScriptedUpstream other;
  AgentUnderTest agent{{.router = nodes({unreachable.endpoint(), other.endpoint()}),
                        .settings = R"("timeouts":{"connect":"200ms"})"}};
  RawStream client = agent.connect();
  client.send(get("/?uid=" + agent.uid_of("a")));
  RawStream node = other.accept();
  read_request(node);
  node.send(ok("from b"));

  EXPECT_EQ(read_response(client).body, "from b");
  EXPECT_EQ(unreachable.attempts(), 0);
}

TEST(PendingConnect, ThatTakesTooLongIsA503WhenNoChoiceIsLeft) {
  UnreachableNode unreachable;
  AgentUnderTest agent{{.router = one_node(unreachable.endpoint()),
                        .settings = R"("timeouts":{"connect":"200ms"})"}};
  RawStream client = agent.connect();

  EXPECT_EQ(ask(client, get("/?uid=u")).status(), 503);
}

struct Departure {
  const char* name;
  std::string request;
  void (*leave)(RawStream& client);
};

/// The client leaves while its node has not accepted; nothing but its leaving can end the wait.
class DepartureInPendingConnect : public testing::TestWithParam<Departure> {
 protected:
  DepartureInPendingConnect() {
    client.send(GetParam().request);
    EXPECT_TRUE(eventually([&] { return unreachable.attempts() == 1; }));
  }

  UnreachableNode unreachable;
  AgentUnderTest agent{{.router = one_node(unreachable.endpoint()),
                        .settings = R"("timeouts":{"connect":"1h"})",
                        .access_log = true}};
  RawStream client = agent.connect();
};

TEST_P(DepartureInPendingConnect, DropsTheAttemptAndIsCounted) {
  GetParam().leave(client);

  EXPECT_TRUE(eventually([&] { return unreachable.attempts() == 0; }));
  EXPECT_TRUE(agent.metric_reaches("connections", 0));
  EXPECT_EQ(agent.metric("client_aborts_total"), 1u);
  EXPECT_EQ(agent.metric("retries_total"), 0u) << "nobody is there for whom to try another";
  EXPECT_TRUE(agent.access_log_shows(" status=0 end=CC ")) << agent.access_log();
}

TEST_P(DepartureInPendingConnect, IsNotTheNodesFault) {
  GetParam().leave(client);
  ASSERT_TRUE(agent.metric_reaches("client_aborts_total", 1));

  EXPECT_EQ(agent.metric("upstream_connect_failures_total"), 0u);
  EXPECT_NE(agent.status_json().find("\"up\": true"), std::string::npos) << agent.status_json();
  RawStream next = agent.connect();
  next.send(get("/?uid=u"));
  EXPECT_TRUE(eventually([&] { return unreachable.attempts() == 1; })) << "it is tried again";
}

INSTANTIATE_TEST_SUITE_P(
    , DepartureInPendingConnect,
    testing::Values(Departure{"Fin", get("/?uid=u"), [](RawStream& client) { client.close(); }},
                    Departure{"Rst", get("/?uid=u"), [](RawStream& client) { client.reset(); }},
                    Departure{"HalfClose", get("/?uid=u"),
                              [](RawStream& client) { client.half_close(); }},
                    Departure{"FinOfAnUpgrade", upgrade_request() + "early",
                              [](RawStream& client) { client.close(); }},
                    Departure{"RstInAnUpload",
                              "POST /?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
                              [](RawStream& client) { client.reset(); }}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(PendingConnect, EndsWithTheAgent) {
  UnreachableNode unreachable;
  AgentUnderTest agent{
      {.router = one_node(unreachable.endpoint()), .settings = R"("timeouts":{"connect":"1h"})"}};
  RawStream client = agent.connect();
  client.send(get("/?uid=u"));
  ASSERT_TRUE(eventually([&] { return unreachable.attempts() == 1; }));

  agent.cut_sessions();

  EXPECT_TRUE(agent.work_ends());
  EXPECT_EQ(unreachable.attempts(), 0);
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace pushgate::test
