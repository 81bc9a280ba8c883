// subscriber_test.cpp - channels of a real server, kept through everything that ends a connection.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/redis_fixture.hpp"

namespace pushgate::redis {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using Kind = SubscriptionKind;

class RedisSubscriberTest : public RedisFixture {
 protected:
  bool confirmed(const Subscriber& subscriber, std::size_t count) {
    return run_until([&] { return subscriber.confirmed_count() == count; });
  }
  /// Says whether the server has this many subscribers of a channel.
  static std::int64_t subscribers_of(const RedisServer& server, std::string_view channel) {
    return server.command({"PUBSUB", "NUMSUB", channel}).elements.at(1).integer;
  }
  static void kill_subscribers(const RedisServer& server) {
    server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  }

  Heard heard;
};

TEST_F(RedisSubscriberTest, MessagesOfAllKinds) {
  RedisServer server;
  auto client = start(settings_for(server));
  std::vector<std::string> patterns;
  SubscriberEvents events = heard.events();
  events.message = [&](const Message& message) {
    heard.messages.push_back(std::string{message.channel} + '=' + std::string{message.payload});
    patterns.emplace_back(message.pattern);
  };
  auto subscriber = client->make_subscriber(events);

  EXPECT_FALSE(subscriber->subscribe(Kind::channel, "a"));
  EXPECT_FALSE(subscriber->subscribe(Kind::pattern, "news.*"));
  EXPECT_FALSE(subscriber->subscribe(Kind::shard, "s"));
  ASSERT_TRUE(confirmed(*subscriber, 3));
  EXPECT_THAT(heard.subscribed, UnorderedElementsAre("a", "news.*", "s"));
  client->publish("a", "1");
  client->publish("news.x", "2");
  client->publish_sharded("s", std::string("3\0\r\n", 4));
  ASSERT_TRUE(run_until([&] { return heard.messages.size() == 3; }));

  EXPECT_THAT(heard.messages, ElementsAre("a=1", "news.x=2", std::string("s=3\0\r\n", 6)));
  EXPECT_THAT(patterns, ElementsAre("", "news.*", ""));
  EXPECT_THAT(heard.states, ElementsAre(true));
  EXPECT_EQ(heard.gaps, 0);
  EXPECT_EQ(metrics.messages.value(), 3U);
  EXPECT_EQ(metrics.channels.value(), 3);
}

TEST_F(RedisSubscriberTest, AKilledConnectionIsReplacedAndTheGapTold) {
  RedisServer server;
  auto client = start(settings_for(server));
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(Kind::channel, "a");
  subscriber->subscribe(Kind::pattern, "p*");
  ASSERT_TRUE(confirmed(*subscriber, 2));

  kill_subscribers(server);
  ASSERT_TRUE(run_until([&] { return heard.gaps == 1; }));

  EXPECT_EQ(subscriber->confirmed_count(), 2U);
  EXPECT_EQ(subscribers_of(server, "a"), 1);
  EXPECT_THAT(heard.states, ElementsAre(true, false, true));
  EXPECT_EQ(heard.subscribed.size(), 4U);
  client->publish("a", "again");
  EXPECT_TRUE(run_until([&] { return heard.messages.size() == 1; }));
  EXPECT_EQ(metrics.gaps.value(), 1U);
}

TEST_F(RedisSubscriberTest, FiveThousandChannelsAreThereAgainAfterARestart) {
  RedisServer server;
  auto client = start(settings_for(server));
  auto subscriber = client->make_subscriber(heard.events());
  for (int i = 0; i < 5000; ++i) {
    subscriber->subscribe(Kind::channel, "room:" + std::to_string(i));
  }
  ASSERT_TRUE(confirmed(*subscriber, 5000));
  // 512 at a time.
  EXPECT_THAT(server.command({"INFO", "commandstats"}).text, HasSubstr("subscribe:calls=10,"));

  server.stop();
  ASSERT_TRUE(run_until([&] { return subscriber->confirmed_count() == 0; }));
  EXPECT_EQ(heard.gaps, 0);
  server.start();
  ASSERT_TRUE(run_until([&] { return heard.gaps == 1; }));

  EXPECT_EQ(subscriber->confirmed_count(), 5000U);
  EXPECT_EQ(server.command({"PUBSUB", "CHANNELS"}).elements.size(), 5000U);
  EXPECT_EQ(subscribers_of(server, "room:4999"), 1);
}

TEST_F(RedisSubscriberTest, WhatIsWantedWhileTheServerIsAwayIsSubscribedLater) {
  RedisServer server;
  server.stop();
  auto client = start(settings_for(server));
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(Kind::channel, "a");
  subscriber->subscribe(Kind::channel, "b");
  ASSERT_TRUE(run_until([&] { return !heard.states.empty(); }));
  subscriber->unsubscribe(Kind::channel, "b");

  server.start();
  ASSERT_TRUE(confirmed(*subscriber, 1));

  EXPECT_THAT(heard.subscribed, ElementsAre("a"));
  EXPECT_THAT(heard.states, ElementsAre(false, true));
  EXPECT_EQ(heard.gaps, 0);  // there was nothing before
}

TEST_F(RedisSubscriberTest, ARoomLeftAndJoinedAgainCostsNothing) {
  RedisServer server;
  auto client = start(settings_for(server));
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(Kind::channel, "a");
  ASSERT_TRUE(confirmed(*subscriber, 1));

  subscriber->unsubscribe(Kind::channel, "a");
  EXPECT_EQ(subscriber->wanted_count(), 0U);
  EXPECT_TRUE(subscriber->subscribe(Kind::channel, "a"));
  client->publish("a", "1");
  ASSERT_TRUE(run_until([&] { return heard.messages.size() == 1; }));

  const std::string stats = server.command({"INFO", "commandstats"}).text;
  EXPECT_THAT(stats, HasSubstr("cmdstat_subscribe:calls=1,"));
  EXPECT_EQ(stats.find("unsubscribe"), std::string::npos);
}

TEST_F(RedisSubscriberTest, AfterTheDelayRedisIsTold) {
  RedisServer server;
  RedisSettings settings = settings_for(server);
  settings.unsubscribe_delay = milliseconds{20};
  auto client = start(settings);
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(Kind::channel, "a");
  subscriber->subscribe(Kind::channel, "b");
  ASSERT_TRUE(confirmed(*subscriber, 2));

  subscriber->unsubscribe(Kind::channel, "a");

  EXPECT_TRUE(run_until([&] { return subscribers_of(server, "a") == 0; }));
  EXPECT_EQ(subscribers_of(server, "b"), 1);
  EXPECT_FALSE(subscriber->subscribe(Kind::channel, "a"));
  EXPECT_TRUE(run_until([&] { return subscribers_of(server, "a") == 1; }));
}

// Redis cuts a subscriber that does not read once so much is waiting for it.
TEST_F(RedisSubscriberTest, ASubscriberThatIsTooSlowIsCutAndLearnsOfTheGap) {
  RedisServer server{{"--client-output-buffer-limit", "pubsub 1mb 0 0"}};
  auto client = start(settings_for(server));
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(Kind::channel, "a");
  ASSERT_TRUE(confirmed(*subscriber, 1));

  const std::string payload(100'000, 'x');
  // Nobody turns the loop, so nobody reads.
  while (subscribers_of(server, "a") > 0) server.command({"PUBLISH", "a", payload});
  ASSERT_TRUE(run_until([&] { return heard.gaps == 1; }));

  EXPECT_EQ(subscribers_of(server, "a"), 1);
  heard.messages.clear();
  client->publish("a", "1");
  ASSERT_TRUE(run_until([&] { return !heard.messages.empty(); }));
  EXPECT_THAT(heard.messages, ElementsAre("a=1"));
}

TEST_F(RedisSubscriberTest, SilenceIsAskedAbout) {
  RedisServer server;
  RedisSettings settings = settings_for(server);
  settings.liveness = milliseconds{10};
  settings.ping_timeout = milliseconds{200};
  auto client = start(settings);
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(Kind::channel, "a");
  ASSERT_TRUE(confirmed(*subscriber, 1));
  const std::uint64_t bytes = metrics.bytes_in.value();

  // The answers to its PINGs, and the client's; then none any more.
  ASSERT_TRUE(run_until([&] { return metrics.bytes_in.value() > bytes + 100; }));
  EXPECT_THAT(heard.states, ElementsAre(true));
  server.freeze();
  ASSERT_TRUE(run_until([&] { return heard.states.size() == 2; }));
  server.thaw();

  EXPECT_TRUE(run_until([&] { return heard.gaps == 1; }));
}

TEST_F(RedisSubscriberTest, AChannelThatTheUserMayNotHaveIsRefusedAndTheOthersWork) {
  RedisServer server;
  server.command(
      {"ACL", "SETUSER", "bob", "on", ">secret", "+@all", "~*", "resetchannels", "&open.*"});
  RedisSettings settings = settings_for(server);
  settings.username = "bob";
  settings.password = "secret";
  auto client = start(settings);
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(Kind::shard, "closed.1");
  subscriber->subscribe(Kind::channel, "open.1");

  ASSERT_TRUE(confirmed(*subscriber, 1));
  ASSERT_TRUE(run_until([&] { return metrics.error_replies.value() == 1; }));

  EXPECT_THAT(heard.subscribed, ElementsAre("open.1"));
  EXPECT_THAT(heard.states, ElementsAre(true));
  EXPECT_THAT(logged(), HasSubstr("redis refused a subscription channel=closed.1"));
}

TEST_F(RedisSubscriberTest, ItOutlivesItsClient) {
  RedisServer server;
  auto client = start(settings_for(server));
  auto subscriber = client->make_subscriber(heard.events());
  client->stop();
  client.reset();

  subscriber->subscribe(Kind::channel, "a");
  ASSERT_TRUE(confirmed(*subscriber, 1));
  server.command({"PUBLISH", "a", "1"});

  EXPECT_TRUE(run_until([&] { return heard.messages.size() == 1; }));
}

TEST_F(RedisSubscriberTest, StoppedFromItsOwnEventItIsSilent) {
  RedisServer server;
  auto client = start(settings_for(server));
  std::unique_ptr<Subscriber> subscriber;
  SubscriberEvents events = heard.events();
  events.message = [&](const Message& message) {
    heard.messages.emplace_back(message.payload);
    subscriber->stop();
  };
  subscriber = client->make_subscriber(events);
  subscriber->subscribe(Kind::channel, "a");
  ASSERT_TRUE(confirmed(*subscriber, 1));

  for (const char* payload : {"1", "2", "3"}) client->publish("a", payload);
  ASSERT_TRUE(run_until([&] { return subscribers_of(server, "a") == 0; }));

  EXPECT_THAT(heard.messages, ElementsAre("1"));
  EXPECT_THAT(heard.states, ElementsAre(true));
  EXPECT_EQ(metrics.channels.value(), 0);
}

TEST_F(RedisSubscriberTest, AFloodIsReadInOrder) {
  RedisServer server;
  auto client = start(settings_for(server));
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(Kind::channel, "a");
  ASSERT_TRUE(confirmed(*subscriber, 1));

  for (int i = 0; i < 20'000; ++i) client->publish("a", std::to_string(i));
  ASSERT_TRUE(run_until([&] { return heard.messages.size() == 20'000; }));

  for (std::size_t i = 0; i < heard.messages.size(); ++i) {
    ASSERT_EQ(heard.messages[i], "a=" + std::to_string(i));
  }
}

}  // namespace
}  // namespace pushgate::redis
