// How evenly do the policies spread users over nodes? The bounds are those that the classes state.

#include <cmath>

#include <gtest/gtest.h>

#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using config::HashKind;
using sample::NamedPolicy;
using sample::PoolMember;

/// Chi-square of the loads against equal shares. For n members it is about n - 1, with a standard
/// deviation of sqrt(2n), if every key falls independently.
double chi_square(const NamedPolicy& policy, const std::vector<std::string>& keys) {
  const double fair =
      static_cast<double>(keys.size()) / static_cast<double>(policy.members().size());
  double sum = 0;
  for (const auto& [id, load] : sample::loads(policy, keys)) {
    sum += (static_cast<double>(load) - fair) * (static_cast<double>(load) - fair) / fair;
  }
  return sum;
}

TEST(Distribution, rendezvous_over_few_members_is_as_even_as_chance_allows) {
  const std::vector<std::string> keys = sample::keys(20'000);

  for (const std::size_t count : {2U, 3U, 5U, 8U, 20U}) {
    const double n = static_cast<double>(count);
    // Buckets add little here: 20,000 keys in 131,072 buckets.
    EXPECT_LT(chi_square({HashKind::rendezvous, sample::nodes(count)}, keys),
              1.2 * (n + 4 * std::sqrt(2 * n)))
        << count;
  }
}

/// With so many keys it is the buckets that are uneven, hardly the keys in them.
double worst_bucket_share(std::size_t members) {
  const NamedPolicy policy{HashKind::rendezvous, sample::nodes(members)};
  return sample::worst_deviation(policy, sample::keys(1'000'000));
}

TEST(Distribution, rendezvous_over_a_hundred_members_keeps_everyone_within_12_percent) {
  EXPECT_LT(worst_bucket_share(100), 0.12);  // 4 standard deviations of 2.8 and 1 %
}

TEST(Distribution, rendezvous_over_a_thousand_members_keeps_everyone_within_40_percent) {
  EXPECT_LT(worst_bucket_share(1'000), 0.40);  // 4.3 standard deviations of 8.7 and 3.2 %
}

TEST(Distribution, rendezvous_follows_the_weights) {
  for (const std::size_t count : {5U, 25U}) {
    std::vector<PoolMember> members = sample::nodes(count);
    for (std::size_t i = 0; i < count; ++i)
      members[i].weight = static_cast<std::uint32_t>(1 + i % 5);
    const NamedPolicy policy{HashKind::rendezvous, members};
    EXPECT_LT(sample::worst_deviation(policy, sample::keys(200'000)), 0.12) << count;
  }
}

TEST(Distribution, rendezvous_does_not_follow_patterns_in_the_keys) {
  std::vector<std::string> consecutive;
  for (int i = 0; i < 60'000; ++i) consecutive.push_back(std::to_string(i));

  EXPECT_LT(sample::worst_deviation({HashKind::rendezvous, sample::nodes(6)}, consecutive), 0.05);
}

TEST(Distribution, maglev_gives_every_member_the_same_number_of_slots_but_one) {
  const NamedPolicy policy{HashKind::maglev, sample::nodes(7)};

  // 65,537 slots, 9,362 or 9,363 each: what is left is the chance of 300,000 keys.
  EXPECT_LT(sample::worst_deviation(policy, sample::keys(300'000)), 0.03);
}

TEST(Distribution, maglev_follows_the_weights) {
  std::vector<PoolMember> members = sample::nodes(10);
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i].weight = static_cast<std::uint32_t>(10 + 9 * i);
  }

  EXPECT_LT(sample::worst_deviation({HashKind::maglev, members}, sample::keys(300'000)), 0.06);
}

TEST(Distribution, ketama_is_as_uneven_as_160_points_are) {
  EXPECT_LT(sample::worst_deviation({HashKind::ketama, sample::nodes(10)}, sample::keys(100'000)),
            0.30);
}

TEST(Distribution, modulo_spreads_over_single_port_servers) {
  EXPECT_LT(sample::worst_deviation({HashKind::modulo, sample::nodes(5)}, sample::keys(100'000)),
            0.05);
}

}  // namespace
}  // namespace pushgate::agent
