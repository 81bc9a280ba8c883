// slow_reader_test.cpp - one of a thousand members reads 1 KiB a second: what the others get, and
// what the node keeps for it.

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <malloc.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "support/patience.hpp"
#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

constexpr std::size_t kOthers = 999;
constexpr std::size_t kQueueBytes = 1024 * 1024;
/// What may come and go beside the queue: messages that are being sent, and what a thousand small
/// queues have grown to.
constexpr std::size_t kSlack = 4 * 1024 * 1024;
constexpr std::string_view kLarge = R"(42["e","x)";
constexpr int kMostRounds = 2'000;

/// What the whole process has allocated: the node, and the clients of the test.
std::size_t allocated() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// A member of the rooms "crowd" and "slow" that reads as slowly as it says.
class SlowReader {
 public:
  explicit SlowReader(const NodesUnderTest& nodes)
      : client_(nodes.connect(0, 4096), "/socket.io/?EIO=4&transport=websocket") {
    client_.text();
    client_.send_text("40");
    client_.text();
    client_.send_text(R"(420["join",["crowd","slow"]])");
    client_.text();
  }
  /// 1 KiB if the last one was a second ago, else nothing.
  void read() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::seconds{1};
    char bytes[1024];
    const ssize_t got = ::recv(client_.stream().fd(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (got > 0) read_.append(bytes, static_cast<std::size_t>(got));
  }
  /// From now on as fast as it can, up to and including `mark`: everything since it became slow.
  std::string catch_up(std::string_view mark) {
    if (read_.find(mark) == read_.npos) read_ += client_.stream().read_until(mark);
    return read_;
  }

 private:
  WebSocketClient client_;
  std::string read_;
  std::chrono::steady_clock::time_point next_{};
};

class Crowd {
 public:
  explicit Crowd(std::string when_full)
      : nodes_({.node = R"("events":["rooms"],"queue":{"bytes":"1MiB","whenFull":")" + when_full +
                        "\"}"}),
        publisher_(nodes_),
        slow_(nodes_) {
    for (std::size_t i = 0; i < kOthers; ++i) others_.emplace_back(nodes_).join("crowd");
    publish_to_all();
    in_the_beginning_ = allocated();
  }

  /// One event for all, which everybody but the slow one has got when this returns, and a large one
  /// for the slow one.
  void next_round() {
    publish("slow", "\"" + std::string(60'000, 'x') + "\"");
    publish_to_all();
    slow_.read();
    most_allocated_ = std::max(most_allocated_, allocated());
    most_queued_ = std::max(most_queued_, nodes_.metric("queued_bytes"));
  }
  template <class Condition>
  bool rounds_until(Condition condition) {
    while (!condition(nodes_)) {
      if (round_ > kMostRounds) return false;
      next_round();
    }
    return true;
  }
  /// The others have got nothing but what they read, and nobody waits for anything.
  void expect_others_untouched() {
    for (SocketIoClient& client : others_) ASSERT_FALSE(client.stream().has_something());
    EXPECT_TRUE(nodes_.metric_becomes("queued_bytes", 0));
  }
  void expect_bounded() const {
    EXPECT_GT(most_queued_, static_cast<std::int64_t>(kQueueBytes / 2)) << "it was far behind";
    EXPECT_LE(most_queued_, static_cast<std::int64_t>(kQueueBytes));
    EXPECT_LT(most_allocated_, in_the_beginning_ + kQueueBytes + kSlack);
  }
  /// The slow one reads what is there: it has got all events of "crowd", and every large one that
  /// was not dropped.
  void expect_slow_misses_only(std::int64_t dropped) {
    const std::string all = slow_.catch_up(event(round_));
    for (int n = 1; n <= round_; ++n) EXPECT_NE(all.find(event(n)), all.npos) << n;
    std::int64_t large = 0;
    for (std::size_t at = 0; (at = all.find(kLarge, at)) != all.npos; ++at) ++large;
    EXPECT_EQ(large + dropped, round_ - 1);
  }
  const NodesUnderTest& nodes() const { return nodes_; }

 private:
  static std::string event(int number) { return R"(42["e",)" + std::to_string(number) + "]"; }
  void publish(std::string_view room, const std::string& data) {
    const std::string done = publisher_.ask(R"(["publish",{"room":")" + std::string{room} +
                                            R"(","event":"e","data":)" + data + "}]");
    if (done != R"([{"ok":true}])") throw StreamError("not published: " + done);
  }
  void publish_to_all() {
    publish("crowd", std::to_string(++round_));
    const std::string expected = event(round_);
    for (SocketIoClient& client : others_) {
      if (const std::string got = client.text(); got != expected) throw StreamError(got);
    }
  }

  const NodesUnderTest nodes_;
  SocketIoClient publisher_;
  SlowReader slow_;
  std::vector<SocketIoClient> others_;
  int round_ = 0;
  std::size_t in_the_beginning_ = 0;
  std::size_t most_allocated_ = 0;
  std::int64_t most_queued_ = 0;
};

TEST(NodeSlowReader, IsClosedWhenItsQueueIsFullAndNobodyElseNotices) {
  Crowd crowd("close");
  ASSERT_TRUE(crowd.rounds_until(
      [](const NodesUnderTest& nodes) { return nodes.metric("slow_consumers_total") == 1; }));

  crowd.next_round();
  EXPECT_EQ(crowd.nodes().metric("sockets"), kOthers + 1);  // and the publisher
  crowd.expect_others_untouched();
  crowd.expect_bounded();
}

TEST(NodeSlowReader, IsNobodyWhoIsSentMuchAtOnce) {
  const NodesUnderTest nodes(
      {.node = R"("events":["rooms"],"maxPayload":"8KiB","queue":{"bytes":"16KiB"})"});
  SocketIoClient reader(nodes, 0);
  SocketIoClient publisher(nodes, 0);
  reader.join("a");
  const std::string event =
      R"(42["publish",{"room":"a","event":"e","data":")" + std::string(4'000, 'x') + R"("}])";
  std::string many;
  for (int i = 0; i < 64; ++i) many += WebSocketClient::frame_of(1, event);

  publisher.stream().send(many);

  for (int i = 0; i < 64; ++i) ASSERT_EQ(reader.text().substr(0, 8), R"(42["e",")") << i;
  EXPECT_EQ(nodes.metric("slow_consumers_total"), 0);
}

TEST(NodeSlowReader, MissesTheOldestIfThatIsThePolicyAndStays) {
  Crowd crowd("dropOldest");
  ASSERT_TRUE(crowd.rounds_until([](const NodesUnderTest& nodes) {
    return nodes.metric("messages_dropped_oldest_total") >= 30;
  }));

  EXPECT_EQ(crowd.nodes().metric("slow_consumers_total"), 0);
  EXPECT_EQ(crowd.nodes().metric("sockets"), kOthers + 2);
  crowd.expect_bounded();
  crowd.expect_slow_misses_only(crowd.nodes().metric("messages_dropped_oldest_total"));
  crowd.expect_others_untouched();
}

}  // namespace
}  // namespace pushgate::test
