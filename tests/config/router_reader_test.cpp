// router_reader_test.cpp - the table in gopush's short form and in the full form.

#include <gmock/gmock.h>

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

std::string error_of(std::string_view text, const World& world = {}) {
  return errors(router(text, world));
}

/// The product "p" of a valid table.
ProductConfig product(std::string_view text, const World& world = {}) {
  Loaded<RouterConfig> loaded = router("{\"p\": " + std::string{text} + '}', world);
  EXPECT_TRUE(loaded.ok()) << errors(loaded);
  return loaded.ok() ? loaded.value->products.at(0) : ProductConfig{};
}

TEST(RouterReader, AProductInFullFormIsRead) {
  const ProductConfig read = product(R"({
    "backends": [{"id": "node-1", "address": "10.0.0.7:4000", "weight": 3}, {"address": "unix:/run/n.sock"}],
    "hash": "ketama", "timeouts": {"connect": "2s", "firstByte": "30s", "tunnelIdle": "2h"}, "retries": 1})");

  ASSERT_EQ(read.backends.size(), 2u);
  EXPECT_EQ(read.backends[0].id, "node-1");
  EXPECT_EQ(read.backends[0].endpoint.to_string(), "10.0.0.7:4000");
  EXPECT_EQ(read.backends[0].weight, 3u);
  EXPECT_EQ(read.backends[1].id, "unix:/run/n.sock");
  EXPECT_EQ(read.backends[1].weight, 1u);
  EXPECT_EQ(read.hash, HashKind::ketama);
  EXPECT_EQ(read.connect_timeout, milliseconds{2'000});
  EXPECT_EQ(read.first_byte_timeout, milliseconds{30'000});
  EXPECT_EQ(read.tunnel_idle_timeout, milliseconds{7'200'000});
  EXPECT_EQ(read.retries, 1u);
}

TEST(RouterReader, WhatAProductDoesNotSayIsLeftToTheDaemon) {
  const ProductConfig read = product(R"({"backends": [{"address": "10.0.0.7:4000"}]})");

  EXPECT_FALSE(read.hash.has_value());
  EXPECT_FALSE(read.connect_timeout.has_value());
  EXPECT_EQ(read.retries, 2u);
}

TEST(RouterReader, EachHostOfTheShortFormIsAServerWithItsPorts) {
  const ProductConfig read =
      product(R"([{"ip": "10.0.0.1", "ports": [1, 2], "weight": 5}, {"ip": "::1", "ports": [3]}])");

  ASSERT_EQ(read.backends.size(), 3u);
  EXPECT_EQ(read.servers, 2u);
  EXPECT_EQ(read.backends[1].id, "10.0.0.1:2");
  EXPECT_EQ(read.backends[1].server, 0u);
  EXPECT_EQ(read.backends[1].weight, 5u);
  EXPECT_EQ(read.backends[2].id, "[::1]:3");
  EXPECT_EQ(read.backends[2].server, 1u);
  EXPECT_EQ(read.backends[2].weight, 1u);
}

TEST(RouterReader, TheShortFormMayCarryOptions) {
  const ProductConfig read =
      product(R"({"servers": [{"ip": "10.0.0.1", "ports": [1]}], "hash": "modulo"})");

  EXPECT_EQ(read.hash, HashKind::modulo);
  EXPECT_EQ(read.servers, 1u);
}

TEST(RouterReader, BackendsAreServersOfTheirOwnUnlessTheySayOtherwise) {
  const ProductConfig own =
      product(R"({"backends": [{"address": "10.0.0.1:1"}, {"address": "10.0.0.1:2"}]})");
  const ProductConfig shared = product(
      R"({"backends": [{"address": "10.0.0.1:1", "server": 0}, {"address": "10.0.0.1:2", "server": 0}]})");

  EXPECT_EQ(own.servers, 2u);
  EXPECT_EQ(own.backends[1].server, 1u);
  EXPECT_EQ(shared.servers, 1u);
  EXPECT_EQ(shared.backends[1].server, 0u);
}

TEST(RouterReader, ServersAreNumberedWithoutAHole) {
  EXPECT_THAT(error_of(R"({"p": {"backends": [{"address": "10.0.0.1:1", "server": 1}]}})"),
              HasSubstr("/p/backends: no backend has \"server\": 0"));
}

TEST(RouterReader, HostNamesAreResolvedAndKeptAsWritten) {
  const World world{{}, {{"node-a", "192.0.2.9"}}};

  const ProductConfig read = product(R"({"servers": [{"ip": "node-a", "ports": [4000]}]})", world);

  EXPECT_EQ(read.backends.at(0).id, "node-a:4000");
  EXPECT_EQ(read.backends.at(0).address, "node-a:4000");
  EXPECT_EQ(read.backends.at(0).endpoint.to_string(), "192.0.2.9:4000");
}

TEST(RouterReader, EachNameIsLookedUpOnce) {
  int lookups = 0;
  LoadOptions options;
  options.resolver = [&lookups](const std::string&) -> Result<IpAddress> {
    ++lookups;
    return IpAddress{};
  };

  const Loaded<RouterConfig> loaded = load_router_text(
      R"({"a": [{"ip": "node-a", "ports": [1, 2]}], "b": {"backends": [{"address": "node-a:3"}]}})",
      "router.json", DaemonConfig{}, options);

  EXPECT_TRUE(loaded.ok()) << errors(loaded);
  EXPECT_EQ(lookups, 1);
}

TEST(RouterReader, ProductsKeepTheOrderOfTheFile) {
  const Loaded<RouterConfig> loaded = router(
      R"({"z": [{"ip": "10.0.0.1", "ports": [1]}], "a": [{"ip": "10.0.0.1", "ports": [1]}]})");

  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.value->products[0].name, "z");
  EXPECT_EQ(loaded.value->products[1].name, "a");
}

TEST(RouterReader, NamesThatOtherLanguagesReserveAreJustNames) {
  const Loaded<RouterConfig> loaded = router(
      R"({"__proto__": [{"ip": "10.0.0.1", "ports": [1]}], "constructor": [{"ip": "10.0.0.1", "ports": [1]}]})");

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  EXPECT_EQ(loaded.value->products[0].name, "__proto__");
}

TEST(RouterReader, ProductNamesAreChecked) {
  EXPECT_THAT(error_of(R"({"": [{"ip": "10.0.0.1", "ports": [1]}]})"),
              HasSubstr("router.json:1:2: /: \"\" is no product name"));
  EXPECT_THAT(error_of(R"({"a b": [{"ip": "10.0.0.1", "ports": [1]}]})"),
              HasSubstr("/a b: \"a b\" is no product name"));
}

TEST(RouterReader, OneIdTwiceInAProductIsAnError) {
  EXPECT_EQ(
      error_of(R"({"p": [{"ip": "10.0.0.1", "ports": [1, 1]}]})"),
      "router.json:1:40: /p/0/ports/1: a second backend with the id \"10.0.0.1:1\" (the first "
      "is /p/0/ports/0)\n");
}

TEST(RouterReader, OneIdInTwoProductsIsFine) {
  EXPECT_EQ(
      error_of(
          R"({"a": [{"ip": "10.0.0.1", "ports": [1]}], "b": [{"ip": "10.0.0.1", "ports": [1]}]})"),
      "");
}

TEST(RouterReader, SomebodyMustHaveAWeight) {
  EXPECT_THAT(error_of(R"({"p": {"backends": [{"address": "10.0.0.1:1", "weight": 0}]}})"),
              HasSubstr("/p/backends: every weight is 0"));
  EXPECT_THAT(error_of(R"({"p": {"backends": [{"address": "10.0.0.1:1", "weight": 1001}]}})"),
              HasSubstr("1001 is not between 0 and 1000"));
}

TEST(RouterReader, EmptyTablesServeNobody) {
  EXPECT_THAT(error_of("{}"), HasSubstr("the table names no product"));
  EXPECT_THAT(error_of(R"({"p": []})"), HasSubstr("/p: no backend"));
  EXPECT_THAT(error_of(R"({"p": {}})"), HasSubstr("/p: neither backends nor servers"));
  EXPECT_THAT(error_of(R"({"p": {"backends": []}})"), HasSubstr("/p/backends: no backend"));
  EXPECT_THAT(error_of(R"({"p": [{"ip": "10.0.0.1", "ports": []}]})"),
              HasSubstr("/p/0/ports: the list of ports is empty"));
}

TEST(RouterReader, IncompleteEntriesSayWhatIsMissing) {
  EXPECT_THAT(error_of(R"({"p": [{"ports": [1]}]})"), HasSubstr("/p/0: the key \"ip\" is missing"));
  EXPECT_THAT(error_of(R"({"p": [{"ip": "10.0.0.1"}]})"),
              HasSubstr("/p/0: the key \"ports\" is missing"));
  EXPECT_THAT(error_of(R"({"p": {"backends": [{"id": "x"}]}})"),
              HasSubstr("/p/backends/0: the key \"address\" is missing"));
}

TEST(RouterReader, BothFormsAtOnceAreAnError) {
  EXPECT_THAT(error_of(R"({"p": {"backends": [{"address": "10.0.0.1:1"}],
                                  "servers": [{"ip": "10.0.0.1", "ports": [1]}]}})"),
              HasSubstr("/p/servers: backends and servers exclude each other"));
}

