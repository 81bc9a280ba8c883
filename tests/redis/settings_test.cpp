// settings_test.cpp - which settings cannot work, and what is said about them.

#include "pushgate/redis/settings.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pushgate::redis {
namespace {

std::string fault(const std::function<void(RedisSettings&)>& change) {
  RedisSettings settings;
  change(settings);
  return find_fault(settings).value_or("none");
}

TEST(RedisSettingsTest, TheDefaultsAreFine) {
  EXPECT_EQ(fault([](RedisSettings&) {}), "none");
}

TEST(RedisSettingsTest, EachTopologyNeedsItsAddresses) {
  EXPECT_EQ(fault([](auto& s) { s.server.host = ""; }), "a server without a host");
  EXPECT_EQ(fault([](auto& s) { s.server.port = 0; }), "port 0 of 127.0.0.1");
  EXPECT_EQ(fault([](auto& s) { s.server.unix_path = std::string(107, 'x'); }), "none");
  EXPECT_THAT(fault([](auto& s) { s.server.unix_path = std::string(108, 'x'); }),
              ::testing::HasSubstr("longer than 107"));
  EXPECT_EQ(fault([](auto& s) { s.topology = Topology::sentinel; }), "no sentinels");
  EXPECT_THAT(fault([](auto& s) {
                s.topology = Topology::sentinel;
                s.sentinels = {{}};
              }),
              ::testing::HasSubstr("no name of the master"));
  EXPECT_THAT(fault([](auto& s) { s.topology = Topology::cluster; }),
              ::testing::HasSubstr("no nodes of the cluster"));
  const auto cluster = [](auto& s) {
    s.topology = Topology::cluster;
    s.cluster_seeds = {{}};
  };
  EXPECT_EQ(fault(cluster), "none");
  EXPECT_THAT(fault([&](auto& s) { cluster(s), s.database = 1; }),
              ::testing::HasSubstr("database 0 only"));
  EXPECT_THAT(fault([&](auto& s) { cluster(s), s.cluster_seeds[0].unix_path = "/x"; }),
              ::testing::HasSubstr("unix socket"));
}

TEST(RedisSettingsTest, WhatContradictsItself) {
  EXPECT_EQ(fault([](auto& s) { s.username = "bob"; }), "a user without a password");
  EXPECT_EQ(fault([](auto& s) { s.sentinel_username = "bob"; }),
            "a user of the sentinels without a password");
  EXPECT_EQ(fault([](auto& s) { s.client_name = "a b"; }),
            "a client name with spaces or line ends");
  EXPECT_THAT(fault([](auto& s) { s.tls.key_file = "k"; }), ::testing::HasSubstr("certificate"));
  EXPECT_THAT(fault([](auto& s) { s.tls.enabled = true, s.server.unix_path = "/x"; }),
              ::testing::HasSubstr("TLS"));
  EXPECT_THAT(fault([](auto& s) { s.liveness = {}; }), ::testing::HasSubstr("time limit"));
  EXPECT_EQ(fault([](auto& s) { s.backoff_max = std::chrono::milliseconds{99}; }),
            "backoff_max below backoff_min");
  EXPECT_THAT(fault([](auto& s) { s.unsubscribe_delay = std::chrono::milliseconds{-1}; }),
              ::testing::HasSubstr("negative"));
  EXPECT_EQ(fault([](auto& s) { s.max_queue_bytes = 0; }), "a size limit of zero");
}

TEST(RedisSettingsTest, AddressesAsText) {
  EXPECT_EQ((ServerAddress{"redis.test", 1, {}}).to_string(), "redis.test:1");
  EXPECT_EQ((ServerAddress{"::1", 6379, {}}).to_string(), "[::1]:6379");
  EXPECT_EQ((ServerAddress{"h", 1, "/run/redis.sock"}).to_string(), "/run/redis.sock");
}

}  // namespace
}  // namespace pushgate::redis
