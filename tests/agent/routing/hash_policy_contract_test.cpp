// Does every policy keep the promises of hash_policy.hpp?

#include <set>

#include <gtest/gtest.h>

#include "pushgate/agent/routing/hash_policy.hpp"

#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using config::HashKind;
using sample::NamedPolicy;
using sample::PoolMember;

class HashPolicyContract : public testing::TestWithParam<HashKind> {
 protected:
  NamedPolicy make(std::vector<PoolMember> members) const {
    return {GetParam(), std::move(members)};
  }
};

std::vector<PoolMember> uneven(std::size_t count) {
  std::vector<PoolMember> members = sample::nodes(count);
  for (std::size_t i = 0; i < count; ++i) members[i].weight = static_cast<std::uint32_t>(i % 4);
  return members;
}

TEST_P(HashPolicyContract, the_first_of_the_order_is_the_pick) {
  for (const std::size_t count : {1U, 3U, 16U, 17U, 40U, 300U}) {
    const NamedPolicy policy = make(sample::nodes(count));
    for (const std::string& key : sample::keys(300)) {
      EXPECT_EQ(policy.order(key).front(), policy.pick(key));
    }
  }
}

TEST_P(HashPolicyContract, the_order_names_every_member_with_a_weight_once) {
  const NamedPolicy policy = make(uneven(30));

  for (const std::string& key : sample::keys(200)) {
    const std::vector<std::string> order = policy.order(key);
    EXPECT_EQ(std::set(order.begin(), order.end()).size(), order.size());
    EXPECT_EQ(order.size(), 22U);  // 30 without the 8 of weight 0
  }
}

TEST_P(HashPolicyContract, choice_k_is_entry_k_of_the_order_and_none_beyond_it) {
  const NamedPolicy policy = make(sample::nodes(12));
  std::vector<std::uint32_t> order;
  policy.policy().order("user-42", order);

  for (std::size_t attempt = 0; attempt < 12; ++attempt) {
    EXPECT_EQ(policy.policy().choice("user-42", attempt), order[attempt]);
  }
  EXPECT_EQ(policy.policy().choice("user-42", 12), HashPolicy::kNone);
}

TEST_P(HashPolicyContract, a_member_of_weight_zero_is_never_picked) {
  for (const std::size_t count : {5U, 30U}) {
    std::vector<PoolMember> members = sample::nodes(count);
    members[1].weight = 0;
    const NamedPolicy policy = make(members);
    EXPECT_EQ(sample::loads(policy, sample::keys(5'000)).at("node-1"), 0U);
  }
}

TEST_P(HashPolicyContract, a_weight_of_zero_is_the_same_as_absence) {
  for (const std::size_t count : {5U, 30U}) {
    std::vector<PoolMember> members = sample::nodes(count);
    members[2].weight = 0;
    const NamedPolicy zero = make(members);
    const NamedPolicy absent = make(sample::without(members, "node-2"));
    for (const std::string& key : sample::keys(500)) EXPECT_EQ(zero.order(key), absent.order(key));
  }
}

TEST_P(HashPolicyContract, without_members_there_is_no_choice) {
  std::vector<PoolMember> weightless = sample::nodes(3);
  for (PoolMember& member : weightless) member.weight = 0;

  for (const NamedPolicy& policy : {make({}), make(weightless)}) {
    EXPECT_EQ(policy.policy().pick("user-42"), HashPolicy::kNone);
    EXPECT_EQ(policy.policy().choice("user-42", 0), HashPolicy::kNone);
    EXPECT_EQ(policy.policy().choice("user-42", 1), HashPolicy::kNone);
    EXPECT_TRUE(policy.order("user-42").empty());
  }
}

TEST_P(HashPolicyContract, a_single_member_gets_every_key) {
  const NamedPolicy policy = make(sample::nodes(1));

  for (const std::string& key : sample::keys(200)) EXPECT_EQ(policy.pick(key), "node-0");
}

TEST_P(HashPolicyContract, two_tables_built_apart_agree_on_every_choice) {
  for (const std::size_t count : {4U, 60U}) {
    const NamedPolicy one = make(uneven(count));
    const NamedPolicy other = make(uneven(count));
    for (const std::string& key : sample::keys(300)) EXPECT_EQ(one.order(key), other.order(key));
  }
}

TEST_P(HashPolicyContract, any_bytes_are_a_key) {
  const NamedPolicy policy = make(sample::nodes(20));

  for (int first = 0; first < 256; ++first) {
    for (const std::string_view tail : {"", "\x80", "\xff\xff", "\xbf\xbf\xbf\xbf"}) {
      const std::string key = std::string(1, static_cast<char>(first)) + std::string{tail};
      EXPECT_LT(policy.policy().pick(key), 20U);
      EXPECT_EQ(policy.pick(key), policy.order(key).front());
    }
  }
}

TEST_P(HashPolicyContract, its_name_is_that_of_the_configuration) {
  EXPECT_EQ(make(sample::nodes(2)).policy().name(), name_of(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(policies, HashPolicyContract,
                         testing::Values(HashKind::rendezvous, HashKind::ketama, HashKind::maglev,
                                         HashKind::modulo),
                         [](const auto& each) { return std::string{name_of(each.param)}; });

/// Modulo is not here: gopush chooses by position, so its order is that of the table.
class OrderFreePolicy : public HashPolicyContract {};

TEST_P(OrderFreePolicy, agrees_on_every_choice_however_the_members_are_listed) {
  for (const std::size_t count : {4U, 11U, 17U, 60U}) {
    const NamedPolicy listed = make(uneven(count));
    const NamedPolicy otherwise = make(sample::shuffled(uneven(count), 7));
    for (const std::string& key : sample::keys(500)) {
      EXPECT_EQ(listed.order(key), otherwise.order(key));
      EXPECT_EQ(listed.pick(key), otherwise.pick(key));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(policies, OrderFreePolicy,
                         testing::Values(HashKind::rendezvous, HashKind::ketama, HashKind::maglev),
                         [](const auto& each) { return std::string{name_of(each.param)}; });

}  // namespace
}  // namespace pushgate::agent
