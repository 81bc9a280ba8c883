// daemon_reader_test.cpp - each key of pushgate.json: what it accepts, and what it says otherwise.

#include <gmock/gmock.h>

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(std::string_view text, const World& world = {}) {
  return errors(daemon(text, world));
}

/// The configuration, which must be valid.
DaemonConfig read(std::string_view text, const World& world = {}) {
  Loaded<DaemonConfig> loaded = daemon(text, world);
  EXPECT_TRUE(loaded.ok()) << errors(loaded);
  return loaded.value.value_or(DaemonConfig{});
}

TEST(DaemonReader, AllErrorsAreReportedInTheOrderOfTheText) {
  const std::string_view text = R"({
  "hash": "ketma",
  "drainTimeout": "5",
  "agentWorker": 2,
  "timeouts": {"connect": 5}
})";

  EXPECT_EQ(error_of(text),
            "pushgate.json:2:11: /hash: unknown hash policy \"ketma\" (did you mean \"ketama\"?)\n"
            "pushgate.json:3:19: /drainTimeout: \"5\" has no unit (write \"5s\")\n"
            "pushgate.json:4:3: /agentWorker: unknown key \"agentWorker\" (did you mean "
            "\"agentWorkers\"?)\n"
            "pushgate.json:5:27: /timeouts/connect: 5 has no unit (write \"5s\")\n");
}

TEST(DaemonReader, AnUnknownKeyFarFromAllOthersListsThem) {
  EXPECT_EQ(error_of(R"({"health": {"interval": "5s"}})"),
            "pushgate.json:1:13: /health/interval: unknown key \"interval\" (declared: backoff, "
            "maxBackoff)\n");
}

TEST(DaemonReader, AWrongTypeSaysWhatWasFound) {
  EXPECT_EQ(error_of(R"({"timeouts": []})"),
            "pushgate.json:1:14: /timeouts: expected an object, found a list\n");
  EXPECT_EQ(error_of(R"({"http": {"forwarded": "true"}})"),
            "pushgate.json:1:24: /http/forwarded: expected true or false, found \"true\" (without "
            "quotes)\n");
  EXPECT_EQ(error_of(R"({"agentPort": "6003"})"),
            "pushgate.json:1:15: /agentPort: expected a whole number, found \"6003\" (without "
            "quotes)\n");
  EXPECT_EQ(error_of(R"({"agentPort": 1.5})"),
            "pushgate.json:1:15: /agentPort: expected a whole number, found 1.5\n");
  EXPECT_EQ(error_of(R"({"log": {"file": null}})"),
            "pushgate.json:1:18: /log/file: expected a string, found null\n");
  EXPECT_EQ(error_of("[]"), "pushgate.json:1:1: expected an object, found a list\n");
}

TEST(DaemonReader, ASecretOfTheWrongTypeIsNotShown) {
  const std::string error = error_of(R"({"redisAdapter": {"password": 918273}})");

  EXPECT_THAT(error, HasSubstr("/redisAdapter/password: expected a string"));
  EXPECT_THAT(error, testing::Not(HasSubstr("918273")));
}

TEST(DaemonReader, NegativeNumbersAreOutOfRange) {
  EXPECT_EQ(error_of(R"({"agentWorkers": -1})"),
            "pushgate.json:1:18: /agentWorkers: -1 is not between 0 and 1024\n");
}

// ---- variables

TEST(DaemonReader, AVariableMayStandForANumberOrABoolean) {
  const World world{{{"PORT", "7001"}, {"FORWARDED", "true"}}, {}};

  const DaemonConfig config = read(
      R"({"agentPort": "${PORT}", "agentWorkers": "${N:-3}", "http": {"forwarded": "${FORWARDED}"}})",
      world);

  EXPECT_EQ(config.listeners.at(0).address.port(), 7001);
  EXPECT_EQ(config.agent_workers, 3u);
  EXPECT_TRUE(config.http.forwarded);
}

TEST(DaemonReader, AVariableThatHoldsNoNumberIsReportedWhereItStands) {
  const World world{{{"PORT", "http"}}, {}};

  EXPECT_EQ(error_of(R"({"agentPort": "${PORT}"})", world),
            "pushgate.json:1:15: /agentPort: expected a whole number, found \"http\"\n");
}

TEST(DaemonReader, AnUnsetVariableIsReportedOnceWithItsPlace) {
  EXPECT_EQ(error_of("{\n  \"admin\": \"${ADMIN}\"\n}"),
            "pushgate.json:2:12: /admin: the environment variable ADMIN is not set (write $$ for a "
            "plain $, ${NAME:-default} for a default)\n");
}

