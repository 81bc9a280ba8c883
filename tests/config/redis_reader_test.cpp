// redis_reader_test.cpp - the key "redisAdapter": ways to a server, and what goes with them.

#include <gmock/gmock.h>

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const std::string& redis) { return "{\"redisAdapter\": " + redis + '}'; }

std::string error_of(const std::string& redis) { return errors(daemon(text_of(redis))); }

RedisConfig read(const std::string& redis) {
  const Loaded<DaemonConfig> loaded = daemon(text_of(redis));
  EXPECT_TRUE(loaded.ok()) << errors(loaded);
  return loaded.ok() ? loaded.value->redis.value_or(RedisConfig{}) : RedisConfig{};
}

TEST(RedisReader, WithoutTheKeyThereIsNoRedis) {
  EXPECT_FALSE(daemon("{}").value->redis.has_value());
  EXPECT_EQ(daemon(text_of("{}")).value->redis, RedisConfig{});
}

TEST(RedisReader, TheHostIsKeptAsAName) {
  // The fixture's name server does not know it: nobody asks.
  EXPECT_EQ(read(R"({"host": "redis.internal"})").host, "redis.internal");
  EXPECT_EQ(read(R"({"host": "::1"})").host, "::1");
  EXPECT_THAT(error_of(R"({"host": "redis:6379"})"),
              HasSubstr("/redisAdapter/host: \"redis:6379\" is neither an IP address nor a host "
                        "name (the port has a key of its own"));
  EXPECT_THAT(error_of(R"({"host": "999.0.0.1"})"), HasSubstr("neither an IP address"));
}

TEST(RedisReader, SentinelsAndClustersAreListsOfHosts) {
  const RedisConfig cluster = read(R"({"cluster": ["a:7000", "[::1]:7001"]})");
  EXPECT_THAT(cluster.cluster, ElementsAre(HostPort{"a", 7000}, HostPort{"::1", 7001}));

  const RedisConfig sentinel = read(
      R"({"sentinel": {"addresses": ["a:26379"], "master": "m", "username": "u", "password": "p"}})");
  EXPECT_EQ(sentinel.sentinel, (RedisSentinelConfig{{{"a", 26379}}, "m", "u", "p"}));
}

TEST(RedisReader, AnAddressThatCannotBeUsedSaysWhy) {
  EXPECT_THAT(error_of(R"({"cluster": ["a"]})"),
              HasSubstr("/redisAdapter/cluster/0: \"a\" has no port"));
  EXPECT_THAT(error_of(R"({"cluster": ["a:0"]})"),
              HasSubstr("the port \"0\" is not between 1 and 65535"));
  EXPECT_THAT(error_of(R"({"cluster": ["a b:1"]})"), HasSubstr("neither an IP address"));
}

TEST(RedisReader, ASentinelNeedsAddressesAndAMaster) {
  EXPECT_THAT(error_of(R"({"sentinel": {"master": "m"}})"), HasSubstr("no sentinel is named"));
  EXPECT_THAT(error_of(R"({"sentinel": {"addresses": [], "master": "m"}})"),
              HasSubstr("no sentinel is named"));
  EXPECT_THAT(error_of(R"({"sentinel": {"addresses": ["a:1"]}})"),
              HasSubstr("the name of the master is missing (e.g. \"master\": \"mymaster\")"));
}

TEST(RedisReader, ThereIsOneWayToAServer) {
  for (const char* two : {R"({"host": "a", "path": "/s"})", R"({"port": 1, "cluster": ["a:1"]})",
                          R"({"path": "/s", "cluster": ["a:1"]})",
                          R"({"sentinel": {"addresses": ["a:1"], "master": "m"}, "host": "a"})"}) {
    EXPECT_THAT(error_of(two), HasSubstr("/redisAdapter: more than one way to a server (one of: "
                                         "host and port, path, sentinel, cluster)"))
        << two;
  }
  EXPECT_EQ(error_of(R"({"host": "a", "path": "", "cluster": []})"), "");
}

