// handshake_test.cpp - what is said first, and which answers are good enough.

#include "redis/handshake.hpp"

#include <gtest/gtest.h>

#include "redis/replies.hpp"

namespace pushgate::redis {
namespace {

using Progress = Handshake::Progress;

/// Its commands, as words: good enough for words without spaces.
std::string words(const Handshake& handshake) {
  std::string out;
  std::size_t at = 0;
  const std::string& bytes = handshake.commands();
  while ((at = bytes.find('\n', at)) != std::string::npos) {
    ++at;
    const std::size_t end = bytes.find('\r', at);
    if (end == std::string::npos) break;
    if (bytes[at] == '$') continue;
    if (bytes[at] != '*') out += (out.empty() ? "" : " ") + bytes.substr(at, end - at);
  }
  return out;
}

TEST(RedisHandshake, WithoutSettingsItIsAPing) {
  Handshake handshake{{}};
  EXPECT_EQ(words(handshake), "PING");
  EXPECT_EQ(handshake.on_reply(status("PONG")), Progress::done);
}

TEST(RedisHandshake, EverythingInOneWrite) {
  Handshake handshake{{.username = "bob",
                       .password = "secret",
                       .database = 3,
                       .client_name = "node-1",
                       .must_be_master = true}};
  EXPECT_EQ(words(handshake), "AUTH bob secret ROLE SELECT 3 CLIENT SETNAME node-1 PING");

  EXPECT_EQ(handshake.on_reply(status("OK")), Progress::more);
  EXPECT_EQ(handshake.on_reply(array({bulk("master"), integer(0), array({})})), Progress::more);
  EXPECT_EQ(handshake.on_reply(status("OK")), Progress::more);
  EXPECT_EQ(handshake.on_reply(error_reply("ERR unknown subcommand")), Progress::more);
  EXPECT_EQ(handshake.on_reply(status("PONG")), Progress::done);
}

TEST(RedisHandshake, APasswordWithoutAUser) {
  EXPECT_EQ(words(Handshake{{.password = "secret"}}), "AUTH secret PING");
}

TEST(RedisHandshake, AWrongPasswordIsFinal) {
  Handshake handshake{{.password = "wrong"}};
  EXPECT_EQ(handshake.on_reply(error_reply("WRONGPASS invalid")), Progress::refused);
  EXPECT_EQ(handshake.fault(), "WRONGPASS invalid");
  EXPECT_TRUE(handshake.login_refused());
}

TEST(RedisHandshake, AMissingPasswordIsFinal) {
  Handshake handshake{{}};
  EXPECT_EQ(handshake.on_reply(error_reply("NOAUTH Authentication required.")), Progress::refused);
  EXPECT_TRUE(handshake.login_refused());
}

TEST(RedisHandshake, LoadingPasses) {
  Handshake handshake{{}};
  EXPECT_EQ(handshake.on_reply(error_reply("LOADING Redis is loading")), Progress::refused);
  EXPECT_FALSE(handshake.login_refused());
}

TEST(RedisHandshake, AReplicaIsNoMasterNow) {
  Handshake handshake{{.must_be_master = true}};
  EXPECT_EQ(handshake.on_reply(array({bulk("slave"), bulk("h"), integer(1)})), Progress::refused);
  EXPECT_EQ(handshake.fault(), "not a master");
  EXPECT_FALSE(handshake.login_refused());
}

TEST(RedisHandshake, WhoMayNotAskIsNotRefused) {
  Handshake handshake{{.must_be_master = true}};
  EXPECT_EQ(handshake.on_reply(error_reply("NOPERM no role")), Progress::more);
  EXPECT_EQ(handshake.on_reply(error_reply("NOPERM no ping")), Progress::done);
}

TEST(RedisHandshake, SomethingElseThanRedis) {
  Handshake handshake{{}};
  EXPECT_EQ(handshake.on_reply(status("HELLO")), Progress::refused);
  EXPECT_EQ(handshake.fault(), "not a Redis server");
}

}  // namespace
}  // namespace pushgate::redis