TEST(DaemonReader, AVariableIsExpandedInsideAList) {
  const World world{{{"NET", "10.0.0.0/8"}}, {}};

  EXPECT_THAT(read(R"({"trustedProxies": ["${NET}"]})", world).trusted_proxies_text,
              ElementsAre("10.0.0.0/8"));
}

// ---- listeners and addresses

TEST(DaemonReader, AgentPortAndListenersAddUp) {
  const DaemonConfig config = read(
      R"({"agentPort": 1, "listeners": [{"address": "[::1]:2", "proxyProtocol": "required"}]})");

  ASSERT_EQ(config.listeners.size(), 2u);
  EXPECT_EQ(config.listeners[0].address.to_string(), "0.0.0.0:1");
  EXPECT_EQ(config.listeners[1].address.to_string(), "[::1]:2");
  EXPECT_EQ(config.listeners[1].proxy_protocol, ProxyProtocolMode::required);
}

TEST(DaemonReader, ListenersAloneReplaceTheDefaultPort) {
  const DaemonConfig config = read(R"({"listeners": [{"address": "127.0.0.1:0"}]})");

  ASSERT_EQ(config.listeners.size(), 1u);
  EXPECT_EQ(config.listeners[0].address.to_string(), "127.0.0.1:0");
}

TEST(DaemonReader, OnePortTwiceIsAnError) {
  EXPECT_THAT(error_of(R"({"agentPort": 6003, "listeners": [{"address": "127.0.0.1:6003"}]})"),
              HasSubstr("/agentPort: a listener has port 6003 too"));
  EXPECT_THAT(
      error_of(R"({"listeners": [{"address": "127.0.0.1:1"}, {"address": "127.0.0.1:1"}]})"),
      HasSubstr("/listeners/1: a second listener on 127.0.0.1:1"));
}

TEST(DaemonReader, PortZeroMayBeListenedOnTwice) {
  EXPECT_EQ(error_of(R"({"listeners": [{"address": "127.0.0.1:0"}, {"address": "127.0.0.1:0"}]})"),
            "");
}

TEST(DaemonReader, AListenerNeedsAnAddress) {
  EXPECT_THAT(error_of(R"({"listeners": [{}]})"),
              HasSubstr("/listeners/0: the key \"address\" is missing"));
  EXPECT_THAT(error_of(R"({"listeners": []})"), HasSubstr("/listeners: no listener"));
}

TEST(DaemonReader, AnAddressThatCannotBeUsedSaysWhy) {
  const auto address = [](const std::string& text) {
    return error_of("{\"listeners\": [{\"address\": \"" + text + "\"}]}");
  };

  EXPECT_THAT(address("127.0.0.1"), HasSubstr("has no port (write \"127.0.0.1:4000\")"));
  EXPECT_THAT(address("::1"), HasSubstr("has no port (write \"[::1]:4000\")"));
  EXPECT_THAT(address("1::2:x"), HasSubstr("stands in brackets"));
  EXPECT_THAT(address("[localhost]:1"), HasSubstr("is not an address with a port"));
  EXPECT_THAT(address("127.0.0.1:65536"),
              HasSubstr("the port \"65536\" is not between 0 and 65535"));
  EXPECT_THAT(address("127.0.0.1:"), HasSubstr("the port \"\" is not between"));
  EXPECT_THAT(address("127.0.0.1:+1"), HasSubstr("the port \"+1\" is not between"));
  EXPECT_THAT(address("999.0.0.1:1"), HasSubstr("neither an IP address nor a host name"));
  EXPECT_THAT(address("10.1:1"), HasSubstr("neither an IP address nor a host name"));
  EXPECT_THAT(address(":1"), HasSubstr("neither an IP address nor a host name"));
  EXPECT_THAT(address("no such:1"), HasSubstr("neither an IP address nor a host name"));
  EXPECT_THAT(address("nowhere:1"), HasSubstr("the host name \"nowhere\" cannot be resolved: "));
  EXPECT_THAT(address("unix:/x"), HasSubstr("a unix socket cannot stand here"));
}

TEST(DaemonReader, TheAdminListenerMayBeAUnixSocketOrOff) {
  EXPECT_EQ(read(R"({"admin": "unix:/run/pushgate.sock"})").admin->path(), "/run/pushgate.sock");
  EXPECT_EQ(read(R"({"admin": "localhost:0"})").admin->to_string(), "127.0.0.1:0");
  EXPECT_FALSE(read(R"({"admin": "off"})").admin.has_value());
  EXPECT_THAT(error_of(R"({"admin": "unix:"})"), HasSubstr("1 to 107 bytes"));
}

