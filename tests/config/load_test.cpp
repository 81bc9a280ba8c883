// load_test.cpp - both files together: the shapes people have, the fallback, all errors in one run.

#include <gmock/gmock.h>

#include "pushgate/config/diagnostics.hpp"

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

using testing::HasSubstr;

constexpr std::string_view kGopushDaemon =
    R"({"agentPort":6003,"serverPortStart":4000,"serverWorkers":2,"agentWorkers":4,"redisAdapter":{"host":"127.0.0.1","port":6379}})";
constexpr std::string_view kGopushRouter =
    R"({"test":[{"ip":"127.0.0.1","ports":[4000]}],"default":[{"ip":"127.0.0.1","ports":[4000,4001]}]})";

TEST(Load, TheShapeOfAGopushDaemonFileLoadsUnchanged) {
  const Loaded<DaemonConfig> loaded = daemon(kGopushDaemon);

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  ASSERT_EQ(loaded.value->listeners.size(), 1u);
  EXPECT_EQ(loaded.value->listeners[0].address.to_string(), "0.0.0.0:6003");
  EXPECT_EQ(loaded.value->agent_workers, 4u);
  EXPECT_EQ(loaded.value->server_port_start, 4000);
  EXPECT_EQ(loaded.value->server_workers, 2u);
  ASSERT_TRUE(loaded.value->redis.has_value());
  EXPECT_EQ(loaded.value->redis->host, "127.0.0.1");
  EXPECT_EQ(loaded.value->redis->port, 6379);
}

TEST(Load, TheShapeOfAGopushRouterFileLoadsUnchanged) {
  const Loaded<RouterConfig> loaded = router(kGopushRouter);

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  ASSERT_EQ(loaded.value->products.size(), 2u);
  EXPECT_EQ(loaded.value->products[0].name, "test");
  const ProductConfig& product = loaded.value->products[1];
  EXPECT_EQ(product.name, "default");
  EXPECT_EQ(product.servers, 1u);
  ASSERT_EQ(product.backends.size(), 2u);
  EXPECT_EQ(product.backends[1].id, "127.0.0.1:4001");
  EXPECT_EQ(product.backends[1].endpoint.to_string(), "127.0.0.1:4001");
}

TEST(Load, AnEmptyObjectHasEveryDefault) {
  const Loaded<DaemonConfig> loaded = daemon("{}");

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  EXPECT_EQ(loaded.value->listeners.at(0).address.to_string(), "0.0.0.0:6003");
  ASSERT_TRUE(loaded.value->admin.has_value());
  EXPECT_EQ(loaded.value->admin->to_string(), "127.0.0.1:6004");
  EXPECT_EQ(loaded.value->router_file, "router.json");
  EXPECT_TRUE(loaded.value->router_file_is_default);
}

TEST(Load, BothFilesAreReadFromOneFolder) {
  const TempFolder folder;
  const std::string file = folder.write("pushgate.json", kGopushDaemon);
  folder.write("router.json", kGopushRouter);

  const Loaded<Config> loaded = load_all(file, World{}.options());

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  EXPECT_EQ(loaded.value->daemon.router_file, folder.file("router.json"));
  EXPECT_EQ(loaded.value->router.products.size(), 2u);
}

TEST(Load, TheKeyRouterIsRelativeToTheFolderOfTheConfiguration) {
  const TempFolder folder;
  const std::string file = folder.write("pushgate.json", R"({"router": "tables/live.json"})");
  folder.write("tables/live.json", kGopushRouter);

  const Loaded<Config> loaded = load_all(file, World{}.options());

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  EXPECT_EQ(loaded.value->daemon.router_file, folder.file("tables/live.json"));
}

