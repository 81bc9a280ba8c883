// login_test.cpp - passwords, users and TLS, right and wrong, at a real server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/redis_fixture.hpp"
#include "support/test_certificates.hpp"

namespace pushgate::redis {
namespace {

using ::testing::HasSubstr;

class RedisLoginTest : public RedisFixture {
 protected:
  /// Why the first attempt of a client with these settings fails.
  std::string failure_of(RedisSettings settings) {
    auto client = start(std::move(settings));
    std::string reason;
    client->on_state(
        [&](const ConnectionState& state) { reason = state.up ? "it works" : state.reason; });
    EXPECT_TRUE(run_until([&] { return !reason.empty(); }));
    return reason;
  }
};

TEST_F(RedisLoginTest, APassword) {
  RedisServer server{{"--requirepass", "s3cret word"}};
  server.log_in_with("s3cret word");
  RedisSettings settings = settings_for(server);
  settings.password = "s3cret word";
  auto client = start(settings);
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(SubscriptionKind::channel, "a");

  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
  EXPECT_TRUE(run_until([&] { return subscriber->confirmed_count() == 1; }));
}

TEST_F(RedisLoginTest, AWrongPasswordFailsWhatWaitsAndIsTriedAgain) {
  RedisServer server{{"--requirepass", "old"}};
  server.log_in_with("old");
  RedisSettings settings = settings_for(server);
  settings.password = "new";
  auto client = start(settings);
  std::string reason;
  client->on_state([&](const ConnectionState& state) { reason = state.reason; });

  EXPECT_EQ(ask(*client, Command{"PING"}).error(), Error::refused);
  EXPECT_THAT(reason, HasSubstr("WRONGPASS"));

  server.command({"CONFIG", "SET", "requirepass", "new"});
  EXPECT_TRUE(run_until([&] { return client->is_up(); }));
  EXPECT_EQ(reason, "");
  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
}

TEST_F(RedisLoginTest, AMissingPasswordIsNoticedBeforeTheFirstCommand) {
  RedisServer server{{"--requirepass", "secret"}};

  EXPECT_THAT(failure_of(settings_for(server)), HasSubstr("NOAUTH"));
}

TEST_F(RedisLoginTest, AUserOfTheAccessList) {
  RedisServer server;
  server.command({"ACL", "SETUSER", "bob", "on", ">secret", "+get", "+auth", "~*"});
  RedisSettings settings = settings_for(server);
  settings.username = "bob";
  settings.password = "secret";
  settings.client_name = "may-not-be-set";
  auto client = start(settings);

  // PING and CLIENT are forbidden to bob, who is logged in all the same.
  EXPECT_EQ(ask(*client, Command{"GET", "k"}).value(), Reply{});
  EXPECT_EQ(ask(*client, Command{"SET", "k", "v"}).value().error_word(), "NOPERM");
}

TEST_F(RedisLoginTest, ADatabaseThatThereIsNot) {
  RedisServer server;
  RedisSettings settings = settings_for(server);
  settings.database = 4711;

  EXPECT_THAT(failure_of(settings), HasSubstr("DB index is out of range"));
}

class RedisTlsTest : public RedisLoginTest {
 protected:
  RedisServer make_server(const std::string& auth_clients) {
    return RedisServer{{"--tls-port", std::to_string(tls_port.number()), "--tls-cert-file",
                        certificates.server(), "--tls-key-file", certificates.server_key(),
                        "--tls-ca-cert-file", certificates.ca(), "--tls-auth-clients",
                        auth_clients}};
  }
  RedisSettings tls_settings() {
    RedisSettings settings = settings_for(server);
    settings.server.port = static_cast<std::uint16_t>(tls_port.number());
    settings.tls.enabled = true;
    settings.tls.ca_file = certificates.ca();
    return settings;
  }

  test::TestCertificates certificates;
  test::ReservedPort tls_port;
  RedisServer server = make_server("no");
};

TEST_F(RedisTlsTest, CommandsAndChannels) {
  RedisSettings settings = tls_settings();
  settings.tls.server_name = "redis.test";
  auto client = start(settings);
  Heard heard;
  auto subscriber = client->make_subscriber(heard.events());
  subscriber->subscribe(SubscriptionKind::channel, "a");
  ASSERT_TRUE(run_until([&] { return subscriber->confirmed_count() == 1; }));
  const std::string large(3'000'000, 'x');

  EXPECT_EQ(ask(*client, Command{"SET", "k", large}).value(), status("OK"));
  EXPECT_EQ(ask(*client, Command{"GET", "k"}).value().text, large);
  client->publish("a", "1");
  EXPECT_TRUE(run_until([&] { return heard.messages.size() == 1; }));
}

TEST_F(RedisTlsTest, TheAddressIsANameToo) {
  auto client = start(tls_settings());

  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
}

TEST_F(RedisTlsTest, ReconnectsAfterARestart) {
  auto client = start(tls_settings());
  ask(*client, Command{"PING"}).value();

  server.stop();
  ASSERT_TRUE(run_until([&] { return !client->is_up(); }));
  server.start();

  EXPECT_EQ(ask(*client, Command{"PING"}).value(), status("PONG"));
}

TEST_F(RedisTlsTest, AnotherNameIsRefused) {
  RedisSettings settings = tls_settings();
  settings.tls.server_name = "other.test";

  EXPECT_THAT(failure_of(settings), HasSubstr("certificate verify failed"));
}

TEST_F(RedisTlsTest, AnUnknownAuthorityIsRefusedUnlessNothingIsVerified) {
  const test::TestCertificates others;
  RedisSettings settings = tls_settings();
  settings.tls.ca_file = others.ca();
  EXPECT_THAT(failure_of(settings), HasSubstr("certificate verify failed"));

  settings.tls.verify = false;
  EXPECT_EQ(failure_of(settings), "it works");
}

TEST_F(RedisTlsTest, AClientCertificate) {
  server.stop();
  server.start_with({"--tls-auth-clients", "yes"});
  RedisSettings settings = tls_settings();
  // With an alert or a reset, whichever comes first.
  EXPECT_NE(failure_of(settings), "it works");

  settings.tls.certificate_file = certificates.client();
  settings.tls.key_file = certificates.client_key();
  EXPECT_EQ(failure_of(settings), "it works");
}

TEST_F(RedisTlsTest, TlsToAPlainPortAndPlainToATlsPort) {
  RedisSettings settings = tls_settings();
  settings.server.port = static_cast<std::uint16_t>(server.port());
  settings.connect_timeout = settings.ping_timeout = std::chrono::milliseconds{200};
  EXPECT_NE(failure_of(settings), "it works");

  settings.server.port = static_cast<std::uint16_t>(tls_port.number());
  settings.tls = {};
  EXPECT_NE(failure_of(settings), "it works");
}

TEST_F(RedisTlsTest, AFileThatCannotBeReadFailsTheClient) {
  RedisSettings settings = tls_settings();
  settings.tls.ca_file = folder.file("missing.pem");

  EXPECT_TRUE(make_client(context(), settings).has_error());
}

}  // namespace
}  // namespace pushgate::redis
