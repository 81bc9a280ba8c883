// body_test.cpp - message bodies of every kind of framing, both ways, large and through narrow
// sockets.

#include <future>
#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

constexpr std::size_t kSmall = 5'000;
constexpr std::size_t kLarge = 3 * 1024 * 1024 + 17;  // far beyond all buffers on the way
constexpr int kNarrow = 4096;                         // bytes of a socket's buffers

enum class Framing { length, chunked, until_close };

struct BodyCase {
  const char* name;
  Framing framing;
  std::size_t size;
  bool narrow;
};

class Bodies : public testing::TestWithParam<BodyCase> {
 protected:
  int buffers() const { return GetParam().narrow ? kNarrow : 0; }

  const std::string body = patterned(GetParam().size);
  ScriptedUpstream upstream{64, buffers()};
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect(buffers());
};

using ResponseBodies = Bodies;

TEST_P(ResponseBodies, ArriveAsTheyWereSent) {
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);

  auto sending = std::async(std::launch::async, [&] {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    switch (GetParam().framing) {
      case Framing::length:
        node.send(ok(body));
        break;
      case Framing::chunked:
        node.send(head + "Transfer-Encoding: chunked\r\n\r\n" + chunked(body, 7'000));
        break;
      case Framing::until_close:
        node.send(head + "\r\n" + body);
        node.half_close();
        break;
    }
  });
  const HttpMessage response = read_response(client);
  sending.get();

  EXPECT_TRUE(response.body == body) << response.body.size() << " bytes came";
  EXPECT_EQ(response.was_chunked, GetParam().framing != Framing::length);
}

INSTANTIATE_TEST_SUITE_P(
    , ResponseBodies,
    testing::Values(
        BodyCase{"SmallWithLength", Framing::length, kSmall, false},
        BodyCase{"SmallChunked", Framing::chunked, kSmall, false},
        BodyCase{"SmallUntilClose", Framing::until_close, kSmall, false},
        BodyCase{"EmptyChunked", Framing::chunked, 0, false},
        BodyCase{"EmptyUntilClose", Framing::until_close, 0, false},
        BodyCase{"LargeWithLength", Framing::length, kLarge, false},
        BodyCase{"LargeChunked", Framing::chunked, kLarge, false},
        BodyCase{"LargeUntilClose", Framing::until_close, kLarge, false},
        BodyCase{"LargeWithLengthThroughNarrowSockets", Framing::length, kLarge / 8, true},
        BodyCase{"LargeChunkedThroughNarrowSockets", Framing::chunked, kLarge / 8, true},
        BodyCase{"LargeUntilCloseThroughNarrowSockets", Framing::until_close, kLarge / 8, true}),
    [](const auto& test) { return std::string{test.param.name}; });

using RequestBodies = Bodies;

TEST_P(RequestBodies, ArriveAsTheyWereSent) {
  auto sending = std::async(std::launch::async, [&] {
    const std::string head = "POST /?uid=u HTTP/1.1\r\nHost: a\r\n";
    if (GetParam().framing == Framing::length) {
      client.send(head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    } else {
      client.send(head + "Transfer-Encoding: chunked\r\n\r\n" + chunked(body, 7'000));
    }
  });
  RawStream node = upstream.accept();
  const HttpMessage request = read_request(node);
  sending.get();
  node.send(ok("taken"));

  EXPECT_TRUE(request.body == body) << request.body.size() << " bytes came";
  EXPECT_EQ(request.was_chunked, GetParam().framing == Framing::chunked);
  EXPECT_EQ(read_response(client).body, "taken");
}

INSTANTIATE_TEST_SUITE_P(
    , RequestBodies,
    testing::Values(
        BodyCase{"SmallWithLength", Framing::length, kSmall, false},
        BodyCase{"SmallChunked", Framing::chunked, kSmall, false},
        BodyCase{"EmptyChunked", Framing::chunked, 0, false},
        BodyCase{"LargeWithLength", Framing::length, kLarge, false},
        BodyCase{"LargeChunked", Framing::chunked, kLarge, false},
        BodyCase{"LargeWithLengthThroughNarrowSockets", Framing::length, kLarge / 8, true},
        BodyCase{"LargeChunkedThroughNarrowSockets", Framing::chunked, kLarge / 8, true}),
    [](const auto& test) { return std::string{test.param.name}; });

class Body : public testing::Test {
 protected:
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
};

TEST_F(Body, BothDirectionsMoveAtTheSameTime) {
  const std::string body = patterned(kLarge);
  client.send("POST /?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n");
  RawStream node = upstream.accept();
  read_request_head(node);
  node.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");

  // The node echoes: neither side could finish alone.
  auto sending = std::async(std::launch::async, [&] { client.send(body); });
  auto echoing = std::async(std::launch::async, [&] {
    for (std::size_t left = body.size(); left > 0;) {
      const std::string piece = node.read_some();
      if (piece.empty()) return;
      node.send(piece);
      left -= piece.size();
    }
  });
  // Reading and sending on one socket by two threads: the reader only reads.
  const std::string head = client.read_until("\r\n\r\n");
  const std::string echoed = client.read_exactly(body.size());
  sending.get();
  echoing.get();

  EXPECT_TRUE(echoed == body);
}

TEST_F(Body, AResponseLargerThanAllBuffersWaitsForASlowReader) {
  const std::string body = patterned(16 * 1024 * 1024);
  client.send(get("/?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  auto sending = std::async(std::launch::async, [&] { node.send(ok(body)); });
  client.read_until("\r\n\r\n");

  // The node is held back by the client: it cannot have handed over everything yet.
  EXPECT_NE(sending.wait_for(std::chrono::seconds{0}), std::future_status::ready);
  const std::string received = client.read_exactly(body.size());
  sending.get();

  EXPECT_TRUE(received == body);
}

TEST_F(Body, TheConnectionIsUsedAgainAfterALargeBody) {
  const std::string body = patterned(kLarge);
  client.send(get("/1?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  auto sending = std::async(std::launch::async, [&] { node.send(ok(body)); });
  EXPECT_TRUE(read_response(client).body == body);
  sending.get();

  client.send(get("/2?uid=u"));
  EXPECT_EQ(read_request(node).start_line, "GET /2?uid=u HTTP/1.1");
  node.send(ok("two"));

  EXPECT_EQ(read_response(client).body, "two");
}

TEST_F(Body, ChunkExtensionsAreNotPassedOn) {
  client.send(
      "POST /?uid=u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;name=value\r\nabc\r\n0\r\n\r\n");
  RawStream node = upstream.accept();
  read_request_head(node);

  EXPECT_EQ(node.read_until("0\r\n\r\n"), "3\r\nabc\r\n0\r\n\r\n");
}

}  // namespace
}  // namespace pushgate::test