TEST(Load, WithoutARouterFileTheLocalServersAreTheTable) {
  const TempFolder folder;
  const std::string file =
      folder.write("pushgate.json", R"({"serverPortStart": 4100, "serverWorkers": 3})");

  const Loaded<Config> loaded = load_all(file, World{}.options());

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  ASSERT_EQ(loaded.value->router.products.size(), 1u);
  const ProductConfig& product = loaded.value->router.products[0];
  EXPECT_EQ(product.name, "default");
  EXPECT_EQ(product.servers, 1u);
  ASSERT_EQ(product.backends.size(), 3u);
  EXPECT_EQ(product.backends[0].id, "127.0.0.1:4100");
  EXPECT_EQ(product.backends[2].endpoint.port(), 4102);
}

TEST(Load, WithoutARouterFileAndLocalServersThereIsNothingToRouteTo) {
  const TempFolder folder;
  const std::string file = folder.write("pushgate.json", "{}");

  const Loaded<Config> loaded = load_all(file, World{}.options());

  EXPECT_FALSE(loaded.ok());
  EXPECT_THAT(errors(loaded), HasSubstr("cannot read " + folder.file("router.json")));
}

TEST(Load, TheLocalServersListenWhereNodesDo) {
  const auto first_server = [](const std::string& address) {
    const TempFolder folder;
    const Loaded<Config> loaded =
        load_all(folder.write("pushgate.json",
                              R"({"serverWorkers": 1, "node": {"address": ")" + address + "\"}}"),
                 World{}.options());
    EXPECT_TRUE(loaded.ok()) << errors(loaded);
    return loaded.value->router.products.at(0).backends.at(0).id;
  };

  EXPECT_EQ(first_server("0.0.0.0"), "127.0.0.1:4000");
  EXPECT_EQ(first_server("::"), "[::1]:4000");
  EXPECT_EQ(first_server("10.0.0.7"), "10.0.0.7:4000");
}

TEST(Load, AnAgentCannotKnowPortsThatTheKernelChoosesForOthers) {
  const TempFolder folder;
  const std::string file =
      folder.write("pushgate.json", R"({"serverPortStart": 0, "serverWorkers": 3})");

  const Loaded<Config> loaded = load_all(file, World{}.options());

  EXPECT_THAT(errors(loaded), HasSubstr(":1:21: /serverPortStart: an agent cannot know the ports"));
}

LoadOptions options_of(Role role) {
  LoadOptions options = World{}.options();
  options.role = role;
  return options;
}

TEST(Load, ANodeNeedsNoTable) {
  const TempFolder folder;
  const std::string file = folder.write("pushgate.json", R"({"router": "gone.json"})");

  const Loaded<Config> loaded = load_all(file, options_of(Role::node));

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  EXPECT_TRUE(loaded.value->router.products.empty());
  EXPECT_FALSE(loaded.value->routes_to_own_nodes);
}

TEST(Load, UpRoutesToItsOwnNodesUnlessThereIsATable) {
  const TempFolder folder;
  const std::string file = folder.write("pushgate.json", R"({"serverPortStart": 0})");

  const Loaded<Config> without = load_all(file, options_of(Role::up));
  folder.write("router.json", kGopushRouter);
  const Loaded<Config> with = load_all(file, options_of(Role::up));

  ASSERT_TRUE(without.ok()) << errors(without);
  EXPECT_TRUE(without.value->routes_to_own_nodes);
  ASSERT_TRUE(with.ok()) << errors(with);
  EXPECT_FALSE(with.value->routes_to_own_nodes);
  EXPECT_EQ(with.value->router.products.size(), 2u);
}

TEST(Load, ATableThatUpNamesHasToBeThere) {
  const TempFolder folder;
  const std::string file = folder.write("pushgate.json", R"({"router": "gone.json"})");

  EXPECT_THAT(errors(load_all(file, options_of(Role::up))), HasSubstr("/router: cannot read "));
}

TEST(Load, NodesWithoutAPortAreNotInTheTable) {
  const std::vector<Endpoint> nodes{*Endpoint::parse("0.0.0.0:4000"), *Endpoint::parse("[::1]:0")};

  const RouterConfig router = local_router_config(nodes);

  ASSERT_EQ(router.products.size(), 1u);
  EXPECT_EQ(router.products[0].backends.size(), 1u);
  EXPECT_TRUE(local_router_config({}).products.empty());
}

