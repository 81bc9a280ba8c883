#pragma once
// redis_fixture.hpp - a client in the hands of a test that turns the loop itself.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "pushgate/redis/client.hpp"

#include "redis/replies.hpp"
#include "support/patience.hpp"
#include "support/redis_server.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::redis {

using test::RedisServer;

class RedisFixture : public ::testing::Test {
 protected:
  RedisContext context() { return {io.get_executor(), *log, metrics}; }

  /// Impatient, so that a test that waits for a reconnect is short.
  static RedisSettings settings_for(const RedisServer& server) {
    RedisSettings settings;
    settings.server = server.address();
    settings.backoff_min = std::chrono::milliseconds{5};
    settings.backoff_max = std::chrono::milliseconds{50};
    return settings;
  }

  std::unique_ptr<Client> start(RedisSettings settings) {
    EXPECT_EQ(find_fault(settings), std::nullopt);
    auto client = make_client(context(), std::move(settings)).value();
    client->start();
    return client;
  }

  /// Turns the loop until `condition()` holds; false if it does not in time.
  template <class Condition>
  bool run_until(Condition condition) {
    const test::Deadline deadline;
    while (!condition()) {
      if (deadline.passed()) return false;
      io.restart();
      io.run_one_for(std::chrono::milliseconds{5});
    }
    return true;
  }
  /// Runs what is ready to be run.
  void settle() {
    io.restart();
    io.poll();
  }

  Result<Reply> ask(Client& client, Command command, std::string_view key = {},
                    std::optional<std::chrono::milliseconds> timeout = {}) {
    std::optional<Result<Reply>> answer;
    client.execute(
        std::move(command), key, [&](Result<Reply> reply) { answer = std::move(reply); }, timeout);
    EXPECT_FALSE(answer) << "called back from within the call";
    EXPECT_TRUE(run_until([&] { return answer.has_value(); })) << "no answer";
    return answer ? *std::exchange(answer, std::nullopt) : Result<Reply>{Error::timed_out};
  }

  std::string logged() {
    log.reset();
    return folder.read("log");
  }

  test::TempFolder folder;
  std::unique_ptr<runtime::Log> log =
      runtime::Log::open({.level = runtime::LogLevel::debug, .file = folder.file("log")}).value();
  RedisMetrics metrics;
  boost::asio::io_context io{1};
};

/// What a subscriber hears, in the order it hears it.
struct Heard {
  std::vector<std::string> messages;    ///< "channel=payload"
  std::vector<std::string> subscribed;  ///< channels
  std::vector<bool> states;
  int gaps = 0;

  SubscriberEvents events() {
    return {
        .message =
            [this](const Message& message) {
              messages.push_back(std::string{message.channel} + '=' + std::string{message.payload});
            },
        .subscribed = [this](SubscriptionKind,
                             std::string_view channel) { subscribed.emplace_back(channel); },
        .gap = [this] { ++gaps; },
        .state = [this](const ConnectionState& state) { states.push_back(state.up); }};
  }
};

}  // namespace pushgate::redis
