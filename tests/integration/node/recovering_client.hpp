#pragma once
// recovering_client.hpp - clients that go on where they were, and whom they talk to.

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "support/nodes_under_test.hpp"
#include "support/websocket_client.hpp"

namespace pushgate::test {

inline constexpr std::string_view kTarget = "/socket.io/?EIO=4&transport=websocket";

inline NodesSetup recovering(std::string more = {}) {
  return {.node = R"("recovery":{"enabled":true},"events":["rooms","echo"])" + std::move(more),
          .count = 2};
}

/// The events of an "echo" node begin with `auth`; this client has read it.
class Client : public WebSocketClient {
 public:
  Client(const NodesUnderTest& nodes, std::string_view wish, std::size_t node = 0,
         std::string_view fields = {})
      : WebSocketClient(nodes.connect(node), kTarget, fields) {
    text();
    send_text("40" + std::string{wish});
  }
  /// Reads the answer to CONNECT.
  void connected() { take(text()); }
  void take(const std::string& reply) {
    if (!reply.starts_with("40{")) throw StreamError("not connected: " + reply);
    sid = json_member(reply, "sid");
    pid = json_member(reply, "pid");
  }
  /// The offset at the end of the event that comes next.
  std::string event(std::string_view beginning) {
    const std::string packet = text();
    if (!packet.starts_with(beginning)) throw StreamError("not the event: " + packet);
    return offset_of(packet);
  }
  static std::string offset_of(const std::string& packet) {
    const std::size_t end = packet.rfind('"');
    const std::size_t begin = packet.rfind('"', end - 1) + 1;
    return packet.substr(begin, end - begin);
  }
  std::string wish(std::string_view offset) const {
    return R"({"pid":")" + pid + R"(","offset":")" + std::string{offset} + R"("})";
  }

  std::string sid;
  std::string pid;
};

/// A client of node 0 in room "a" that has got its first event.
struct Connected {
  explicit Connected(const NodesUnderTest& nodes) : client(nodes, "") {
    client.connected();
    offset = client.event(R"(42["auth",{},")");
    client.send_text(R"(420["join","a"])");
    if (client.text() != R"(430[{"ok":true}])") throw StreamError("not joined");
  }
  Client client;
  std::string offset;
};

/// Publishes to room "a" from another client, and waits until that is done.
inline void publish(Client& from, std::string_view data) {
  from.send_text(R"(429["publish",{"room":"a","event":"news","data":)" + std::string{data} + "}]");
  if (from.text() != R"(439[{"ok":true}])") throw StreamError("not published");
}

inline Client make_publisher(const NodesUnderTest& nodes, std::size_t node = 1) {
  Client client(nodes, "", node);
  client.connected();
  client.event(R"(42["auth",{},")");
  return client;
}

/// Breaks a connection; the node has noticed it when this returns.
inline void lose(const NodesUnderTest& nodes, Client& client, std::int64_t left) {
  client.stream().reset();
  EXPECT_TRUE(nodes.metric_becomes("sockets", left));
}

/// Reads news that must be the next one.
inline void read_next(Client& client, int& last, std::string& offset, const std::string& packet) {
  constexpr std::string_view kNews = R"(42["news",)";
  int number = 0;
  if (packet.starts_with(kNews)) {
    std::from_chars(packet.data() + kNews.size(), packet.data() + packet.size(), number);
  }
  if (number != ++last) throw StreamError("not " + std::to_string(last) + ": " + packet);
  offset = client.offset_of(packet);
}

}  // namespace pushgate::test
