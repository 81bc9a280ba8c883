// status_page_test.cpp - the agent's JSON page and the metrics of its nodes.

#include "agent/status_page.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pushgate/config/load.hpp"

namespace pushgate::agent {
namespace {

constexpr auto kHour = std::chrono::hours{1};

class StatusPage : public testing::Test {
 protected:
  static config::Config config() {
    config::Config config;
    config.router = config::load_router_text(
                        R"({"default":{"hash":"ketama","backends":[
                             {"id":"n1","address":"127.0.0.1:4000","weight":3},
                             {"id":"n2","address":"127.0.0.1:4001"}]},
                            "shop":[{"ip":"127.0.0.1","ports":[4000]}]})",
                        "router.json", config.daemon)
                        .value.value();
    return config;
  }

  nlohmann::json page() const {
    return nlohmann::json::parse(
        render_status({"ready", snapshot, metrics, listening, 1000, metrics.size()}));
  }

  /// The node on this port fails to connect.
  void break_node(std::size_t index) {
    snapshot.routes.default_pool()->members()[index].health->report_failure(Clock::now(), kHour,
                                                                            kHour);
  }

  HealthBoard board;
  PolicyCache policies;
  RequestCountBoard counts{2};
  AgentSnapshot snapshot{config(), nullptr, Pool::Shared{board, policies, &counts}, 7};
  runtime::PerThread<AgentMetrics> metrics{2};
  std::vector<Endpoint> listening{Endpoint::parse("127.0.0.1:6003").value()};
};

TEST_F(StatusPage, TellsStateEpochAndWhereItListens) {
  const nlohmann::json status = page();

  EXPECT_EQ(status["state"], "ready");
  EXPECT_EQ(status["epoch"], 7);
  EXPECT_EQ(status["listening"], nlohmann::json::array({"127.0.0.1:6003"}));
  EXPECT_EQ(status["maxConnections"], 1000);
}

TEST_F(StatusPage, SumsUpOverTheThreadsAndShowsEach) {
  metrics.at(0).open_connections.add(2);
  metrics.at(1).open_connections.add(3);
  metrics.at(1).open_tunnels.add(4);
  metrics.at(0).requests.add(10);
  const nlohmann::json status = page();

  EXPECT_EQ(status["connections"], 5);
  EXPECT_EQ(status["tunnels"], 4);
  EXPECT_EQ(status["requestsTotal"], 10);
  EXPECT_EQ(status["threads"][0]["connections"], 2);
  EXPECT_EQ(status["threads"][1]["tunnels"], 4);
}

TEST_F(StatusPage, DescribesEveryNodeOfEveryProduct) {
  const nlohmann::json products = page()["products"];

  ASSERT_EQ(products.size(), 2u);
  EXPECT_EQ(products[0]["product"], "default");
  EXPECT_EQ(products[0]["hash"], "ketama");
  EXPECT_EQ(products[0]["nodes"][0]["id"], "n1");
  EXPECT_EQ(products[0]["nodes"][0]["weight"], 3);
  EXPECT_EQ(products[0]["nodes"][1]["address"], "127.0.0.1:4001");
  EXPECT_EQ(products[0]["nodes"][1]["up"], true);
  EXPECT_EQ(products[1]["product"], "shop");
}

TEST_F(StatusPage, ShowsANodeThatIsLeftAloneInEveryProductThatHasIt) {
  break_node(0);
  const nlohmann::json products = page()["products"];

  EXPECT_EQ(products[0]["nodes"][0]["up"], false);
  EXPECT_EQ(products[0]["nodes"][0]["consecutiveFailures"], 1);
  EXPECT_EQ(products[0]["nodes"][1]["up"], true);
  EXPECT_EQ(products[1]["nodes"][0]["up"], false);
}

TEST_F(StatusPage, CountsTheRequestsOfEveryNodeByChoice) {
  counts.of("default", "n2")->add(0, 0);
  counts.of("default", "n2")->add(1, 0);
  counts.of("default", "n2")->add(1, 1);
  counts.of("default", "n2")->add(1, 2);
  const nlohmann::json nodes = page()["products"][0]["nodes"];

  EXPECT_EQ(nodes[0]["requestsTotal"], 0);
  EXPECT_EQ(nodes[1]["requestsTotal"], 4);
  EXPECT_EQ(nodes[1]["requestsByChoice"], (nlohmann::json{{"1", 2}, {"2", 1}, {"3+", 1}}));
}

TEST_F(StatusPage, ExportsTheRequestsOfEveryNodeByProductNodeAndChoice) {
  counts.of("default", "n2")->add(1, 1);
  std::vector<runtime::MetricFamily> families;
  collect_node_metrics(snapshot, families);
  const auto requests = std::ranges::find(families, "pushgate_agent_node_requests_total",
                                          &runtime::MetricFamily::name);

  ASSERT_NE(requests, families.end());
  EXPECT_EQ(requests->type, runtime::MetricType::counter);
  ASSERT_EQ(requests->samples.size(), 9u) << "three for each node, zeros included";
  EXPECT_EQ(requests->samples[4].value, 1.0);
  EXPECT_EQ(
      requests->samples[4].labels,
      (std::vector<runtime::MetricLabel>{{"product", "default"}, {"node", "n2"}, {"choice", "2"}}));
}

TEST_F(StatusPage, ExportsNodesAsMetricsByProductAndNode) {
  break_node(1);
  std::vector<runtime::MetricFamily> families;
  collect_node_metrics(snapshot, families);
  const auto up =
      std::ranges::find(families, "pushgate_agent_node_up", &runtime::MetricFamily::name);

  ASSERT_NE(up, families.end());
  ASSERT_EQ(up->samples.size(), 3u);
  EXPECT_EQ(up->samples[0].value, 1.0);
  EXPECT_EQ(up->samples[1].value, 0.0);
  EXPECT_EQ(up->samples[1].labels,
            (std::vector<runtime::MetricLabel>{{"product", "default"}, {"node", "n2"}}));
}

}  // namespace
}  // namespace pushgate::agent
