// Do the policies answer as their definitions say, computed by something that is not our code?

#include "agent/routing/golden_vectors.hpp"

#include <gtest/gtest.h>

#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using config::HashKind;
using sample::NamedPolicy;

struct GoldenCase {
  const char* title;
  HashKind kind;
  const std::vector<golden::PoolMember>& pool;
  const std::vector<golden::OrderVector>& vectors;
};

class GoldenOrder : public testing::TestWithParam<GoldenCase> {};

TEST_P(GoldenOrder, equals_the_independent_computation) {
  const NamedPolicy policy{GetParam().kind, GetParam().pool};

  for (const golden::OrderVector& vector : GetParam().vectors) {
    std::vector<std::string> order = policy.order(vector.key);
    order.resize(std::min(order.size(), vector.ids.size()));
    EXPECT_EQ(order, vector.ids) << vector.key;
    EXPECT_EQ(policy.pick(vector.key), vector.ids.front()) << vector.key;
  }
}

INSTANTIATE_TEST_SUITE_P(
    policies, GoldenOrder,
    testing::Values(
        GoldenCase{"rendezvous", HashKind::rendezvous, golden::kPool, golden::kRendezvous},
        GoldenCase{"rendezvous_weighted", HashKind::rendezvous, golden::kWeightedPool,
                   golden::kRendezvousWeighted},
        GoldenCase{"rendezvous_large", HashKind::rendezvous, golden::kLargePool,
                   golden::kRendezvousLarge},
        GoldenCase{"ketama", HashKind::ketama, golden::kPool, golden::kKetama},
        GoldenCase{"ketama_weighted", HashKind::ketama, golden::kWeightedPool,
                   golden::kKetamaWeighted},
        GoldenCase{"ketama_large", HashKind::ketama, golden::kLargePool, golden::kKetamaLarge},
        GoldenCase{"maglev", HashKind::maglev, golden::kPool, golden::kMaglev},
        GoldenCase{"maglev_weighted", HashKind::maglev, golden::kWeightedPool,
                   golden::kMaglevWeighted},
        GoldenCase{"maglev_large", HashKind::maglev, golden::kLargePool, golden::kMaglevLarge}),
    [](const auto& each) { return std::string{each.param.title}; });

/// gopush's table: one id "server/port" for each port.
std::vector<HashMember> gopush_members(const std::vector<int>& ports,
                                       std::vector<std::string>& ids) {
  std::vector<std::uint32_t> servers;
  for (std::uint32_t server = 0; server < ports.size(); ++server) {
    for (int port = 0; port < ports[server]; ++port) {
      ids.push_back(std::to_string(server) + '/' + std::to_string(port));
      servers.push_back(server);
    }
  }
  std::vector<HashMember> members;
  for (std::size_t i = 0; i < ids.size(); ++i) members.push_back({ids[i], 1, servers[i], ids[i]});
  return members;
}

TEST(GoldenGopush, hash_equals_the_original_javascript) {
  const NamedPolicy policy{HashKind::modulo, golden::kPool};

  for (const golden::GopushVector& vector : golden::kGopush) {
    EXPECT_EQ(policy.policy().hash(vector.key), vector.hash) << vector.key;
  }
}

TEST(GoldenGopush, server_and_port_equal_the_original_javascript) {
  for (std::size_t table = 0; table < golden::kGopushTables.size(); ++table) {
    std::vector<std::string> ids;
    const auto members = gopush_members(golden::kGopushTables[table], ids);
    const auto policy = make_hash_policy(HashKind::modulo, members);

    for (const golden::GopushVector& vector : golden::kGopush) {
      EXPECT_EQ(ids[policy->pick(vector.key)], vector.picks[table]) << vector.key;
    }
  }
}

}  // namespace
}  // namespace pushgate::agent
