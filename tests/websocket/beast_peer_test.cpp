// Another implementation as the client: Beast opens, compresses, fragments and closes, and must
// understand what we write.

#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <gtest/gtest.h>

#include "pushgate/websocket/deflate.hpp"
#include "pushgate/websocket/handshake.hpp"
#include "pushgate/websocket/message_reader.hpp"
#include "pushgate/websocket/permessage_deflate.hpp"

#include "reader_harness.hpp"

namespace pushgate::websocket {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using Kind = ReaderEvent::Kind;

constexpr DeflateSettings kSettings{.enabled = true, .server_window_bits = 12, .level = 6};

/// Answers the handshake and sends every message back, compressed if that was agreed on.
class EchoServer {
 public:
  explicit EchoServer(beast::test::stream stream) : stream_(std::move(stream)) {}

  /// Handles what has arrived.
  void turn() {
    const std::string received{stream_.str()};
    stream_.clear();
    if (received.empty()) return;
    reader_ ? read(received) : shake_hands(received);
  }

  void send(std::string_view bytes) { stream_.write_some(boost::asio::buffer(bytes)); }
  bool compresses() const { return compresses_; }
  const std::optional<Seen>& close_seen() const { return close_seen_; }

 private:
  static std::string_view field_of(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(name);
    if (at == head.npos) return {};
    const std::size_t begin = at + name.size() + 2;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }

  void shake_hands(std::string_view head) {
    const AcceptValue accept = accept_for(field_of(head, "Sec-WebSocket-Key"));
    const DeflateAnswer answer =
        negotiate_deflate(field_of(head, "Sec-WebSocket-Extensions"), kSettings);
    std::string response =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Accept: " +
        std::string{accept.data(), accept.size()} + "\r\n";
    if (answer.accepted()) response += "Sec-WebSocket-Extensions: " + answer.field + "\r\n";
    compresses_ = answer.accepted();
    reader_.emplace(context_, compresses_);
    send(response + "\r\n");
  }

  void read(std::string received) {
    std::span<char> input{received};
    for (;;) {
      const ReaderEvent event = reader_->next(input);
      if (event.kind == Kind::none) break;
      answer(event);
    }
  }

  void answer(const ReaderEvent& event) {
    std::string out;
    if (event.kind == Kind::text || event.kind == Kind::binary) {
      const Opcode opcode = event.kind == Kind::text ? Opcode::text : Opcode::binary;
      const std::string_view payload =
          compresses_ ? deflater_.compress(event.payload) : event.payload;
      append_frame(out, opcode, payload, {.rsv1 = compresses_});
    } else if (event.kind == Kind::ping) {
      append_frame(out, Opcode::pong, event.payload);
    } else if (event.kind == Kind::close) {
      close_seen_ = closed(event.close_code, event.payload);
      append_close(out, event.close_code);
    } else {
      ADD_FAILURE() << message_of(event.error);
    }
    send(out);
  }

  beast::test::stream stream_;
  ReaderContext context_;
  std::optional<MessageReader> reader_;
  Deflater deflater_{kSettings};
  std::optional<Seen> close_seen_;
  bool compresses_ = false;
};

/// Keeps an operation's outcome.
struct Remember {
  std::optional<error_code>& outcome;

  void operator()(error_code ec, std::size_t = 0) { outcome = ec; }
};

/// A client with this offer, connected to an EchoServer; everything happens on this thread.
class BeastPeer {
 public:
  explicit BeastPeer(const beast::websocket::permessage_deflate& offer) {
    client_.set_option(offer);
    client_.auto_fragment(false);
    client_.async_handshake("localhost", "/", begin());
    finish();
  }

  void write(std::string_view payload, bool is_text) {
    client_.text(is_text);
    client_.async_write(boost::asio::buffer(payload), begin());
    finish();
  }
  std::string read() {
    beast::flat_buffer buffer;
    client_.async_read(buffer, begin());
    finish();
    return beast::buffers_to_string(buffer.data());
  }
  void close(beast::websocket::close_reason reason) {
    client_.async_close(reason, begin());
    finish();
  }

  auto& client() { return client_; }
  EchoServer& server() { return server_; }
  error_code outcome() const { return outcome_.value_or(boost::asio::error::would_block); }

