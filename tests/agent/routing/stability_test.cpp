// Who moves when a member joins, leaves or changes its weight?

#include <gtest/gtest.h>

#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using config::HashKind;
using sample::NamedPolicy;
using sample::PoolMember;

double share_moved(const NamedPolicy& from, const NamedPolicy& to,
                   const std::vector<std::string>& keys) {
  std::size_t moved = 0;
  for (const std::string& key : keys) moved += from.pick(key) != to.pick(key);
  return static_cast<double>(moved) / static_cast<double>(keys.size());
}

/// Sizes below, at and above the number of members up to which rendezvous keeps no table.
constexpr std::size_t kSizes[] = {2, 3, 8, 15, 16, 17, 50};

class ConsistentPolicy : public testing::TestWithParam<HashKind> {};

TEST_P(ConsistentPolicy, removing_a_member_moves_only_its_own_keys_each_to_its_second_choice) {
  for (const std::size_t count : kSizes) {
    const NamedPolicy before{GetParam(), sample::nodes(count)};
    const NamedPolicy after{GetParam(), sample::without(sample::nodes(count), "node-1")};
    for (const std::string& key : sample::keys(4'000)) {
      const std::vector<std::string> order = before.order(key);
      EXPECT_EQ(after.pick(key), order[0] == "node-1" ? order[1] : order[0]);
    }
  }
}

TEST_P(ConsistentPolicy, adding_a_member_moves_keys_only_to_it) {
  for (const std::size_t count : kSizes) {
    const NamedPolicy before{GetParam(), sample::nodes(count)};
    const NamedPolicy after{GetParam(), sample::nodes(count + 1)};
    const std::string added = "node-" + std::to_string(count);
    for (const std::string& key : sample::keys(4'000)) {
      if (after.pick(key) != before.pick(key)) {
        EXPECT_EQ(after.pick(key), added);
      }
    }
  }
}

TEST_P(ConsistentPolicy, adding_a_member_moves_about_its_share) {
  const NamedPolicy before{GetParam(), sample::nodes(9)};
  const NamedPolicy after{GetParam(), sample::nodes(10)};

  EXPECT_NEAR(share_moved(before, after, sample::keys(40'000)), 0.10, 0.03);
}

TEST_P(ConsistentPolicy, more_weight_only_takes_and_less_only_gives) {
  std::vector<PoolMember> heavier = sample::nodes(12);
  heavier[5].weight = 3;
  const NamedPolicy before{GetParam(), sample::nodes(12)};
  const NamedPolicy after{GetParam(), heavier};

  for (const std::string& key : sample::keys(10'000)) {
    if (after.pick(key) != before.pick(key)) {
      EXPECT_EQ(after.pick(key), "node-5");
    }
  }
  EXPECT_NEAR(share_moved(before, after, sample::keys(40'000)), 3.0 / 14 - 1.0 / 12, 0.04);
}

TEST_P(ConsistentPolicy, removing_a_member_changes_nobody_elses_order_otherwise) {
  const NamedPolicy before{GetParam(), sample::nodes(20)};
  const NamedPolicy after{GetParam(), sample::without(sample::nodes(20), "node-7")};

  for (const std::string& key : sample::keys(500)) {
    std::vector<std::string> expected = before.order(key);
    std::erase(expected, "node-7");
    EXPECT_EQ(after.order(key), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(policies, ConsistentPolicy,
                         testing::Values(HashKind::rendezvous, HashKind::ketama),
                         [](const auto& each) { return std::string{name_of(each.param)}; });

TEST(Stability, rendezvous_ignores_a_common_factor_of_all_weights) {
  std::vector<PoolMember> doubled = sample::nodes(30);
  for (PoolMember& member : doubled) member.weight = 2;
  const NamedPolicy once{HashKind::rendezvous, sample::nodes(30)};
  const NamedPolicy twice{HashKind::rendezvous, doubled};

  EXPECT_EQ(share_moved(once, twice, sample::keys(10'000)), 0.0);
}

TEST(Stability, ketama_looks_at_the_address_and_others_at_the_id) {
  std::vector<PoolMember> moved_house = sample::nodes(10);
  for (PoolMember& member : moved_house) member.address = "elsewhere." + member.address;
  const std::vector<std::string> keys = sample::keys(2'000);

  for (const HashKind kind : {HashKind::rendezvous, HashKind::maglev, HashKind::modulo}) {
    EXPECT_EQ(share_moved({kind, sample::nodes(10)}, {kind, moved_house}, keys), 0.0);
  }
  EXPECT_GT(
      share_moved({HashKind::ketama, sample::nodes(10)}, {HashKind::ketama, moved_house}, keys),
      0.5);
}

TEST(Stability, maglev_moves_the_keys_of_a_removed_member_and_few_others) {
  const std::vector<std::string> keys = sample::keys(40'000);

  for (const std::size_t count : {5U, 20U, 100U}) {
    const NamedPolicy before{HashKind::maglev, sample::nodes(count)};
    const NamedPolicy after{HashKind::maglev, sample::without(sample::nodes(count), "node-3")};
    const double moved = share_moved(before, after, keys);
    EXPECT_GT(moved, 0.8 / static_cast<double>(count)) << count;
    EXPECT_LT(moved, 1.0 / static_cast<double>(count) + 0.03) << count;
  }
}

TEST(Stability, modulo_moves_four_fifths_when_a_fifth_server_joins) {
  const NamedPolicy before{HashKind::modulo, sample::nodes(4)};
  const NamedPolicy after{HashKind::modulo, sample::nodes(5)};

  EXPECT_NEAR(share_moved(before, after, sample::keys(40'000)), 0.80, 0.02);
}

}  // namespace
}  // namespace pushgate::agent
