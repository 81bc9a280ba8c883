// cluster_slots_test.cpp - slots of keys, and what nodes say about slots.

#include "redis/cluster_slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/replies.hpp"

namespace pushgate::redis {
namespace {

using ::testing::ElementsAre;

ServerAddress at(std::string host, std::uint16_t port) { return {std::move(host), port, {}}; }
const ServerAddress kAsked = at("asked", 7000);

// From the Redis Cluster specification, and from CLUSTER KEYSLOT of Redis 7.0.15.
TEST(RedisKeySlot, IsWhatRedisSays) {
  EXPECT_EQ(key_slot("123456789"), 0x31C3);
  EXPECT_EQ(key_slot(""), 0);
  EXPECT_EQ(key_slot("foo"), 12182);
  EXPECT_EQ(key_slot("{user1000}.following"), key_slot("user1000"));
  EXPECT_EQ(key_slot("user1000"), 3443);
  EXPECT_EQ(key_slot("foo{}{bar}"), 8363);
  EXPECT_EQ(key_slot("foo{{bar}}zap"), key_slot("{bar"));
  EXPECT_EQ(key_slot("foo{bar}{zap}"), key_slot("bar"));
  EXPECT_NE(key_slot("foo{bar"), key_slot("bar"));
  EXPECT_NE(key_slot("\xff\xfe"), key_slot("\xfe\xff"));
}

Reply node(std::string host, std::int64_t port) {
  return array({bulk(std::move(host)), integer(port), bulk("id"), array({})});
}

TEST(RedisClusterSlots, RangesAndTheirNodes) {
  const auto map =
      parse_slots(array({array({integer(0), integer(5460), node("a", 1), node("a2", 2)}),
                         array({integer(5461), integer(16382), node("b", 1)}),
                         array({integer(16383), integer(16383), node("a", 1)})}),
                  kAsked);

  ASSERT_TRUE(map);
  EXPECT_TRUE(map->complete());
  EXPECT_THAT(map->nodes(), ElementsAre(at("a", 1), at("b", 1)));
  EXPECT_EQ(*map->node_of(5460), at("a", 1));
  EXPECT_EQ(*map->node_of(5461), at("b", 1));
  EXPECT_EQ(*map->node_of(16383), at("a", 1));
  EXPECT_TRUE(map->has_member(at("a2", 2)));
  EXPECT_FALSE(map->has_member(at("a2", 3)));
}

TEST(RedisClusterSlots, HolesAndOpenAddresses) {
  Reply no_host = node("", 7);
  no_host.elements[0] = Reply{};
  const auto map = parse_slots(
      array({array({integer(1), integer(2), node("", 7)}), array({integer(3), integer(3), no_host}),
             array({integer(4), integer(4), node("?", 7)}),
             array({integer(5), integer(5), node("x", 0)})}),
      kAsked);

  ASSERT_TRUE(map);
  EXPECT_FALSE(map->complete());
  EXPECT_EQ(map->node_of(0), nullptr);
  EXPECT_EQ(*map->node_of(1), at("asked", 7));
  EXPECT_EQ(*map->node_of(3), at("asked", 7));
  EXPECT_EQ(map->node_of(4), nullptr);
  EXPECT_EQ(map->node_of(5), nullptr);
}

TEST(RedisClusterSlots, NonsenseIsNoMap) {
  EXPECT_FALSE(parse_slots(error_reply("ERR This instance has cluster support disabled"), kAsked));
  EXPECT_FALSE(parse_slots(Reply{}, kAsked));
  EXPECT_TRUE(parse_slots(array({}), kAsked)->nodes().empty());
  for (const auto& range :
       {array({integer(0), integer(16384), node("a", 1)}),
        array({integer(-1), integer(1), node("a", 1)}),
        array({integer(2), integer(1), node("a", 1)}), array({integer(0), integer(1)}),
        array({bulk("0"), integer(1), node("a", 1)}), integer(1)}) {
    EXPECT_FALSE(parse_slots(array({range}), kAsked));
  }
}

Reply shard_node(std::string host, std::string role, std::string health = "online") {
  return array({bulk("id"), bulk("x"), bulk("port"), integer(1), bulk("tls-port"), integer(2),
                bulk("ip"), bulk("10.0.0.1"), bulk("endpoint"), bulk(std::move(host)), bulk("role"),
                bulk(std::move(role)), bulk("health"), bulk(std::move(health))});
}

TEST(RedisClusterSlots, ShardsSayTheSame) {
  const Reply reply = array(
      {array({bulk("slots"), array({integer(0), integer(9), integer(20), integer(29)}),
              bulk("nodes"), array({shard_node("a2", "replica"), shard_node("a", "master")})}),
       array({bulk("slots"), array({integer(10), integer(19)}), bulk("nodes"),
              array({shard_node("dead", "master", "fail"), shard_node("b", "master")})}),
       array({bulk("slots"), array({}), bulk("nodes"), array({shard_node("c", "master")})})});

  const auto plain = parse_shards(reply, kAsked, false);
  ASSERT_TRUE(plain);
  EXPECT_EQ(*plain->node_of(29), at("a", 1));
  EXPECT_EQ(*plain->node_of(10), at("b", 1));
  EXPECT_TRUE(plain->has_member(at("a2", 1)));
  EXPECT_EQ(*parse_shards(reply, kAsked, true)->node_of(0), at("a", 2));
  EXPECT_FALSE(parse_shards(error_reply("ERR unknown"), kAsked, false));
  EXPECT_FALSE(parse_shards(array({array({bulk("slots"), array({})})}), kAsked, false));
}

TEST(RedisClusterSlots, AssigningMovesASlot) {
  SlotMap map;
  map.assign(0, 16383, at("a", 1));
  EXPECT_TRUE(map.complete());

  map.assign(7, 7, at("b", 1));

  EXPECT_TRUE(map.complete());
  EXPECT_EQ(*map.node_of(7), at("b", 1));
  EXPECT_EQ(*map.node_of(8), at("a", 1));
}

TEST(RedisRedirection, MovedAndAsk) {
  EXPECT_EQ(parse_redirection("MOVED 3999 127.0.0.1:6381", kAsked),
            (Redirection{false, 3999, at("127.0.0.1", 6381)}));
  EXPECT_EQ(parse_redirection("ASK 0 ::1:6381", kAsked), (Redirection{true, 0, at("::1", 6381)}));
  EXPECT_EQ(parse_redirection("MOVED 1 :6381", kAsked), (Redirection{false, 1, at("asked", 6381)}));
  for (const char* other :
       {"", "ERR", "MOVED", "MOVED 1", "MOVED 16384 h:1", "MOVED -1 h:1", "MOVED x h:1",
        "MOVED 1 h", "MOVED 1 h:", "MOVED 1 h:0", "MOVED 1 h:65536", "MOVED 1 ?:1", "MOVEDX 1 h:1",
        "ASKING 1 h:1", "MOVED 1:2 "}) {
    EXPECT_FALSE(parse_redirection(other, kAsked)) << other;
  }
}

}  // namespace
}  // namespace pushgate::redis
