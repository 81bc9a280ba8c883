// cluster_test.cpp - commands and channels of a real cluster, while slots move and nodes die.

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/key_slot.hpp"
#include "redis/redis_fixture.hpp"
#include "support/redis_cluster.hpp"

namespace pushgate::redis {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using Kind = SubscriptionKind;

class RedisClusterTest : public RedisFixture {
 protected:
  RedisSettings cluster_settings() {
    RedisSettings settings = settings_for(cluster.node(0));
    settings.topology = Topology::cluster;
    settings.cluster_seeds = {cluster.address(0), cluster.address(1)};
    settings.connect_timeout = settings.ping_timeout = milliseconds{500};
    return settings;
  }
  std::unique_ptr<Client> start_up(RedisSettings settings) {
    auto client = start(std::move(settings));
    EXPECT_TRUE(run_until([&] { return client->is_up(); }));
    return client;
  }
  static std::size_t owner(std::string_view key) {
    return test::RedisCluster::owner_of(key_slot(key));
  }
  /// Like `prefix`, but with a slot of that node.
  static std::string key_at(std::size_t node, const std::string& prefix) {
    for (int i = 0;; ++i) {
      std::string key = prefix + std::to_string(i);
      if (owner(key) == node) return key;
    }
  }
  std::int64_t shard_subscribers(std::size_t node, std::string_view channel) {
    return cluster.node(node).command({"PUBSUB", "SHARDNUMSUB", channel}).elements.at(1).integer;
  }

  test::RedisCluster cluster;
};

TEST_F(RedisClusterTest, EveryKeyGoesToItsNode) {
  auto client = start(cluster_settings());
  std::vector<std::string> keys;
  for (int i = 0; i < 30; ++i) keys.push_back("key" + std::to_string(i));

  for (const std::string& key : keys) {
    EXPECT_EQ(ask(*client, Command{"SET", key, key}, key).value(), status("OK"));
  }
  for (const std::string& key : keys) {
    EXPECT_EQ(ask(*client, Command{"GET", key}, key).value(), bulk(key));
    EXPECT_EQ(cluster.node(owner(key)).command({"GET", key}), bulk(key));
  }
  EXPECT_EQ(metrics.redirections.value(), 0U);
  EXPECT_EQ(metrics.connections.value(), 4);  // one per node, and one to ask for the slots
}

TEST_F(RedisClusterTest, CommandsWithoutAKeyAreSpreadAndEverywhereMeansEverywhere) {
  auto client = start(cluster_settings());
  std::optional<std::vector<Result<Reply>>> replies;
  // Given before the nodes are known.
  client->execute_everywhere(Command{"CLUSTER", "MYID"},
                             [&](std::vector<Result<Reply>> all) { replies = std::move(all); });
  ASSERT_TRUE(run_until([&] { return replies.has_value(); }));
  std::set<std::string> everywhere;
  for (const Result<Reply>& one : *replies) everywhere.insert(one.value().text);
  EXPECT_THAT(everywhere, UnorderedElementsAre(cluster.id(0), cluster.id(1), cluster.id(2)));

  std::set<std::string> spread;
  for (int i = 0; i < 6; ++i) {
    spread.insert(ask(*client, Command{"CLUSTER", "MYID"}).value().text);
  }
  EXPECT_EQ(spread, everywhere);
}

TEST_F(RedisClusterTest, ASlotThatHasMovedIsFoundByMoved) {
  auto client = start_up(cluster_settings());
  const std::string key = key_at(0, "k");

  cluster.give_slot(key_slot(key), 0, 2);

  EXPECT_EQ(ask(*client, Command{"SET", key, "v"}, key).value(), status("OK"));
  EXPECT_EQ(metrics.redirections.value(), 1U);
  EXPECT_EQ(cluster.node(2).command({"GET", key}), bulk("v"));
  // And is remembered.
  EXPECT_EQ(ask(*client, Command{"GET", key}, key).value(), bulk("v"));
  EXPECT_EQ(metrics.redirections.value(), 1U);
}

TEST_F(RedisClusterTest, DuringAMigrationKeysAreFoundOnBothSides) {
  auto client = start_up(cluster_settings());
  const std::string stays = "{" + key_at(0, "tag") + "}.stays";
  const std::string moves = "{" + key_at(0, "tag") + "}.moves";
  const unsigned slot = key_slot(stays);
  ask(*client, Command{"SET", stays, "1"}, stays).value();
  ask(*client, Command{"SET", moves, "2"}, moves).value();
  cluster.begin_migration(slot, 0, 1);
  cluster.move_key(moves, 0, 1);

  EXPECT_EQ(ask(*client, Command{"GET", stays}, stays).value(), bulk("1"));
  EXPECT_EQ(metrics.redirections.value(), 0U);
  EXPECT_EQ(ask(*client, Command{"GET", moves}, moves).value(), bulk("2"));
  EXPECT_EQ(metrics.redirections.value(), 1U);  // ASK
  // A command with both is asked to try again until they are on one side.
  std::optional<Result<Reply>> both;
  client->execute(Command{"MGET", stays, moves}, stays,
                  [&](Result<Reply> reply) { both = std::move(reply); });
  ASSERT_TRUE(run_until([&] { return metrics.error_replies.value() >= 4; }));
  EXPECT_FALSE(both);

  cluster.move_key(stays, 0, 1);
  cluster.end_migration(slot, 0, 1);

  ASSERT_TRUE(run_until([&] { return both.has_value(); }));
  EXPECT_EQ(both->value(), array({bulk("1"), bulk("2")}));
}

TEST_F(RedisClusterTest, PatienceEndsAtTheDeadlineWithWhatTheClusterSaid) {
  auto client = start_up(cluster_settings());
  const std::string a = "{" + key_at(0, "tag") + "}.a";
  const std::string b = "{" + key_at(0, "tag") + "}.b";
  ask(*client, Command{"SET", a, "1"}, a).value();
  ask(*client, Command{"SET", b, "2"}, b).value();
  cluster.begin_migration(key_slot(a), 0, 1);
  cluster.move_key(a, 0, 1);

  const Result<Reply> reply = ask(*client, Command{"MGET", a, b}, a, milliseconds{150});

  EXPECT_EQ(reply.value().error_word(), "TRYAGAIN");
}

TEST_F(RedisClusterTest, WhenAMasterDiesItsReplicaIsFound) {
  const std::unique_ptr<RedisServer> replica = cluster.make_replica(1);
  auto client = start_up(cluster_settings());
  std::vector<bool> states;
  client->on_state([&](const ConnectionState& state) { states.push_back(state.up); });
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());
  const std::string key = key_at(1, "k");
  subscriber->subscribe(Kind::shard, key);
  ASSERT_TRUE(run_until([&] { return subscriber->confirmed_count() == 1; }));

