// accept_test.cpp - connections are spread over the threads, and a process without descriptors gets
// over it.

#include <string>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

/// Connections per thread, from the status page.
std::vector<int> connections_by_thread(const AgentUnderTest& agent) {
  const std::string page = agent.status_json();
  std::vector<int> counts;
  const std::string key = "\"connections\": ";
  for (std::size_t at = page.find("\"threads\""); (at = page.find(key, at)) != page.npos;) {
    at += key.size();
    counts.push_back(std::stoi(page.substr(at)));
  }
  return counts;
}

TEST(HandOver, ABusyThreadGivesFreshConnectionsToAnIdleOne) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  std::vector<RawStream> kept;

  // The kernel spreads connections by their ports. Those that it gives to the second thread are
  // closed again, so that the first one becomes the busy one.
  for (int i = 0; i < 500 && agent.metric("connections_handed_over_total") == 0; ++i) {
    RawStream client = agent.connect();
    ASSERT_TRUE(agent.metric_reaches("connections", kept.size() + 1));
    if (connections_by_thread(agent).at(1) > 0 &&
        agent.metric("connections_handed_over_total") == 0) {
      client.close();
      ASSERT_TRUE(agent.metric_reaches("connections", kept.size()));
      continue;
    }
    kept.push_back(std::move(client));
  }
  ASSERT_EQ(agent.metric("connections_handed_over_total"), 1u);

  RawStream& handed_over = kept.back();
  handed_over.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("served on the other thread"));

  EXPECT_EQ(read_response(handed_over).body, "served on the other thread");
}

TEST(Threads, ConnectionsOfAllThreadsAreServed) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()), .threads = 4}};
  std::vector<RawStream> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(agent.connect());
    clients.back().send(get("/" + std::to_string(i) + "?uid=u"));
    RawStream node = upstream.accept();
    EXPECT_EQ(read_request(node).start_line, "GET /" + std::to_string(i) + "?uid=u HTTP/1.1");
    node.send(ok("x", "Connection: close\r\n"));
    ASSERT_EQ(read_response(clients.back()).body, "x");
  }
  int threads_used = 0;
  for (const int count : connections_by_thread(agent)) threads_used += count > 0 ? 1 : 0;

  EXPECT_GT(threads_used, 1);
}

/// While it lives, this process can open no descriptor, or as many as are given back.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 200;
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0; fd = ::open("/dev/null", O_RDONLY)) {
      fillers_.emplace_back(fd);
    }
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  void give_back(std::size_t count) {
    for (; count > 0; --count) fillers_.pop_back();
  }

 private:
  rlimit before_{};
  std::vector<UniqueFd> fillers_;
};

class OutOfDescriptors : public testing::Test {
 protected:
  static UniqueFd socket() { return UniqueFd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}; }

  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()),
                        .settings = R"("health":{"backoff":"1h","maxBackoff":"1h"})",
                        .access_log = true}};
  RawStream early = agent.connect();
};

TEST_F(OutOfDescriptors, AConnectionWaitsAndIsServedWhenThereAreDescriptorsAgain) {
  UniqueFd late_socket = socket();
  ASSERT_EQ(ask(early, get("/")).status(), 430);
  RawStream late;
  {
    NoDescriptors none;
    late = RawStream::connect_with(std::move(late_socket), agent.endpoint());
    EXPECT_TRUE(eventually([&] { return agent.metric("accept_errors_total") > 0; }));
    EXPECT_EQ(ask(early, get("/")).status(), 430) << "who is connected is served";
  }

  EXPECT_EQ(ask(late, get("/")).status(), 430);
}

TEST_F(OutOfDescriptors, ARequestThatHasComeBeforeItsAcceptIsServedInADrain) {
  UniqueFd late_socket = socket();
  ASSERT_EQ(ask(early, get("/")).status(), 430);
  RawStream late;
  {
    NoDescriptors none;
    late = RawStream::connect_with(std::move(late_socket), agent.endpoint());
    ASSERT_TRUE(eventually([&] { return agent.metric("accept_errors_total") > 0; }));
    late.send(get("/?uid=u"));
    agent.finish_sessions();
    ASSERT_EQ(early.read_to_end(), "") << "the drain has begun";
  }
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("the last"));

  const HttpMessage response = read_response(late);

  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_EQ(response.body, "the last");
}

