// avalanche_test.cpp - every connection breaks at once, and everybody comes back at once.

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

constexpr std::size_t kClients = 5'000;
constexpr std::size_t kNodes = 2;
constexpr std::string_view kTarget = "/socket.io/?EIO=4&transport=websocket";
constexpr std::string_view kEvent = R"(42["news",)";

/// A client that expects the events 1, 2, 3 ... and throws if another one comes. Each step is taken
/// by all clients before anybody takes the next.
class Counting {
 public:
  void reach_out(const NodesUnderTest& nodes, std::size_t node) {
    asked_ = nodes.connect(node);
    WebSocketClient::ask_for(asked_, kTarget);
  }
  void ask_for_session() {
    socket_.emplace(std::move(asked_));
    socket_->text();
    socket_->send_text("40" + wish());
  }
  /// Takes what was missed, which comes before the answer.
  void connect() {
    for (;;) {
      const std::string packet = socket_->text();
      if (!packet.starts_with("40{")) {
        take(packet);
        continue;
      }
      recovered = json_member(packet, "pid") == pid_;
      pid_ = json_member(packet, "pid");
      return;
    }
  }
  void ask_to_join() { socket_->send_text(R"(420["join","all"])"); }
  /// The answer; an event too many would come before it.
  void joined() {
    const std::string packet = socket_->text();
    if (packet != R"(430[{"ok":true}])") throw StreamError("not the answer: " + packet);
  }
  void read_up_to(int number) {
    while (last < number) take(socket_->text());
  }
  void cut() {
    socket_->stream().reset();
    socket_.reset();
  }

  int last = 0;
  bool recovered = false;

 private:
  std::string wish() const {
    return pid_.empty() ? "" : R"({"pid":")" + pid_ + R"(","offset":")" + offset_ + R"("})";
  }
  void take(const std::string& packet) {
    int number = 0;
    if (packet.starts_with(kEvent)) {
      std::from_chars(packet.data() + kEvent.size(), packet.data() + packet.size(), number);
    }
    if (number != ++last) throw StreamError("not event " + std::to_string(last) + ": " + packet);
    const std::size_t end = packet.rfind('"');
    const std::size_t begin = packet.rfind('"', end - 1) + 1;
    offset_ = packet.substr(begin, end - begin);
  }

  RawStream asked_;
  std::optional<WebSocketClient> socket_;
  std::string pid_;
  std::string offset_;
};

class Avalanche : public ::testing::Test {
 protected:
  template <class Step>
  void each(Step step) {
    for (std::size_t i = 0; i < clients.size(); ++i) step(clients[i], i);
  }
  void publish(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(++published);
      const std::string done =
          publisher.ask(R"(["publish",{"room":"all","event":"news","data":)" + number + "}]");
      if (done != R"([{"ok":true}])") throw StreamError("not published: " + done);
    }
  }

  const NodesUnderTest nodes{
      {.node = R"("recovery":{"enabled":true},"events":["rooms"])", .count = kNodes}};
  SocketIoClient publisher{nodes};
  std::vector<Counting> clients{kClients};
  int published = 0;
};

TEST_F(Avalanche, FiveThousandClientsGoOnWhereTheyWere) {
  each([&](Counting& client, std::size_t i) { client.reach_out(nodes, i % kNodes); });
  each([](Counting& client, std::size_t) { client.ask_for_session(); });
  each([](Counting& client, std::size_t) { client.connect(); });
  each([](Counting& client, std::size_t) { client.ask_to_join(); });
  each([](Counting& client, std::size_t) { client.joined(); });
  publish(3);
  each([&](Counting& client, std::size_t) { client.read_up_to(2); });

  each([](Counting& client, std::size_t) { client.cut(); });
  ASSERT_TRUE(nodes.metric_becomes("sockets", 1));  // the publisher
  publish(5);
  each([&](Counting& client, std::size_t i) {  // every second one on the other node
    client.reach_out(nodes, i / 2 % kNodes);
    if (i % 1000 == 0) publish(1);
  });
  each([&](Counting& client, std::size_t i) {
    client.ask_for_session();
    if (i % 1000 == 0) publish(1);
  });
  each([](Counting& client, std::size_t) { client.connect(); });
  publish(3);
  each([&](Counting& client, std::size_t) { client.read_up_to(published); });
  each([](Counting& client, std::size_t) { client.ask_to_join(); });
  each([](Counting& client, std::size_t) { client.joined(); });

  EXPECT_EQ(nodes.metric("sessions_recovered_total"), kClients);
  EXPECT_EQ(nodes.metric("recoveries_failed_total"), 0);
  EXPECT_EQ(nodes.metric("slow_consumers_total"), 0);
  for (const Counting& client : clients) ASSERT_TRUE(client.recovered);
}

}  // namespace
}  // namespace pushgate::test