TEST(RouterReader, ANodeHasAPort) {
  EXPECT_THAT(error_of(R"({"p": [{"ip": "10.0.0.1", "ports": [0]}]})"),
              HasSubstr("0 is not between 1 and 65535"));
  EXPECT_THAT(error_of(R"({"p": {"backends": [{"address": "10.0.0.1:0"}]}})"),
              HasSubstr("the port \"0\" is not between 1 and 65535"));
}

TEST(RouterReader, ANodeMayNotBeTheAgentItself) {
  EXPECT_THAT(error_of(R"({"p": [{"ip": "127.0.0.1", "ports": [6003]}]})"),
              HasSubstr("the backend 127.0.0.1:6003 is the agent itself"));
  EXPECT_EQ(error_of(R"({"p": [{"ip": "10.0.0.1", "ports": [6003]}]})"), "");
}

TEST(RouterReader, MistypedKeysAreFoundAtEveryDepth) {
  EXPECT_EQ(
      error_of(R"({"p": {"backend": [], "servers": [{"ip": "10.0.0.1", "port": [1]}]}})"),
      "router.json:1:8: /p/backend: unknown key \"backend\" (did you mean \"backends\"?)\n"
      "router.json:1:35: /p/servers/0: the key \"ports\" is missing\n"
      "router.json:1:54: /p/servers/0/port: unknown key \"port\" (did you mean \"ports\"?)\n");
}

TEST(RouterReader, IdsAreVisibleText) {
  EXPECT_THAT(error_of(R"({"p": {"backends": [{"id": "", "address": "10.0.0.1:1"}]}})"),
              HasSubstr("\"\" is no id"));
  EXPECT_THAT(error_of(R"({"p": {"backends": [{"id": "a\nb", "address": "10.0.0.1:1"}]}})"),
              HasSubstr("is no id"));
}

TEST(RouterReader, AWrongTableIsNoTable) {
  EXPECT_EQ(error_of("[]"), "router.json:1:1: expected an object, found a list\n");
  EXPECT_THAT(error_of(R"({"p": "10.0.0.1:1"})"), HasSubstr("/p: expected an object, found"));
}

}  // namespace
}  // namespace pushgate::config::test
