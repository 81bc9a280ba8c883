// recovery_test.cpp - connections that break, and clients that go on where they were.

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "pushgate/node/nodes.hpp"

#include "integration/node/recovering_client.hpp"

namespace pushgate::test {
namespace {

TEST(NodeRecovery, AClientGetsWhatItMissedBeforeItIsConnected) {
  const NodesUnderTest nodes(recovering());
  Connected first(nodes);
  Client publisher = make_publisher(nodes);
  publish(publisher, "1");
  const std::string seen = first.client.event(R"(42["news",1,")");
  lose(nodes, first.client, 1);
  publish(publisher, "2");
  publish(publisher, "3");

  Client again(nodes, first.client.wish(seen));

  again.event(R"(42["news",2,")");
  again.event(R"(42["news",3,")");
  again.connected();
  EXPECT_EQ(again.sid, first.client.sid);
  EXPECT_EQ(again.pid, first.client.pid);
  EXPECT_EQ(nodes.metric("sessions_recovered_total"), 1);
  publish(publisher, "4");
  again.event(R"(42["news",4,")");  // it is in its room again
}

TEST(NodeRecovery, OnAnotherNodeAndMoreThanOnce) {
  const NodesUnderTest nodes(recovering());
  Connected first(nodes);
  Client publisher = make_publisher(nodes);
  lose(nodes, first.client, 1);
  publish(publisher, "1");
  Client second(nodes, first.client.wish(first.offset), 1);
  const std::string seen = second.event(R"(42["news",1,")");
  second.connected();
  lose(nodes, second, 1);
  publish(publisher, "2");

  Client third(nodes, second.wish(seen), 0);

  third.event(R"(42["news",2,")");
  third.connected();
  EXPECT_EQ(third.sid, first.client.sid);
}

TEST(NodeRecovery, NothingIsMissingOrComesTwiceWhileMessagesFlow) {
  const NodesUnderTest nodes(recovering());
  Connected first(nodes);
  Client publisher = make_publisher(nodes);
  std::atomic<bool> going{true};
  std::future<void> flow = std::async(std::launch::async, [&] {
    for (int n = 1; going; ++n) publish(publisher, std::to_string(n));
  });
  const std::shared_ptr<void> end{nullptr, [&](void*) { going = false; }};  // also if this throws
  int last = 0;
  std::string offset = first.offset;
  const std::string sid = first.client.sid;
  Client client = std::move(first.client);

  for (std::size_t round = 0; round < 100; ++round) {
    // The last before the end may have come just so, or lie unread in the stream.
    for (int n = 0; n < 3; ++n) read_next(client, last, offset, client.text());
    lose(nodes, client, 1);
    Client again(nodes, client.wish(offset), round % 2);
    std::string packet = again.text();
    for (; !packet.starts_with("40{"); packet = again.text()) {
      read_next(again, last, offset, packet);
    }
    again.take(packet);
    ASSERT_EQ(again.sid, sid) << round;
    client = std::move(again);
  }
  going = false;
  flow.get();
}

TEST(NodeRecovery, AClientThatGotNothingYetRecoversToo) {
  NodesSetup setup = recovering();
  setup.node = R"("recovery":{"enabled":true},"events":["rooms"])";
  const NodesUnderTest nodes(setup);
  Client quiet(nodes, "");
  quiet.connected();
  quiet.send_text(R"(420["join","a"])");
  EXPECT_EQ(quiet.text(), R"(430[{"ok":true}])");
  Client publisher(nodes, "", 1);
  publisher.connected();
  lose(nodes, quiet, 1);
  publish(publisher, "1");

  Client again(nodes, R"({"pid":")" + quiet.pid + R"("})");

  again.event(R"(42["news",1,")");
  again.connected();
  EXPECT_EQ(again.sid, quiet.sid);
}

TEST(NodeRecovery, OfTwoWhoComeBackAtOnceTheLastOneStays) {
  const NodesUnderTest nodes(recovering());
  Connected first(nodes);
  Client publisher = make_publisher(nodes);
  lose(nodes, first.client, 1);

  for (int round = 0; round < 20; ++round) {
    // Neither waits for the other; both know the same.
    Client one(nodes, first.client.wish(first.offset));
    Client other(nodes, first.client.wish(first.offset));
    one.connected();
    other.connected();
    EXPECT_EQ(other.sid, first.client.sid);
    EXPECT_TRUE(nodes.metric_becomes("sockets", 2)) << "the publisher's and one more";
    publish(publisher, "1");
    first.offset = other.event(R"(42["news",1,")");
    other.stream().reset();
    EXPECT_TRUE(nodes.metric_becomes("sockets", 1));
  }
}

TEST(NodeRecovery, AnUnknownSessionIsAFreshOneAndCounted) {
  const NodesUnderTest nodes(recovering());
  Client client(nodes, R"({"pid":"aaaaaaaaaaaaaaaaaaaa","offset":"x-1-0"})");
  client.connected();
  EXPECT_NE(client.pid, "aaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(client.text(), R"(42["go:resync",{"reason":"unknown_session"}])");
  client.event(R"(42["auth",)");
  EXPECT_EQ(nodes.metric("recoveries_failed_total"), 1);
  EXPECT_EQ(nodes.metric("sessions_recovered_total"), 0);
}

TEST(NodeRecovery, AClientThatLeftIsNotRecovered) {
  const NodesUnderTest nodes(recovering());
  Connected first(nodes);
  first.client.send_text("41");
  EXPECT_TRUE(nodes.metric_becomes("sockets", 0));
  Client again(nodes, first.client.wish(first.offset));
  again.connected();
  EXPECT_NE(again.sid, first.client.sid);
}

TEST(NodeRecovery, AnAckedEventHasNoOffset) {
  const NodesUnderTest nodes(recovering());
  Connected first(nodes);
  first.client.send_text(R"(425["message-with-ack","x"])");
  EXPECT_EQ(first.client.text(), R"(435["x"])");
}

TEST(NodeRecovery, WithoutItThereIsNoPidAndNoOffset) {
  const NodesUnderTest nodes({.node = R"("events":["echo"])"});
  WebSocketClient client(nodes.connect(), kTarget);
  client.text();
  client.send_text("40");
  EXPECT_EQ(client.text().find("pid"), std::string::npos);
  EXPECT_EQ(client.text(), R"(42["auth",{}])");
}

}  // namespace
}  // namespace pushgate::test
