// history_test.cpp - what was published before, for plain WebSockets, event streams and joins.

#include <string>

#include <gtest/gtest.h>

#include "support/http_message.hpp"
#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

NodesSetup with_history() {
  return {.node = R"("rooms":[{"match":"a*","history":{"size":3,"ttl":"60s"}}])"};
}

void publish(SocketIoClient& from, std::string_view room, std::string_view data) {
  const std::string wish = R"(["publish",{"room":")" + std::string{room} +
                           R"(","event":"message","data":)" + std::string{data} + "}]";
  if (from.ask(wish) != R"([{"ok":true}])") throw StreamError("not published");
}

SocketIoClient make_publisher(const NodesUnderTest& nodes) {
  SocketIoClient client(nodes);
  client.text();  // go:push
  return client;
}

/// Where the history of a room ends now.
std::string end_of(SocketIoClient& client) {
  return json_member(client.ask(R"(["join",{"room":"a-look"}])"), "offset");
}

TEST(NodeHistory, APlainClientGetsThePastAndThenThePresent) {
  const NodesUnderTest nodes(with_history());
  SocketIoClient publisher = make_publisher(nodes);
  publish(publisher, "a", R"("one")");
  publish(publisher, "a", R"("two")");

  WebSocketClient plain(nodes.connect(), "/ws?room=a&since=0");

  EXPECT_EQ(plain.text(), "one");
  EXPECT_EQ(plain.text(), "two");
  publish(publisher, "a", R"("three")");
  EXPECT_EQ(plain.text(), "three");
}

TEST(NodeHistory, WithoutSinceThereIsOnlyThePresent) {
  const NodesUnderTest nodes(with_history());
  SocketIoClient publisher = make_publisher(nodes);
  publish(publisher, "a", R"("one")");
  publish(publisher, "a", R"("two")");
  end_of(publisher);  // both are out
  WebSocketClient plain(nodes.connect(), "/ws?room=a");
  EXPECT_TRUE(nodes.metric_becomes("plain_clients", 1));
  publish(publisher, "a", R"("three")");
  EXPECT_EQ(plain.text(), "three");
}

TEST(NodeHistory, APlainClientIsToldWhatIsNotKept) {
  const NodesUnderTest nodes(with_history());
  SocketIoClient publisher = make_publisher(nodes);
  const std::string start = end_of(publisher);
  for (const char* const data : {"1", "2", "3", "4"}) publish(publisher, "a", data);

  WebSocketClient plain(nodes.connect(), "/ws?room=a&since=" + start);

  const std::string notice = plain.text();
  EXPECT_TRUE(notice.starts_with(R"(["history",{"recovered":false,"reason":"trimmed",)")) << notice;
  EXPECT_EQ(nodes.metric("histories_incomplete_total"), 1);
}

TEST(NodeHistory, AnEventStreamGoesOnFromItsLastEvent) {
  const NodesUnderTest nodes(with_history());
  SocketIoClient publisher = make_publisher(nodes);
  publish(publisher, "a", R"("one")");
  publish(publisher, "a", R"("two")");
  RawStream first = nodes.connect();
  first.send(get("/sse?room=a&since=0"));
  first.read_until("\r\n\r\n");
  std::string event = first.read_until("\n\n");
  ASSERT_TRUE(event.starts_with("id: ")) << event;
  const std::string id = event.substr(4, event.find('\n') - 4);
  EXPECT_TRUE(event.ends_with("data: one\n\n")) << event;

  RawStream again = nodes.connect();
  again.send(get("/sse?room=a", "Last-Event-ID: " + id + "\r\n"));
  again.read_until("\r\n\r\n");

  event = again.read_until("\n\n");
  EXPECT_TRUE(event.ends_with("data: two\n\n")) << event;
  publish(publisher, "a", R"("three")");
  event = again.read_until("\n\n");
  EXPECT_TRUE(event.ends_with("data: three\n\n")) << event;
}

TEST(NodeHistory, AJoinSaysWhetherEverythingIsThere) {
  const NodesUnderTest nodes(with_history());
  SocketIoClient publisher = make_publisher(nodes);
  const std::string start = end_of(publisher);
  publish(publisher, "a", R"("one")");
  SocketIoClient client = make_publisher(nodes);

  client.send_text(R"(427["join",{"room":"a","since":")" + start + "\"}]");

  const std::string event = client.text();
  EXPECT_TRUE(event.starts_with(R"(42["message","one",")")) << event;
  const std::string answer = client.text();
  EXPECT_TRUE(answer.starts_with(R"(437[{"ok":true,"recovered":true,"offset":")")) << answer;
  EXPECT_EQ(json_member(answer, "offset"), json_member(R"({"o":")" + event.substr(20), "o"));
  publish(publisher, "a", R"("two")");
  EXPECT_TRUE(client.text().starts_with(R"(42["message","two",")"));
}

TEST(NodeHistory, AJoinOfARoomWithoutHistorySaysSo) {
  const NodesUnderTest nodes(with_history());
  SocketIoClient client = make_publisher(nodes);
  const std::string answer = client.ask(R"(["join",{"room":"b","since":"0"}])");
  EXPECT_TRUE(answer.starts_with(R"([{"ok":true,"recovered":false,"reason":"no_history")"))
      << answer;
  EXPECT_EQ(client.ask(R"(["join",{"room":7}])"), R"([{"ok":false,"error":"bad_request"}])");
  EXPECT_EQ(client.ask(R"(["join",{"room":"user:x"}])"), R"([{"ok":false,"error":"reserved"}])");
}

TEST(NodeHistory, MessagesPublishedWhileSomebodyJoinsComeOnceAndInOrder) {
  const NodesUnderTest nodes(with_history());
  SocketIoClient publisher = make_publisher(nodes);
  const auto send = [&publisher](int number) {
    publisher.emit(R"(["publish",{"room":"a","event":"message","data":")" + std::to_string(number) +
                   "\"}]");
  };
  for (int i = 0; i < 50; ++i) send(i);
  WebSocketClient plain(nodes.connect(), "/ws?room=a&since=0");
  for (int i = 50; i < 100; ++i) send(i);

  int last = std::stoi(plain.text());
  EXPECT_LE(last, 50);
  while (last < 99) ASSERT_EQ(std::stoi(plain.text()), ++last);
}

}  // namespace
}  // namespace pushgate::test