TEST_F(OutOfDescriptors, ANodeThatCannotBeConnectedToIsNotBlamed) {
  ASSERT_EQ(ask(early, get("/")).status(), 430);
  {
    NoDescriptors none;
    const HttpMessage answer = ask(early, get("/?uid=u"));
    EXPECT_EQ(answer.status(), 503);
    EXPECT_NE(answer.body.find(R"("rule":"too_many_connections")"), std::string::npos);
  }

  early.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("at once"));

  EXPECT_EQ(read_response(early).body, "at once");
  EXPECT_TRUE(agent.access_log_shows(" end=LC ")) << agent.access_log();
}

class TurnedAway : public testing::Test {
 protected:
  /// False for a socket that is closed: it answers the first piece with a reset.
  static bool is_listened_to(RawStream& client) {
    return client.try_send("one") && client.try_send("two");
  }

  /// Also if the end of the stream had come before.
  static bool was_reset(const RawStream& client) {
    tcp_info info{};
    socklen_t size = sizeof info;
    ::getsockopt(client.fd(), IPPROTO_TCP, TCP_INFO, &info, &size);
    return info.tcpi_state == TCP_CLOSE;
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()),
                        .settings = R"("limits":{"maxConnections":1})",
                        .threads = 1}};
  RawStream first = agent.connect();
};

TEST_F(TurnedAway, AClientThatHasSentItsRequestReadsTheWholeAnswer) {
  ASSERT_TRUE(agent.metric_reaches("connections", 1));
  UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  RawStream late;
  {
    NoDescriptors none;
    late = RawStream::connect_with(std::move(socket), agent.endpoint());
    ASSERT_TRUE(eventually([&] { return agent.metric("accept_errors_total") > 0; }));
    late.send(get("/?uid=u"));  // waits with its connection
  }

  const HttpMessage answer = read_response(late);

  EXPECT_EQ(answer.status(), 503);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(answer.has("Retry-After"));
  EXPECT_NE(answer.body.find(R"("rule":"too_many_connections")"), std::string::npos);
  EXPECT_EQ(late.read_to_end(), "");
  EXPECT_EQ(late.end(), StreamEnd::closed);
  EXPECT_TRUE(is_listened_to(late));
  EXPECT_EQ(agent.metric("connections"), 1u) << "it has no place";
}

TEST_F(TurnedAway, AsManyAsComeTogetherReadTheirAnswers) {
  ASSERT_TRUE(agent.metric_reaches("connections", 1));
  std::vector<UniqueFd> sockets;
  for (int i = 0; i < 50; ++i) {
    sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  std::vector<RawStream> clients;
  {
    NoDescriptors none;
    for (UniqueFd& socket : sockets) {
      clients.push_back(RawStream::connect_with(std::move(socket), agent.endpoint()));
      clients.back().send(get("/?uid=u"));
    }
  }

  for (RawStream& client : clients) {
    EXPECT_EQ(read_response(client).status(), 503);
    EXPECT_EQ(client.read_to_end(), "");
  }
  for (const RawStream& client : clients) EXPECT_FALSE(was_reset(client));
}

TEST_F(TurnedAway, AClientIsNotWaitedForWithoutEnd) {
  ASSERT_TRUE(agent.metric_reaches("connections", 1));
  RawStream late = agent.connect();
  ASSERT_EQ(read_response(late).status(), 503);

  EXPECT_TRUE(eventually([&] { return !late.try_send("x"); }));
}

TEST_F(TurnedAway, ClientsAboveANumberAreToldAndClosedAtOnce) {
  ASSERT_TRUE(agent.metric_reaches("connections", 1));
  std::vector<RawStream> clients;

  EXPECT_TRUE(eventually([&] {
    RawStream& client = clients.emplace_back(agent.connect());
    EXPECT_EQ(read_response(client).status(), 503);
    EXPECT_EQ(client.read_to_end(), "");
    return !is_listened_to(client);
  }));
  EXPECT_GT(clients.size(), 10u) << "there is room for some";
}

}  // namespace
}  // namespace pushgate::test
