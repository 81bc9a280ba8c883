// shared_log_test.cpp - clients that come back to another process, with one Redis behind both.

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "integration/node/recovering_client.hpp"
#include "support/patience.hpp"
#include "support/redis_server.hpp"

namespace pushgate::test {
namespace {

class SharedLog : public ::testing::TestWithParam<std::string> {
 protected:
  SharedLog() : here(setup("here")), there(setup("there")) {
    wait_until_logged(here);
    wait_until_logged(there);
  }

  NodesSetup setup(const std::string& name) const {
    NodesSetup made = recovering();
    made.count = 1;
    made.name = name;
    made.settings = R"("redisAdapter":{"mode":")" + GetParam() + R"(","host":"127.0.0.1","port":)" +
                    redis.port_text() + "}";
    return made;
  }
  /// Until a client's first event has an offset.
  static void wait_until_logged(const NodesUnderTest& nodes) {
    ASSERT_TRUE(eventually([&] {
      Client client(nodes, "");
      client.connected();
      return client.text().starts_with(R"(42["auth",{},")");
    }));
    ASSERT_TRUE(nodes.metric_becomes("sockets", 0));
  }
  const NodesUnderTest& process(std::size_t number) const { return number % 2 == 0 ? here : there; }

  RedisServer redis;
  NodesUnderTest here;
  NodesUnderTest there;
};

INSTANTIATE_TEST_SUITE_P(Modes, SharedLog, ::testing::Values("classic", "sharded", "streams"),
                         [](const auto& mode) { return mode.param; });

TEST_P(SharedLog, AClientGoesOnInAnotherProcess) {
  Connected first(here);
  Client publisher = make_publisher(there, 0);
  publish(publisher, "1");
  const std::string seen = first.client.event(R"(42["news",1,")");
  lose(here, first.client, 0);
  publish(publisher, "2");

  Client again(there, first.client.wish(seen));

  again.event(R"(42["news",2,")");
  again.connected();
  EXPECT_EQ(again.sid, first.client.sid);
  publish(publisher, "3");
  again.event(R"(42["news",3,")");
}

TEST_P(SharedLog, WhoComesBackBeforeItsEndWasNoticedIsNobodyTwice) {
  Connected first(here);
  Client publisher = make_publisher(there, 0);
  publish(publisher, "1");
  const std::string seen = first.client.event(R"(42["news",1,")");

  // Its old connection is as open as ever.
  Client again(there, first.client.wish(seen));

  again.connected();
  EXPECT_EQ(again.sid, first.client.sid);
  EXPECT_TRUE(here.metric_becomes("sockets", 0));
  EXPECT_TRUE(here.metric_becomes("websocket_sessions", 0));
  publish(publisher, "2");
  const std::string next = again.event(R"(42["news",2,")");
  // What the first node knew of it is out of date, and nobody believes it.
  lose(there, again, 1);
  publish(publisher, "3");
  Client third(here, again.wish(next));
  third.event(R"(42["news",3,")");
  third.connected();
  EXPECT_EQ(third.sid, first.client.sid);
}

TEST_P(SharedLog, NothingIsMissingOrComesTwiceWhileBothPublish) {
  Connected first(here);
  std::atomic<bool> going{true};
  const auto flow = [&](const NodesUnderTest& nodes) {
    Client publisher = make_publisher(nodes, 0);
    while (going) publish(publisher, "0");
  };
  // One says what is counted, the other is in between.
  std::future<void> counted = std::async(std::launch::async, [&] {
    Client publisher = make_publisher(there, 0);
    for (int n = 1; going; ++n) publish(publisher, std::to_string(n));
  });
  std::future<void> between = std::async(std::launch::async, [&] { flow(here); });
  const std::shared_ptr<void> end{nullptr, [&](void*) { going = false; }};
  int last = 0;
  std::string offset = first.offset;
  const std::string sid = first.client.sid;
  Client client = std::move(first.client);
  const auto read = [&](Client& from, const std::string& packet) {
    if (packet.starts_with(R"(42["news",0,)")) {
      offset = from.offset_of(packet);
    } else {
      read_next(from, last, offset, packet);
    }
  };

  for (std::size_t round = 1; round < 60; ++round) {
    const int before = last;
    while (last < before + 3) read(client, client.text());
    if (round % 3 != 0) client.stream().reset();  // or nobody is told
    Client again(process(round), client.wish(offset));
    std::string packet = again.text();
    for (; !packet.starts_with("40{"); packet = again.text()) read(again, packet);
    again.take(packet);
    ASSERT_EQ(again.sid, sid) << round;
    client = std::move(again);
  }
  going = false;
  counted.get();
  between.get();
}

/// The streams adapter misses nothing when a connection breaks.
class SharedLogWithGaps : public SharedLog {};
INSTANTIATE_TEST_SUITE_P(Modes, SharedLogWithGaps, ::testing::Values("classic", "sharded"),
                         [](const auto& mode) { return mode.param; });

TEST_P(SharedLogWithGaps, ClientsAreToldWhenMessagesMayBeMissing) {
  Connected first(here);
  redis.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  EXPECT_EQ(first.client.text().find(R"(42["go:resync",{"reason":")"), 0u);
  EXPECT_GE(here.metric("resyncs_total"), 1);
}

TEST_P(SharedLogWithGaps, ARedisThatForgotHasTheSessionsOfThoseWhoAreHere) {
  Connected first(here);
  redis.command({"FLUSHALL"});
  redis.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  EXPECT_EQ(first.client.text().find(R"(42["go:resync")"), 0u);
  EXPECT_TRUE(eventually([&] {
    return redis.command({"EXISTS", "pushgate:session:" + first.client.pid}).integer == 1;
  }));
}

}  // namespace
}  // namespace pushgate::test