TEST(DaemonReader, TheAdminListenerNeedsAPortOfItsOwn) {
  EXPECT_THAT(error_of(R"({"agentPort": 6004})"),
              HasSubstr("/admin: the listener 0.0.0.0:6004 has this port too"));
  EXPECT_EQ(error_of(R"({"listeners": [{"address": "10.0.0.1:6004"}]})"), "");
}

TEST(DaemonReader, ProxyHeadersOfTrustedProxiesNeedTrustedProxies) {
  EXPECT_THAT(
      error_of(R"({"listeners": [{"address": "0.0.0.0:1", "proxyProtocol": "trusted"}]})"),
      HasSubstr("/listeners: the listener 0.0.0.0:1 reads PROXY headers of trusted proxies, "
                "but trustedProxies is empty"));
}

TEST(DaemonReader, TrustedProxiesAreNetworks) {
  const DaemonConfig config =
      read(R"({"trustedProxies": ["10.0.0.0/8", "192.0.2.1", "fd00::/8"]})");

  EXPECT_TRUE(config.trusted_proxies.contains(*IpAddress::parse("10.9.9.9")));
  EXPECT_TRUE(config.trusted_proxies.contains(*IpAddress::parse("192.0.2.1")));
  EXPECT_TRUE(config.trusted_proxies.contains(*IpAddress::parse("fd12::1")));
  EXPECT_FALSE(config.trusted_proxies.contains(*IpAddress::parse("192.0.2.2")));
}

TEST(DaemonReader, ANetworkThatCannotBeUsedSaysWhy) {
  const auto network = [](const std::string& text) {
    return error_of("{\"trustedProxies\": [\"" + text + "\"]}");
  };

  EXPECT_THAT(network("10.0.0.1/8"),
              HasSubstr("/trustedProxies/0: \"10.0.0.1/8\" has bits set beyond the prefix (write "
                        "\"10.0.0.0/8\")"));
  EXPECT_THAT(network("fd00::1/64"), HasSubstr("(write \"fd00::/64\")"));
  EXPECT_THAT(network("10.0.0.0/33"), HasSubstr("is not between 0 and 32"));
  EXPECT_THAT(network("fd00::/129"), HasSubstr("is not between 0 and 128"));
  EXPECT_THAT(network("10.0.0.0/"), HasSubstr("is not between 0 and 32"));
  EXPECT_THAT(network("office"), HasSubstr("is not a network"));
}

// ---- the rest

