// client_test.cpp - commands to a real server: pipelined, bounded, and through its restarts.

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/redis_fixture.hpp"

namespace pushgate::redis {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RedisClientTest : public RedisFixture {};

TEST_F(RedisClientTest, AnswersOfEveryKind) {
  RedisServer server;
  auto client = start(settings_for(server));

  EXPECT_EQ(ask(*client, Command{"SET", "k", "v"}).value(), status("OK"));
  EXPECT_EQ(ask(*client, Command{"GET", "k"}).value(), bulk("v"));
  EXPECT_EQ(ask(*client, Command{"GET", "nothing"}).value(), Reply{});
  EXPECT_EQ(ask(*client, Command{"INCRBY", "n"}.arg(-7)).value(), integer(-7));
  EXPECT_EQ(ask(*client, Command{"MGET", "k", "none", "n"}).value(),
            array({bulk("v"), Reply{}, bulk("-7")}));
  const Reply wrong = ask(*client, Command{"LPUSH", "k", "v"}).value();
  EXPECT_EQ(wrong.error_word(), "WRONGTYPE");
  EXPECT_EQ(metrics.error_replies.value(), 1U);
  EXPECT_EQ(metrics.commands.value(), 6U);
}

TEST_F(RedisClientTest, AnyBytesGoThereAndBack) {
  RedisServer server;
  auto client = start(settings_for(server));
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  bytes += "\r\n$3\r\n";

  ask(*client, Command{"HSET", bytes, bytes, bytes}).value();

  EXPECT_EQ(ask(*client, Command{"HGET", bytes, bytes}).value(), bulk(bytes));
  EXPECT_EQ(server.command({"HGET", bytes, bytes}), bulk(bytes));
}

TEST_F(RedisClientTest, TenThousandCommandsOfOneTurnLeaveInFewWritesAndAreAnsweredInOrder) {
  RedisServer server;
  auto client = start(settings_for(server));
  ask(*client, Command{"PING"}).value();
  std::vector<std::int64_t> answers;

  for (int i = 0; i < 10'000; ++i) {
    client->execute(Command{"INCR", "n"}, {},
                    [&](Result<Reply> reply) { answers.push_back(reply.value().integer); });
  }
  ASSERT_TRUE(run_until([&] { return answers.size() == 10'000; }));

  for (std::size_t i = 0; i < answers.size(); ++i) ASSERT_EQ(answers[i], std::int64_t(i) + 1);
  EXPECT_EQ(metrics.in_flight.value(), 0);
  EXPECT_EQ(metrics.queue_bytes.value(), 0);
}

TEST_F(RedisClientTest, LargeValues) {
  RedisServer server;
  auto client = start(settings_for(server));
  const std::string large(10 * 1024 * 1024, 'x');

  EXPECT_EQ(ask(*client, Command{"SET", "large", large}).value(), status("OK"));
  EXPECT_EQ(ask(*client, Command{"GET", "large"}).value().text, large);
}

TEST_F(RedisClientTest, AnAnswerAboveTheLimitBreaksTheConnectionOnly) {
  RedisServer server;
  RedisSettings settings = settings_for(server);
  settings.max_reply_bytes = 100'000;
  auto client = start(settings);
  server.command({"SET", "large", std::string(200'000, 'x')});

  const Result<Reply> reply = ask(*client, Command{"GET", "large"});

  EXPECT_EQ(reply.error(), Error::connection_lost);
  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
  EXPECT_EQ(metrics.disconnects.value(), 1U);
  EXPECT_THAT(logged(), HasSubstr("a reply larger than the limit"));
}

TEST_F(RedisClientTest, CommandsWaitForAServerThatStartsLater) {
  RedisServer server;
  server.stop();
  auto client = start(settings_for(server));
  std::optional<Result<Reply>> answer;
  client->execute(Command{"PING"}, {}, [&](Result<Reply> reply) { answer = std::move(reply); });
  ASSERT_TRUE(run_until([&] { return metrics.connect_errors.value() > 0; }));
  EXPECT_FALSE(answer);

  server.start();

  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  EXPECT_EQ(answer->value(), status("PONG"));
}

TEST_F(RedisClientTest, WithoutAServerAWaitingCommandFailsAtItsDeadline) {
  RedisServer server;
  server.stop();
  auto client = start(settings_for(server));

  const Result<Reply> reply = ask(*client, Command{"PING"}, {}, milliseconds{30});

  EXPECT_EQ(reply.error(), Error::not_connected);
  EXPECT_EQ(metrics.timeouts.value(), 1U);
  EXPECT_EQ(metrics.failures.value(), 1U);
}

TEST_F(RedisClientTest, WithoutAServerItFailsAtOnceIfSoWished) {
  RedisServer server;
  server.stop();
  RedisSettings settings = settings_for(server);
  settings.when_down = WhenDown::fail;
  auto client = start(settings);

  EXPECT_EQ(ask(*client, Command{"PING"}).error(), Error::not_connected);

  server.start();
  ASSERT_TRUE(run_until([&] { return client->is_up(); }));
  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
}

TEST_F(RedisClientTest, WhatWaitsIsBounded) {
  RedisServer server;
  server.stop();
  RedisSettings settings = settings_for(server);
  settings.max_queue_bytes = 1000;
  auto client = start(settings);
  std::vector<ErrorCode> errors;

  for (int i = 0; i < 3; ++i) {
    client->execute(Command{"SET", "k", std::string(400, 'x')}, {},
                    [&](Result<Reply> reply) { errors.push_back(reply.error()); });
  }
  settle();

  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0], Error::queue_full);
  EXPECT_GT(metrics.queue_bytes.value(), 800);
  client->stop();
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_EQ(errors[2], Error::stopped);
  EXPECT_EQ(metrics.queue_bytes.value(), 0);
}

TEST_F(RedisClientTest, ARestartFailsWhatWasInFlightAndServesWhatComesAfter) {
  RedisServer server;
  auto client = start(settings_for(server));
  std::vector<std::string> states;
  client->on_state(
      [&](const ConnectionState& state) { states.push_back(state.up ? "up" : state.reason); });
  std::optional<Result<Reply>> blocked;
  client->execute(Command{"BLPOP", "list", "0"}, {},
                  [&](Result<Reply> reply) { blocked = std::move(reply); });
  ASSERT_TRUE(run_until([&] {
    return server.command({"CLIENT", "LIST"}).text.find("cmd=blpop") != std::string::npos;
  }));

  server.stop();
  ASSERT_TRUE(run_until([&] { return blocked.has_value(); }));
  EXPECT_EQ(blocked->error(), Error::connection_lost);
  server.start();

  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
  ASSERT_EQ(states.size(), 3U);
  EXPECT_EQ(states[0], "up");
  EXPECT_THAT(states[1], StartsWith("127.0.0.1:" + server.port_text() + ": "));
  EXPECT_EQ(states[2], "up");
  EXPECT_EQ(metrics.connects.value(), 2U);
  EXPECT_EQ(metrics.disconnects.value(), 1U);
}

TEST_F(RedisClientTest, AKilledConnectionIsReplaced) {
  RedisServer server;
  auto client = start(settings_for(server));
  const std::int64_t id = ask(*client, Command{"CLIENT", "ID"}).value().integer;

  server.command({"CLIENT", "KILL", "ID", std::to_string(id)});
  ASSERT_TRUE(run_until([&] { return metrics.connects.value() == 2; }));

  EXPECT_NE(ask(*client, Command{"CLIENT", "ID"}).value().integer, id);
}

TEST_F(RedisClientTest, ALateAnswerIsDroppedAndTheNextOneFits) {
  RedisServer server;
  auto client = start(settings_for(server));
  ask(*client, Command{"SET", "k", "v"}).value();

  const Result<Reply> late = ask(*client, Command{"DEBUG", "SLEEP", "0.2"}, {}, milliseconds{20});

  EXPECT_EQ(late.error(), Error::timed_out);
  EXPECT_EQ(ask(*client, Command{"GET", "k"}).value(), bulk("v"));
  EXPECT_EQ(metrics.timeouts.value(), 1U);
  EXPECT_EQ(metrics.connects.value(), 1U);
}

TEST_F(RedisClientTest, AServerThatStandsStillIsGivenUpAndFoundAgain) {
  RedisServer server;
  RedisSettings settings = settings_for(server);
  settings.liveness = milliseconds{20};
  settings.ping_timeout = milliseconds{200};
  auto client = start(settings);
  ask(*client, Command{"PING"}).value();

  server.freeze();
  ASSERT_TRUE(run_until([&] { return !client->is_up(); }));
  server.thaw();

  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
  EXPECT_THAT(logged(), HasSubstr("no sign of life"));
}

int calls_of_ping(const RedisServer& server) {
  const std::string stats = server.command({"INFO", "commandstats"}).text;
  const std::string field = "cmdstat_ping:calls=";
  const std::size_t at = stats.find(field);
  return at == std::string::npos ? 0 : std::stoi(stats.substr(at + field.size()));
}

TEST_F(RedisClientTest, SilenceAloneBreaksNothing) {
  RedisServer server;
  RedisSettings settings = settings_for(server);
  settings.liveness = milliseconds{5};
  auto client = start(settings);
  ask(*client, Command{"SET", "k", "v"}).value();

  const int before = calls_of_ping(server);
  ASSERT_TRUE(run_until([&] { return calls_of_ping(server) >= before + 3; }));

  EXPECT_EQ(ask(*client, Command{"GET", "k"}).value(), bulk("v"));
  EXPECT_EQ(metrics.disconnects.value(), 0U);
}

TEST_F(RedisClientTest, ThePipelineIsInOrderAcrossReadsOfAnySize) {
  RedisServer server;
  auto client = start(settings_for(server));
  std::vector<std::string> sent;
  std::vector<std::string> received;

  for (std::size_t i = 0; i < 200; ++i) {
    sent.push_back(std::string(i * 997 % 50'000, static_cast<char>('a' + i % 26)));
    client->execute(Command{"ECHO", sent.back()}, {},
                    [&](Result<Reply> reply) { received.push_back(reply.value().text); });
  }

  ASSERT_TRUE(run_until([&] { return received.size() == sent.size(); }));
  EXPECT_TRUE(received == sent);
}

TEST_F(RedisClientTest, AUnixSocketWithNameAndDatabase) {
  RedisServer server;
  RedisSettings settings = settings_for(server);
  settings.server.unix_path = server.unix_path();
  settings.database = 3;
  settings.client_name = "pushgate-test";
  auto client = start(settings);

  ask(*client, Command{"SET", "k", "v"}).value();

  EXPECT_EQ(ask(*client, Command{"CLIENT", "GETNAME"}).value(), bulk("pushgate-test"));
  EXPECT_THAT(server.command({"INFO", "keyspace"}).text, HasSubstr("db3:keys=1"));
  EXPECT_THAT(server.command({"CLIENT", "LIST"}).text, HasSubstr("socket"));
}

TEST_F(RedisClientTest, ANameIsResolved) {
  RedisServer server;
  RedisSettings settings = settings_for(server);
  settings.server.host = "localhost";
  auto client = start(settings);

  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
}

asio::awaitable<void> write_and_read(Client& client, std::string& out) {
  const Result<Reply> written = co_await client.async_execute(Command{"SET", "k", "v"}, "k");
  const Result<Reply> read = co_await client.async_execute(Command{"GET", "k"}, "k");
  out = written.value().text + ' ' + read.value().text;
}

TEST_F(RedisClientTest, ACoroutineAwaitsItsAnswers) {
  RedisServer server;
  auto client = start(settings_for(server));
  std::string out;
  bool done = false;

  asio::co_spawn(io, write_and_read(*client, out), [&](const std::exception_ptr&) { done = true; });

  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_EQ(out, "OK v");
}

TEST_F(RedisClientTest, ACallbackMaySendMoreAndStopTheClient) {
  RedisServer server;
  auto client = start(settings_for(server));
  std::vector<ErrorCode> errors;
  const auto note = [&](Result<Reply> reply) {
    errors.push_back(reply ? ErrorCode{} : reply.error());
  };

  client->execute(Command{"PING"}, {}, [&](Result<Reply> reply) {
    note(std::move(reply));
    client->execute(Command{"PING"}, {}, [&](Result<Reply> second) {
      note(std::move(second));
      client->stop();
      client->execute(Command{"PING"}, {}, note);
    });
    for (int i = 0; i < 3; ++i) client->execute(Command{"DEBUG", "SLEEP", "0.01"}, {}, note);
  });
  ASSERT_TRUE(run_until([&] { return errors.size() == 6; }));

  EXPECT_FALSE(errors[0]);
  EXPECT_FALSE(errors[1]);
  for (std::size_t i = 2; i < 6; ++i) EXPECT_EQ(errors[i], Error::stopped) << i;
}

TEST_F(RedisClientTest, AClientThatIsDestroyedForgetsItsCallbacks) {
  RedisServer server;
  auto client = start(settings_for(server));
  ask(*client, Command{"PING"}).value();
  int called = 0;
  client->execute(Command{"PING"}, {}, [&](const Result<Reply>&) { ++called; });

  client.reset();
  settle();

  EXPECT_EQ(called, 0);
  EXPECT_EQ(metrics.connections.value(), 0);
  EXPECT_EQ(metrics.in_flight.value(), 0);
}

TEST_F(RedisClientTest, TheLoopMayBeDestroyedUnderAConnection) {
  RedisServer server;
  auto other = std::make_unique<asio::io_context>(1);
  auto client = make_client({other->get_executor(), *log, metrics}, settings_for(server)).value();
  client->start();
  while (!client->is_up()) other->run_one();

  client.reset();
  other.reset();

  EXPECT_EQ(metrics.connections.value(), 0);
}

}  // namespace
}  // namespace pushgate::redis