  cluster.node(1).kill();
  ASSERT_TRUE(run_until([&] { return !client->is_up(); }));

  EXPECT_EQ(ask(*client, Command{"SET", key, "v"}, key, std::chrono::seconds{9}).value(),
            status("OK"));
  EXPECT_EQ(replica->command({"GET", key}), bulk("v"));
  ASSERT_TRUE(run_until([&] { return heard.gaps == 1; }));
  EXPECT_EQ(replica->command({"PUBSUB", "SHARDNUMSUB", key}).elements[1].integer, 1);
  EXPECT_TRUE(run_until([&] { return client->is_up(); }));
  EXPECT_THAT(states, ElementsAre(false, true));
}

TEST_F(RedisClusterTest, ChannelsOfEveryKind) {
  auto client = start(cluster_settings());
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());
  std::vector<std::string> shards;
  for (std::size_t node = 0; node < 3; ++node) shards.push_back(key_at(node, "shard"));
  for (const std::string& shard : shards) EXPECT_FALSE(subscriber->subscribe(Kind::shard, shard));
  EXPECT_FALSE(subscriber->subscribe(Kind::channel, "a"));
  EXPECT_FALSE(subscriber->subscribe(Kind::pattern, "b*"));
  ASSERT_TRUE(run_until([&] { return subscriber->confirmed_count() == 5; }));
  EXPECT_EQ(subscriber->wanted_count(), 5U);

  for (std::size_t node = 0; node < 3; ++node) {
    EXPECT_EQ(shard_subscribers(node, shards[node]), 1);
    client->publish_sharded(shards[node], "s");
  }
  client->publish("a", "1");
  client->publish("bc", "2");
  ASSERT_TRUE(run_until([&] { return heard.messages.size() == 5; }));

  EXPECT_THAT(heard.messages, UnorderedElementsAre(shards[0] + "=s", shards[1] + "=s",
                                                   shards[2] + "=s", "a=1", "bc=2"));
  EXPECT_THAT(heard.states, ElementsAre(true));
  EXPECT_EQ(heard.gaps, 0);
}

TEST_F(RedisClusterTest, AShardChannelFollowsItsSlot) {
  auto client = start_up(cluster_settings());
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());
  const std::string moves = key_at(0, "moves");
  const std::string stays = key_at(0, "stays");
  subscriber->subscribe(Kind::shard, moves);
  subscriber->subscribe(Kind::shard, stays);
  ASSERT_TRUE(run_until([&] { return subscriber->confirmed_count() == 2; }));

  cluster.give_slot(key_slot(moves), 0, 2);
  ASSERT_TRUE(run_until([&] { return heard.gaps == 1; }));

  EXPECT_EQ(shard_subscribers(2, moves), 1);
  EXPECT_EQ(shard_subscribers(0, stays), 1);
  EXPECT_EQ(subscriber->confirmed_count(), 2U);
  client->publish_sharded(moves, "1");
  client->publish_sharded(stays, "2");
  EXPECT_TRUE(run_until([&] { return heard.messages.size() == 2; }));
  EXPECT_EQ(metrics.disconnects.value(), 0U);
}

