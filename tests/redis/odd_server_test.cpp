// odd_server_test.cpp - servers that do what no Redis does, loops of other threads, and callbacks
// that throw.

#include <atomic>
#include <stdexcept>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pushgate/runtime/io_threads.hpp"

#include "redis/redis_fixture.hpp"

namespace pushgate::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

/// Says the same to everybody, at once, whatever it is asked; then closes, or stays silent.
class OddServer {
 public:
  OddServer(asio::io_context& io, std::string words, bool closes)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
        words_(std::move(words)),
        closes_(closes) {
    accept();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::size_t accepted() const { return sockets_.size(); }

 private:
  void accept() {
    acceptor_.async_accept([this](const ErrorCode& error, tcp::socket socket) {
      if (error) return;
      ErrorCode ignored;
      asio::write(socket, asio::buffer(words_), ignored);
      if (closes_) socket.shutdown(tcp::socket::shutdown_both, ignored);
      sockets_.push_back(std::move(socket));
      accept();
    });
  }

  tcp::acceptor acceptor_;
  std::string words_;
  bool closes_;
  std::vector<tcp::socket> sockets_;
};

class RedisOddServerTest : public RedisFixture {
 protected:
  /// Why a client gives it up.
  std::string reason_of(const std::string& words, bool closes = false) {
    OddServer server{io, words, closes};
    RedisSettings settings;
    settings.server.port = server.port();
    settings.ping_timeout = milliseconds{100};
    auto client = start(settings);
    std::string reason;
    client->on_state(
        [&](const ConnectionState& state) { reason = state.up ? "up" : state.reason; });
    EXPECT_TRUE(run_until([&] { return !reason.empty() && reason != "up"; }));
    return reason;
  }
};

TEST_F(RedisOddServerTest, EachHasItsReason) {
  EXPECT_THAT(reason_of(""), HasSubstr("no answer to the login in time"));
  EXPECT_THAT(reason_of("", true), HasSubstr("End of file"));
  EXPECT_THAT(reason_of("HTTP/1.1 400 Bad Request\r\n\r\n"), HasSubstr("Protocol error"));
  EXPECT_THAT(reason_of("+HELLO\r\n"), HasSubstr("not a Redis server"));
  EXPECT_THAT(reason_of("-LOADING Redis is loading\r\n"), HasSubstr("LOADING"));
  EXPECT_THAT(reason_of("+PONG\r\n", true), HasSubstr("End of file"));
}

TEST_F(RedisOddServerTest, AnAnswerThatNobodyAskedForEndsTheConnection) {
  EXPECT_THAT(reason_of("+PONG\r\n+SURPRISE\r\n"), HasSubstr("nobody asked for"));
}

TEST_F(RedisOddServerTest, ASubscriberAcceptsOnlyWhatFits) {
  OddServer server{io, "+PONG\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:1\r\n", false};
  RedisSettings settings;
  settings.server.port = server.port();
  auto client = start(settings);
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());

  subscriber->subscribe(SubscriptionKind::channel, "a");

  ASSERT_TRUE(run_until([&] { return heard.states.size() >= 2; }));
  EXPECT_EQ(heard.states[1], false);
  EXPECT_TRUE(heard.subscribed.empty());
}

TEST_F(RedisOddServerTest, OneThatAcceptsAndClosesIsNotStormed) {
  OddServer server{io, "+PONG\r\n", true};
  RedisSettings settings;
  settings.server.port = server.port();
  settings.backoff_min = settings.backoff_max = milliseconds{60'000};
  auto client = start(settings);

  ASSERT_TRUE(run_until([&] { return metrics.disconnects.value() == 1; }));
  for (int i = 0; i < 20; ++i) settle();

  EXPECT_LE(server.accepted(), 2U);  // the next one is a random part of a minute away
}

TEST_F(RedisOddServerTest, ACallbackThatThrowsCostsTheConnectionAndNoMore) {
  RedisServer server;
  auto client = start(settings_for(server));
  client->execute(Command{"PING"}, {},
                  [](const Result<Reply>&) { throw std::runtime_error("a fault"); });

  ASSERT_TRUE(run_until([&] { return metrics.disconnects.value() == 1; }));

  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
  EXPECT_THAT(logged(), HasSubstr("redis callback failed error=\"a fault\""));
}

// As the node has it: clients live on a thread of their own and are called by posting there.
TEST_F(RedisOddServerTest, OnAThreadOfItsOwn) {
  RedisServer server;
  std::atomic<int> messages{0};
  runtime::IoThreads threads{1, [](std::string_view) {}};
  runtime::IoThread& thread = threads[0];
  const RedisContext on_thread{thread.reactor().io().get_executor(), *log, metrics};
  auto client = make_client(on_thread, settings_for(server)).value();
  auto subscriber = client->make_subscriber(
      {.message = [&](const Message&) { messages.fetch_add(1); },
       .subscribed = [&](SubscriptionKind, std::string_view) { client->publish("a", "1"); }});
  threads.start();

  thread.post([&] {
    client->start();
    subscriber->subscribe(SubscriptionKind::channel, "a");
  });

  EXPECT_TRUE(test::eventually([&] { return messages.load() == 1; }));
  threads.stop();
  // The thread is gone, and what it had suspended lives on in its io_context.
  subscriber.reset();
  client.reset();
}

}  // namespace
}  // namespace pushgate::redis
