// nodes_test.cpp - several nodes on one host: their names, and their ports.

#include "pushgate/node/nodes.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pushgate/config/load.hpp"

#include "node/node_place.hpp"
#include "support/http_message.hpp"
#include "support/nodes_under_test.hpp"

namespace pushgate::test {
namespace {

std::set<std::string> names_of(const NodesUnderTest& nodes) {
  std::set<std::string> names;
  for (const node::NodeStatus& status : nodes.nodes().status()) names.insert(status.name);
  return names;
}

TEST(NodeNames, AreDifferentInAllProcessesOfAHostIfTheKernelChoosesThePorts) {
  const NodesUnderTest first({.count = 2});
  const NodesUnderTest second({.count = 2});

  std::set<std::string> names = names_of(first);
  names.merge(names_of(second));

  EXPECT_EQ(names.size(), 4u);
  EXPECT_TRUE(names.contains("test:" + std::to_string(second.endpoint(1).port())));
}

std::string prefix(std::string_view node) {
  std::string text = R"({"admin":"off","node":)";
  const auto loaded = config::load_daemon_text(text.append(node).append("}"), "pushgate.json");
  return node::node_name_prefix(loaded.value->node);
}

TEST(NodeNames, HaveTheAddressIfThePortAloneWouldNotTellThemApart) {
  const std::string host = prefix("{}");
  EXPECT_EQ(host.find('@'), host.npos);
  EXPECT_EQ(prefix(R"({"address":"127.0.0.1"})"), host);
  EXPECT_EQ(prefix(R"({"address":"::"})"), host);
  EXPECT_EQ(prefix(R"({"address":"127.0.0.2"})"), host + "@127.0.0.2");
  EXPECT_EQ(prefix(R"({"address":"127.0.0.2","name":"a"})"), "a");
  EXPECT_EQ(node::node_name("a", *Endpoint::parse("127.0.0.1:4000")), "a:4000");
}

TEST(NodePlace, IsSharedByTheThreadsOfANodeAndByNobodyElse) {
  const Endpoint any_port = *Endpoint::parse("127.0.0.1:0");
  const Result<node::NodePlace> first = node::take_place(any_port, 2);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->sockets.size(), 2u);

  const Result<node::NodePlace> second = node::take_place(first->bound, 2);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().value(), EADDRINUSE);
}

TEST(NodeConnections, OneMoreThanMaxConnectionsIsToldSo) {
  const NodesUnderTest nodes({.node = R"("maxConnections":1)"});
  RawStream first = nodes.connect();
  ASSERT_TRUE(nodes.metric_becomes("http_connections", 1));

  RawStream second = nodes.connect();
  second.send(get("/socket.io/?EIO=4&transport=polling"));
  const HttpMessage answer = read_response(second);

  EXPECT_EQ(answer.status(), 503);
  EXPECT_EQ(answer.field("Retry-After"), "1");
  EXPECT_EQ(answer.body, R"({"error":{"status":503,"rule":"too_many_connections",)"
                         R"("message":"The node has no connections to spare."}})"
                         "\n");
  EXPECT_EQ(second.read_to_end(), "");
  EXPECT_EQ(second.end(), StreamEnd::closed) << "a reset would take the answer away";
  EXPECT_EQ(nodes.metric("connections_refused_total"), 1);
  EXPECT_EQ(ask(first, get("/healthz")).status(), 200);
}

TEST(NodeConnections, ACrowdIsTurnedAwayAndNobodyIsKept) {
  const NodesUnderTest nodes({.node = R"("maxConnections":1)"});
  const RawStream first = nodes.connect();
  ASSERT_TRUE(nodes.metric_becomes("http_connections", 1));
  std::vector<RawStream> crowd;
  for (int i = 0; i < 100; ++i) crowd.push_back(nodes.connect());

  for (RawStream& one : crowd) EXPECT_EQ(read_response(one).status(), 503);

  EXPECT_EQ(nodes.metric("connections_refused_total"), 100);
}

}  // namespace
}  // namespace pushgate::test