TEST_F(RedisClusterTest, AnOldMapIsCorrectedByTheNodesThemselves) {
  auto client = start_up(cluster_settings());
  const std::string channel = key_at(0, "c");
  cluster.give_slot(key_slot(channel), 0, 1);
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());

  subscriber->subscribe(Kind::shard, channel);  // at node 0, as far as is known

  EXPECT_TRUE(run_until([&] { return subscriber->confirmed_count() == 1; }));
  EXPECT_EQ(shard_subscribers(1, channel), 1);
  EXPECT_EQ(heard.gaps, 0);
}

TEST_F(RedisClusterTest, AChannelLeftWhileItMovesIsGoneAndHurtsNobody) {
  RedisSettings settings = cluster_settings();
  settings.unsubscribe_delay = milliseconds{0};
  auto client = start_up(settings);
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());
  const std::string moves = key_at(0, "moves");
  const std::string stays = key_at(0, "stays");
  subscriber->subscribe(Kind::shard, moves);
  subscriber->subscribe(Kind::shard, stays);
  ASSERT_TRUE(run_until([&] { return subscriber->confirmed_count() == 2; }));

  cluster.give_slot(key_slot(moves), 0, 2);
  subscriber->unsubscribe(Kind::shard, moves);
  subscriber->subscribe(Kind::shard, key_at(0, "late"));
  ASSERT_TRUE(run_until([&] { return subscriber->confirmed_count() == 2; }));
  client->publish_sharded(stays, "1");

  EXPECT_TRUE(run_until([&] { return heard.messages.size() == 1; }));
  EXPECT_EQ(shard_subscribers(2, moves), 0);
  EXPECT_EQ(metrics.disconnects.value(), 0U);
}

TEST_F(RedisClusterTest, WithoutAnyNodeCommandsFailAndLaterWork) {
  RedisSettings settings = cluster_settings();
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).freeze();
  auto client = start(settings);
  std::string reason;
  client->on_state([&](const ConnectionState& state) { reason = state.up ? "up" : state.reason; });

  EXPECT_EQ(ask(*client, Command{"GET", "k"}, "k", milliseconds{50}).error(), Error::not_connected);
  EXPECT_TRUE(run_until([&] { return !reason.empty(); }));
  EXPECT_NE(reason, "up");

  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).thaw();
  EXPECT_TRUE(run_until([&] { return reason == "up"; }));
}

TEST_F(RedisClusterTest, StoppingFailsWhatWaitsAndWhatIsSent) {
  auto client = start_up(cluster_settings());
  std::vector<ErrorCode> errors;
  const auto note = [&](const Result<Reply>& reply) { errors.push_back(reply.error()); };
  client->execute(Command{"BLPOP", key_at(0, "list"), "0"}, key_at(0, "list"), note);
  cluster.node(1).freeze();
  cluster.node(1).kill();
  ASSERT_TRUE(run_until([&] { return !client->is_up(); }));
  client->execute(Command{"GET", key_at(1, "k")}, key_at(1, "k"), note);
  settle();
  EXPECT_TRUE(errors.empty());

  client->stop();

  EXPECT_THAT(errors,
              ElementsAre(make_error_code(Error::stopped), make_error_code(Error::stopped)));
  EXPECT_EQ(metrics.queue_bytes.value(), 0);
  EXPECT_EQ(metrics.connections.value(), 0);
  client->execute(Command{"PING"}, {}, note);
  settle();
  EXPECT_EQ(errors.size(), 3U);
}

TEST_F(RedisClusterTest, WhatWaitsIsBounded) {
  RedisSettings settings = cluster_settings();
  settings.max_queue_bytes = 1000;
  auto client = start(settings);  // and not connected yet
  std::vector<ErrorCode> errors;

  for (int i = 0; i < 3; ++i) {
    client->execute(
        Command{"SET", "k", std::string(400, 'x')}, "k",
        [&](const Result<Reply>& reply) { errors.push_back(reply ? ErrorCode{} : reply.error()); });
  }
  ASSERT_TRUE(run_until([&] { return errors.size() == 3; }));

  EXPECT_THAT(errors, ElementsAre(make_error_code(Error::queue_full), ErrorCode{}, ErrorCode{}));
}

}  // namespace
}  // namespace pushgate::redis
