// sentinel_test.cpp - the master that real sentinels name, through failovers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/redis_fixture.hpp"
#include "redis/sentinel_replies.hpp"
#include "support/redis_sentinels.hpp"

namespace pushgate::redis {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ServerAddress at(std::string host, std::uint16_t port) { return {std::move(host), port, {}}; }

TEST(SentinelReplies, TheAnswerIsAnAddressOrNothing) {
  EXPECT_EQ(master_address(array({bulk("10.0.0.1"), bulk("6379")})), at("10.0.0.1", 6379));
  EXPECT_EQ(master_address(Reply{}), std::nullopt);
  EXPECT_EQ(master_address(error_reply("IDONTKNOW")), std::nullopt);
  EXPECT_EQ(master_address(array({bulk("10.0.0.1")})), std::nullopt);
  EXPECT_EQ(master_address(array({bulk("10.0.0.1"), bulk("0")})), std::nullopt);
  EXPECT_EQ(master_address(array({bulk("10.0.0.1"), bulk("65536")})), std::nullopt);
  EXPECT_EQ(master_address(array({bulk("10.0.0.1"), bulk("63a")})), std::nullopt);
  EXPECT_EQ(master_address(array({bulk(""), bulk("6379")})), std::nullopt);
}

TEST(SentinelReplies, ASwitchNamesOldAndNew) {
  EXPECT_EQ(switched_master("m 10.0.0.1 6379 10.0.0.2 6380", "m"), at("10.0.0.2", 6380));
  EXPECT_EQ(switched_master("m 10.0.0.1 6379 ::1 6380", "m"), at("::1", 6380));
  EXPECT_EQ(switched_master("other 10.0.0.1 6379 10.0.0.2 6380", "m"), std::nullopt);
  EXPECT_EQ(switched_master("m 10.0.0.1 6379 10.0.0.2", "m"), std::nullopt);
  EXPECT_EQ(switched_master("m 10.0.0.1 6379 10.0.0.2 6380 more", "m"), std::nullopt);
  EXPECT_EQ(switched_master("", "m"), std::nullopt);
}

class RedisSentinelTest : public RedisFixture {
 protected:
  RedisSettings sentinel_settings() {
    RedisSettings settings = settings_for(sentinels.sentinel(0));
    settings.topology = Topology::sentinel;
    settings.sentinels = {sentinels.sentinel(0).address()};
    settings.master_name = test::RedisSentinels::kMaster;
    settings.connect_timeout = settings.ping_timeout = milliseconds{500};
    return settings;
  }
  /// The port of the server that answers the client.
  std::string port_of(Client& client) {
    const Result<Reply> reply = ask(client, Command{"CONFIG", "GET", "port"});
    return reply && reply->elements.size() == 2 ? reply->elements[1].text : std::string{};
  }

  test::RedisSentinels sentinels;
};

TEST_F(RedisSentinelTest, TheMasterIsUsedWhicheverSentinelAnswers) {
  test::ReservedPort nobody;
  RedisServer knows_nothing{{"--sentinel"}, ""};
  RedisSettings settings = sentinel_settings();
  settings.sentinels.insert(
      settings.sentinels.begin(),
      {at("127.0.0.1", static_cast<std::uint16_t>(nobody.number())), knows_nothing.address()});
  auto client = start(settings);

  EXPECT_EQ(port_of(*client), sentinels.first_master().port_text());
}

TEST_F(RedisSentinelTest, AMasterThatNobodyKnowsIsAnError) {
  RedisSettings settings = sentinel_settings();
  settings.master_name = "unheard-of";
  auto client = start(settings);

  EXPECT_EQ(ask(*client, Command{"PING"}, {}, milliseconds{200}).error(), Error::not_connected);
  EXPECT_THAT(logged(), HasSubstr("no sentinel knows the master master=unheard-of"));
}

TEST_F(RedisSentinelTest, ASwitchIsFollowedThoughTheOldMasterLives) {
  auto client = start(sentinel_settings());
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(SubscriptionKind::channel, "a");
  ASSERT_EQ(port_of(*client), sentinels.first_master().port_text());
  ASSERT_TRUE(run_until([&] { return subscriber->confirmed_count() == 1; }));

  sentinels.fail_over();
  ASSERT_TRUE(run_until([&] { return heard.gaps == 1; }));

  EXPECT_TRUE(run_until([&] {
    return sentinels.first_replica().command({"PUBSUB", "NUMSUB", "a"}).elements[1].integer == 1;
  }));
  EXPECT_TRUE(run_until([&] { return client->is_up(); }));
  EXPECT_EQ(port_of(*client), sentinels.first_replica().port_text());
  EXPECT_EQ(ask(*client, Command{"SET", "k", "v"}).value(), status("OK"));
}

TEST_F(RedisSentinelTest, WhenTheMasterDiesTheReplicaTakesItsPlace) {
  auto client = start(sentinel_settings());
  ASSERT_EQ(port_of(*client), sentinels.first_master().port_text());

  sentinels.first_master().kill();
  ASSERT_TRUE(run_until([&] { return !client->is_up(); }));

  // It waits until there is a master again.
  EXPECT_EQ(ask(*client, Command{"SET", "k", "v"}, {}, std::chrono::seconds{9}).value(),
            status("OK"));
  EXPECT_EQ(sentinels.first_replica().command({"GET", "k"}), bulk("v"));
}

TEST_F(RedisSentinelTest, ASentinelThatStandsStillIsPassedOver) {
  RedisServer frozen{{"--sentinel"}, ""};
  frozen.freeze();
  RedisSettings settings = sentinel_settings();
  settings.sentinels.insert(settings.sentinels.begin(), frozen.address());
  auto client = start(settings);

  EXPECT_EQ(port_of(*client), sentinels.first_master().port_text());
}

TEST_F(RedisSentinelTest, ConnectionsToSentinelsEndWithTheLastUser) {
  auto client = start(sentinel_settings());
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(SubscriptionKind::channel, "a");
  ASSERT_TRUE(run_until([&] { return subscriber->confirmed_count() == 1; }));
  ASSERT_TRUE(run_until([&] { return client->is_up(); }));
  ASSERT_TRUE(run_until([&] { return metrics.connections.value() == 4; }));

  client->stop();
  EXPECT_EQ(metrics.connections.value(), 3);
  subscriber->stop();
  EXPECT_EQ(metrics.connections.value(), 0);
}

}  // namespace
}  // namespace pushgate::redis