TEST(Load, ThePresetNeedsNoFileAndListensForBrowsersOnThisHost) {
  const Loaded<Config> loaded = load_preset(World{}.options());

  ASSERT_TRUE(loaded.ok()) << errors(loaded);
  const DaemonConfig& daemon = loaded.value->daemon;
  EXPECT_TRUE(loaded.value->routes_to_own_nodes);
  EXPECT_EQ(daemon.listeners.at(0).address.port(), 6003);
  EXPECT_EQ(daemon.admin->to_string(), "127.0.0.1:6004");
  EXPECT_EQ(daemon.node.api.address->to_string(), "127.0.0.1:6005");
  EXPECT_EQ(daemon.server_port_start, 4000);
  EXPECT_EQ(daemon.node.address.to_string(), "127.0.0.1");
  EXPECT_EQ(daemon.identity.missing_uid, IdentityConfig::MissingUid::client_ip);
  EXPECT_TRUE(daemon.node.demo);
  EXPECT_TRUE(daemon.node.recovery.enabled);
  EXPECT_EQ(daemon.node.store.kind, StoreKind::memory);
}

TEST(Load, ThePortsOfThePresetCanBeMovedByTheEnvironment) {
  const World world{{{"PUSHGATE_PORT", "1"}, {"PUSHGATE_ADMIN_PORT", "x"}}, {}};

  const Loaded<Config> loaded = load_preset(world.options());

  EXPECT_THAT(errors(loaded), HasSubstr("up.json (built in):"));
  EXPECT_THAT(errors(loaded), HasSubstr("/admin: the port \"x\" is not between 0 and 65535"));
}

TEST(Load, ANamedRouterFileThatIsMissingIsAnErrorEvenWithLocalServers) {
  const TempFolder folder;
  const std::string file =
      folder.write("pushgate.json", "{\n  \"serverWorkers\": 2,\n  \"router\": \"gone.json\"\n}");

  const Loaded<Config> loaded = load_all(file, World{}.options());

  EXPECT_THAT(errors(loaded), HasSubstr("pushgate.json:3:13: /router: cannot read "));
}

TEST(Load, TheErrorsOfBothFilesAreReportedInOneRun) {
  const TempFolder folder;
  const std::string file =
      folder.write("pushgate.json", R"({"agentPort": 70000, "hash": "ketma"})");
  folder.write("router.json", R"({"default": []})");

  const Loaded<Config> loaded = load_all(file, World{}.options());

  EXPECT_EQ(report(loaded.diagnostics),
            file + ":1:15: /agentPort: 70000 is not between 0 and 65535\n" +  //
                file + ":1:30: /hash: unknown hash policy \"ketma\" (did you mean \"ketama\"?)\n" +
                folder.file("router.json") +
                ":1:13: /default: no backend: nobody could be served\n" + "3 errors\n");
}

TEST(Load, AMissingConfigurationFileIsNamed) {
  const TempFolder folder;

  const Loaded<Config> loaded = load_all(folder.file("pushgate.json"), World{}.options());

  EXPECT_EQ(errors(loaded),
            folder.file("pushgate.json") + ": cannot read it: No such file or directory\n");
}

TEST(Load, AFolderInPlaceOfAFileIsAnError) {
  const TempFolder folder;

  const Loaded<Config> loaded = load_all(folder.path().string(), World{}.options());

  EXPECT_THAT(errors(loaded), HasSubstr("Is a directory"));
}

TEST(Load, ASyntaxErrorIsTheOnlyErrorOfItsFile) {
  const TempFolder folder;
  const std::string file = folder.write("pushgate.json", "{\n  \"hash\": \"ketma\",\n}");

  const Loaded<Config> loaded = load_all(file, World{}.options());

  EXPECT_EQ(errors(loaded), file + ":2:18: no comma may stand before \"}\" (remove it)\n");
}

}  // namespace
}  // namespace pushgate::config::test