TEST(RedisReader, WhatDoesNotGoTogetherIsAnError) {
  EXPECT_THAT(error_of(R"({"cluster": ["a:1"], "database": 1})"),
              HasSubstr("a cluster has only database 0"));
  EXPECT_THAT(error_of(R"({"path": "/s", "tls": {}})"), HasSubstr("a unix socket carries no TLS"));
  EXPECT_THAT(error_of(R"({"path": ")" + std::string(108, 'x') + R"("})"),
              HasSubstr("1 to 107 bytes"));
}

TEST(RedisReader, FilesOfTlsLieBesideTheConfiguration) {
  const Loaded<DaemonConfig> loaded = load_daemon_text(
      text_of(R"({"tls": {"ca": "ca.pem", "cert": "/etc/c.pem", "key": "../k.pem"}})"),
      "/etc/pushgate/pushgate.json", World{}.options());

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  const RedisTlsConfig& tls = *loaded.value->redis->tls;
  EXPECT_EQ(tls.ca, "/etc/pushgate/ca.pem");
  EXPECT_EQ(tls.cert, "/etc/c.pem");
  EXPECT_EQ(tls.key, "/etc/k.pem");
  EXPECT_TRUE(tls.verify);
}

TEST(RedisReader, ACertificateAndItsKeyComeTogether) {
  EXPECT_THAT(error_of(R"({"tls": {"cert": "c"}})"), HasSubstr("a certificate without its key"));
  EXPECT_THAT(error_of(R"({"tls": {"key": "k"}})"), HasSubstr("a key without its certificate"));
  EXPECT_THAT(error_of(R"({"tls": {"serverName": "a b"}})"), HasSubstr("\"a b\" is no host name"));
}

TEST(RedisReader, TheWireIsRead) {
  const RedisConfig redis = read(R"({"mode": "sharded", "prefix": "p", "subscribe": "pattern",
    "specificResponseChannel": true, "subscriptionMode": "dynamic-private", "streamName": "s",
    "streamCount": 2, "streamMaxLength": 3, "keyPrefix": "k", "requestsTimeout": "1s",
    "timeout": "2s", "publishWhenDown": "queue", "queueBytes": "1MiB"})");

  EXPECT_EQ(redis.mode, RedisMode::sharded);
  EXPECT_EQ(redis.prefix, "p");
  EXPECT_EQ(redis.subscribe, RedisSubscribe::pattern);
  EXPECT_TRUE(redis.specific_response_channel);
  EXPECT_EQ(redis.subscription_mode, ShardedRooms::dynamic_private);
  EXPECT_EQ(redis.stream_name, "s");
  EXPECT_EQ(redis.stream_count, 2u);
  EXPECT_EQ(redis.stream_max_length, 3u);
  EXPECT_EQ(redis.key_prefix, "k");
  EXPECT_EQ(redis.requests_timeout, milliseconds{1'000});
  EXPECT_EQ(redis.timeout, milliseconds{2'000});
  EXPECT_EQ(redis.publish_when_down, WhenRedisIsDown::queue);
  EXPECT_EQ(redis.queue_bytes, 1'048'576u);
}

TEST(RedisReader, NamesOfChannelsAreNotEmpty) {
  for (const char* key : {"prefix", "streamName", "keyPrefix"}) {
    EXPECT_THAT(error_of("{\"" + std::string{key} + "\": \"\"}"), HasSubstr("cannot be used"))
        << key;
    EXPECT_THAT(error_of("{\"" + std::string{key} + "\": \"a\\n\"}"), HasSubstr("cannot be used"))
        << key;
  }
}

TEST(RedisReader, AModeThatIsNoneIsCorrected) {
  EXPECT_THAT(error_of(R"({"mode": "shared"})"),
              HasSubstr("unknown mode \"shared\" (did you mean \"sharded\"?)"));
}

}  // namespace
}  // namespace pushgate::config::test
