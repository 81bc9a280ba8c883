// How ketama reads an address, and what it does where nginx has no answer.

#include <gtest/gtest.h>

#include "agent/routing/crc32.hpp"
#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using config::HashKind;
using sample::NamedPolicy;

TEST(Crc32, equals_the_check_value_of_the_catalogue) {
  EXPECT_EQ(Crc32{}.add("123456789").value(), 0xcbf43926U);
  EXPECT_EQ(Crc32{}.value(), 0U);
}

TEST(KetamaPolicy, does_not_look_at_the_id) {
  std::vector<golden::PoolMember> renamed = golden::kPool;
  for (golden::PoolMember& member : renamed) member.id = "renamed-" + member.id;
  const NamedPolicy before{HashKind::ketama, golden::kPool};
  const NamedPolicy after{HashKind::ketama, renamed};

  for (const std::string& key : sample::keys(500)) {
    EXPECT_EQ(after.pick(key), "renamed-" + before.pick(key));
  }
}

TEST(KetamaPolicy, reads_unix_in_any_case_as_nginx_does) {
  const NamedPolicy lower{HashKind::ketama, {{"a", "unix:/run/a", 1}, {"b", "unix:/run/b", 1}}};
  const NamedPolicy upper{HashKind::ketama, {{"a", "UNIX:/run/a", 1}, {"b", "Unix:/run/b", 1}}};

  for (const std::string& key : sample::keys(200)) EXPECT_EQ(lower.pick(key), upper.pick(key));
}

TEST(KetamaPolicy, names_a_second_id_of_one_address_last) {
  const NamedPolicy policy{
      HashKind::ketama, {{"b", "10.0.0.1:1", 1}, {"a", "10.0.0.1:1", 1}, {"c", "10.0.0.2:1", 1}}};

  for (const std::string& key : sample::keys(200)) {
    const std::vector<std::string> order = policy.order(key);
    EXPECT_EQ(order.size(), 3U);
    EXPECT_EQ(order.back(), "b");
  }
}

TEST(KetamaPolicy, the_bucket_is_the_ring_point_at_or_after_the_hash) {
  const NamedPolicy policy{HashKind::ketama, golden::kPool};

  for (const std::string& key : sample::keys(200)) {
    const std::uint64_t point = policy.policy().bucket(key).value();
    EXPECT_EQ(policy.policy().bucket(key), point);
    EXPECT_TRUE(point >= policy.policy().hash(key) || point < (1U << 27)) << "not a wrap-around";
  }
}

}  // namespace
}  // namespace pushgate::agent