 private:
  Remember begin() {
    outcome_.reset();
    return {outcome_};
  }
  /// Nothing waits for anything but the other side, so a few turns are enough for every operation.
  void finish() {
    constexpr int kTurns = 2000;
    for (int i = 0; i < kTurns && !outcome_; ++i) {
      io_.restart();
      io_.poll();
      server_.turn();
    }
    ASSERT_TRUE(outcome_.has_value()) << "the operation did not end";
  }

  boost::asio::io_context io_;
  beast::websocket::stream<beast::test::stream> client_{io_};
  EchoServer server_{beast::test::connect(client_.next_layer())};
  std::optional<error_code> outcome_;
};

void expect_echoes(BeastPeer& peer) {
  for (const std::size_t size : {0ul, 1ul, 125ul, 126ul, 1000ul, 65535ul, 65536ul, 300'000ul}) {
    for (const bool is_text : {true, false}) {
      const std::string payload = is_text ? ascii_of_size(size) : random_bytes(size, 6);
      peer.write(payload, is_text);
      EXPECT_EQ(peer.outcome(), error_code{});
      EXPECT_TRUE(peer.read() == payload) << size;
      EXPECT_EQ(peer.outcome(), error_code{});
      EXPECT_EQ(peer.client().got_text(), is_text);
    }
  }
}

TEST(BeastPeer, sends_and_receives_messages) {
  BeastPeer peer{{}};

  EXPECT_FALSE(peer.server().compresses());
  expect_echoes(peer);
}

TEST(BeastPeer, compresses_whatever_it_offers) {
  for (const int window_bits : {9, 12, 15}) {
    for (const bool no_takeover : {true, false}) {
      beast::websocket::permessage_deflate offer;
      offer.client_enable = true;
      offer.client_max_window_bits = window_bits;
      offer.client_no_context_takeover = no_takeover;
      offer.server_no_context_takeover = no_takeover;
      BeastPeer peer{offer};
      EXPECT_TRUE(peer.server().compresses());
      expect_echoes(peer);
    }
  }
}

TEST(BeastPeer, gets_the_window_that_it_asks_for_or_no_compression) {
  for (const int window_bits : {9, 11, 12, 15}) {
    beast::websocket::permessage_deflate offer;
    offer.client_enable = true;
    offer.server_max_window_bits = window_bits;
    BeastPeer peer{offer};
    EXPECT_EQ(peer.server().compresses(), window_bits >= 12) << window_bits;
    expect_echoes(peer);
  }
}

TEST(BeastPeer, may_divide_its_messages) {
  for (const bool compresses : {false, true}) {
    beast::websocket::permessage_deflate offer;
    offer.client_enable = compresses;
    BeastPeer peer{offer};
    peer.client().auto_fragment(true);
    peer.client().write_buffer_bytes(1300);
    expect_echoes(peer);
  }
}

TEST(BeastPeer, gets_a_pong_for_its_ping) {
  BeastPeer peer{{}};
  std::string pong;
  peer.client().control_callback([&pong](beast::websocket::frame_type kind, auto payload) {
    if (kind == beast::websocket::frame_type::pong) pong = std::string{payload};
  });
  peer.client().ping("are you there");
  peer.write("x", true);
  peer.read();

  EXPECT_EQ(pong, "are you there");
}

TEST(BeastPeer, closes) {
  BeastPeer peer{{}};
  peer.close({beast::websocket::close_code::going_away, "bye"});

  EXPECT_EQ(peer.outcome(), error_code{});
  EXPECT_EQ(peer.server().close_seen(), closed(1001, "bye"));
}

TEST(BeastPeer, understands_our_close) {
  BeastPeer peer{{}};
  std::string out;
  append_close(out, close_code::kTryAgainLater, "later");
  peer.server().send(out);
  peer.read();

  EXPECT_EQ(peer.outcome(), beast::websocket::error::closed);
  EXPECT_EQ(peer.client().reason().code, 1013);
  EXPECT_EQ(std::string_view{peer.client().reason().reason.c_str()}, "later");
}

}  // namespace
}  // namespace pushgate::websocket