TEST(DaemonReader, EveryTimeoutIsRead) {
  const TimeoutConfig timeouts = read(R"({"timeouts": {"requestHead": "1ms", "requestBody": "2s",
    "connect": "3m", "firstByte": "4h", "responseBody": "5d", "keepAlive": "6s", "upstreamIdle": "7s",
    "tunnelIdle": "8s"}})")
                                     .timeouts;

  EXPECT_EQ(timeouts.request_head, milliseconds{1});
  EXPECT_EQ(timeouts.request_body, milliseconds{2'000});
  EXPECT_EQ(timeouts.connect, milliseconds{180'000});
  EXPECT_EQ(timeouts.first_byte, milliseconds{14'400'000});
  EXPECT_EQ(timeouts.response_body, milliseconds{432'000'000});
  EXPECT_EQ(timeouts.keep_alive, milliseconds{6'000});
  EXPECT_EQ(timeouts.upstream_idle, milliseconds{7'000});
  EXPECT_EQ(timeouts.tunnel_idle, milliseconds{8'000});
}

TEST(DaemonReader, ATimeoutIsNeverZeroButADrainMayBe) {
  EXPECT_THAT(error_of(R"({"timeouts": {"connect": "0"}})"),
              HasSubstr("\"0\" is not between 1ms and 365d"));
  EXPECT_EQ(read(R"({"drainTimeout": "0s", "drainLead": 0})").drain_timeout, milliseconds{0});
}

TEST(DaemonReader, WhatIsNoDurationSaysHowToWriteOne) {
  EXPECT_THAT(error_of(R"({"drainLead": "5 sec"})"),
              HasSubstr("\"5 sec\" is not a duration (a whole number and ms, s, m, h or d"));
  EXPECT_THAT(error_of(R"({"drainLead": true})"), HasSubstr("expected a duration, found true"));
  EXPECT_THAT(error_of(R"({"drainLead": "366d"})"), HasSubstr("is not between 0ms and 365d"));
}

TEST(DaemonReader, LimitsHaveUnitsAndBounds) {
  const LimitConfig limits = read(R"({"limits": {"headBytes": "64KiB", "headFields": 50,
    "maxConnections": 1000, "maxConnectionsPerIp": 10, "upstreamIdlePerEndpoint": 0}})")
                                 .limits;

  EXPECT_EQ(limits.head_bytes, 65536u);
  EXPECT_EQ(limits.head_fields, 50u);
  EXPECT_EQ(limits.max_connections, 1000u);
  EXPECT_EQ(limits.max_connections_per_ip, 10u);
  EXPECT_EQ(limits.upstream_idle_per_endpoint, 0u);
  EXPECT_THAT(error_of(R"({"limits": {"headBytes": 16384}})"),
              HasSubstr("16384 has no unit (write \"16384B\")"));
  EXPECT_THAT(error_of(R"({"limits": {"headBytes": "1000B"}})"),
              HasSubstr("\"1000B\" is not between 1KiB and 1MiB"));
  EXPECT_THAT(error_of(R"({"limits": {"headFields": 0}})"),
              HasSubstr("0 is not between 1 and 1000"));
}

TEST(DaemonReader, HttpRulesAreRead) {
  const HttpConfig http = read(R"({"http": {"trailers": "pass", "forwarded": true,
    "allowBareLf": true, "upgradeProtocols": ["websocket", "mqtt/5"]}})")
                              .http;

  EXPECT_TRUE(http.pass_trailers);
  EXPECT_TRUE(http.forwarded);
  EXPECT_TRUE(http.allow_bare_lf);
  EXPECT_THAT(http.upgrade_protocols, ElementsAre("websocket", "mqtt/5"));
}

TEST(DaemonReader, NoOtherVersionOfHttpIsTunnelled) {
  for (const std::string name : {"h2c", "HTTP/2.0", "TLS/1.0"}) {
    EXPECT_THAT(error_of("{\"http\": {\"upgradeProtocols\": [\"" + name + "\"]}}"),
                HasSubstr("would carry requests past the agent's checks"))
        << name;
  }
  EXPECT_THAT(error_of(R"({"http": {"upgradeProtocols": ["a b"]}})"),
              HasSubstr("is not the name of a protocol"));
}

TEST(DaemonReader, HealthBackoffMayNotExceedItsMaximum) {
  EXPECT_EQ(read(R"({"health": {"backoff": "2s", "maxBackoff": "2s"}})").health.backoff,
            milliseconds{2'000});
  EXPECT_THAT(error_of(R"({"health": {"backoff": "1m"}})"),
              HasSubstr("/health: maxBackoff is shorter than backoff"));
}

TEST(DaemonReader, LogsAreRead) {
  const DaemonConfig config = read(R"({"log": {"level": "debug", "format": "json", "file": "/l"},
    "accessLog": {"enabled": false, "format": "json", "file": "/a"}})");

  EXPECT_EQ(config.log.level, "debug");
  EXPECT_EQ(config.log.format, LogFormat::json);
  EXPECT_EQ(config.log.file, "/l");
  EXPECT_FALSE(config.access_log.enabled);
  EXPECT_EQ(config.access_log.format, LogFormat::json);
  EXPECT_EQ(config.access_log.file, "/a");
  EXPECT_THAT(error_of(R"({"log": {"level": "warning"}})"),
              HasSubstr("unknown log level \"warning\" (one of: trace, debug, info, warn, error)"));
}

TEST(DaemonReader, LocalServersMustFitIntoThePorts) {
  EXPECT_THAT(error_of(R"({"serverPortStart": 65535, "serverWorkers": 2})"),
              HasSubstr("/serverWorkers: the servers' ports would go beyond 65535"));
  EXPECT_EQ(error_of(R"({"serverPortStart": 65535, "serverWorkers": 1})"), "");
}

TEST(DaemonReader, AStringMayNotContainANullCharacter) {
  EXPECT_THAT(error_of(R"({"log": {"file": "a\u0000b"}})"), HasSubstr("may not contain U+0000"));
}

TEST(DaemonReader, TheSchemaOfAnEditorIsAllowed) {
  EXPECT_EQ(error_of(R"({"$schema": "schema/pushgate.schema.json"})"), "");
}

}  // namespace
}  // namespace pushgate::config::test
