// What gopush does beyond the golden vectors: its order, its gaps, and text beyond ASCII.

#include <set>

#include <gtest/gtest.h>

#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using config::HashKind;

std::unique_ptr<const HashPolicy> two_servers_with_two_ports() {
  static constexpr HashMember kMembers[] = {
      {"a:1", 1, 0, "a:1"}, {"a:2", 1, 0, "a:2"}, {"b:1", 1, 1, "b:1"}, {"b:2", 1, 1, "b:2"}};
  return make_hash_policy(HashKind::modulo, kMembers);
}

TEST(ModuloPolicy, reaches_only_half_of_two_by_two_like_gopush) {
  const auto policy = two_servers_with_two_ports();
  std::set<std::size_t> reached;

  for (const std::string& key : sample::keys(5'000)) reached.insert(policy->pick(key));

  EXPECT_EQ(reached, (std::set<std::size_t>{0, 3}));
}

TEST(ModuloPolicy, falls_back_to_the_following_members_and_around) {
  const auto policy = two_servers_with_two_ports();
  std::vector<std::uint32_t> order;

  policy->order("1", order);  // hash 49: server 1, port 1

  EXPECT_EQ(order, (std::vector<std::uint32_t>{3, 0, 1, 2}));
}

TEST(ModuloPolicy, leaves_a_server_out_whose_every_port_has_weight_zero) {
  const HashMember members[] = {
      {"a:1", 0, 0, "a:1"}, {"b:1", 1, 1, "b:1"}, {"b:2", 0, 1, "b:2"}, {"c:1", 1, 2, "c:1"}};
  const auto policy = make_hash_policy(HashKind::modulo, members);

  EXPECT_EQ(policy->pick("1"), 3U);  // 49 mod 2 servers
  EXPECT_EQ(policy->pick("2"), 1U);  // 50 mod 2 servers, 50 mod 1 port
}

TEST(ModuloPolicy, ignores_other_weights) {
  const HashMember members[] = {{"a", 1, 0, "a"}, {"b", 1'000'000, 1, "b"}};
  const auto policy = make_hash_policy(HashKind::modulo, members);

  EXPECT_EQ(policy->pick("2"), 0U);
}

TEST(ModuloPolicy, takes_the_largest_uid_without_overflow) {
  const sample::NamedPolicy policy{HashKind::modulo, sample::nodes(3)};

  EXPECT_LT(policy.policy().hash(std::string(256, '~')), std::uint64_t{1} << 53);
}

TEST(ModuloPolicy, counts_a_byte_that_is_not_utf8_as_the_replacement_character) {
  const sample::NamedPolicy policy{HashKind::modulo, sample::nodes(3)};

  EXPECT_EQ(policy.policy().hash("a\xff"
                                 "b"),
            policy.policy().hash("a\xef\xbf\xbd"
                                 "b"));
  EXPECT_EQ(policy.policy().hash("\xe4\xb8"), policy.policy().hash("\xef\xbf\xbd\xef\xbf\xbd"));
}

}  // namespace
}  // namespace pushgate::agent
