// Does ketama send every key where a real nginx with `hash … consistent` sends it, and then where
// nginx goes on to when that server and the next refuse?

#include <map>

#include <gtest/gtest.h>

#include "agent/routing/nginx_server.hpp"
#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using config::HashKind;
using sample::NamedPolicy;
using sample::NginxServer;
using sample::PoolMember;

/// The block as an operator writes it. `max_fails=0`: a refusal must not take a server out.
std::string block(const std::vector<PoolMember>& pool) {
  std::string lines;
  for (const PoolMember& member : pool) {
    lines +=
        "server " + member.address + " weight=" + std::to_string(member.weight) + " max_fails=0;\n";
  }
  return lines;
}

/// Loopback addresses on the discard port, where nobody listens. nginx hashes the address as text.
std::vector<PoolMember> loopback(std::size_t count) {
  std::vector<PoolMember> pool;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string address =
        "127.77." + std::to_string(i / 200) + '.' + std::to_string(1 + i % 200);
    pool.push_back({"node-" + std::to_string(i), address + ":9", 1});
  }
  return pool;
}

/// uids as they come, and some that no one expects; none that a header could not carry.
std::vector<std::string> keys() {
  std::vector<std::string> result = sample::keys(300);
  for (const char* key :
       {"1", "a", "user-42", "alice@example.org", "\xc3\xa9t\xc3\xa9", "\xe4\xb8\xad\xe6\x96\x87",
        "\xf0\x9f\x98\x80", "a b", "\"quoted\"", "x:y,z"}) {
    result.emplace_back(key);
  }
  result.emplace_back(256, 'a');
  return result;
}

/// nginx leaves the ring for round robin after 20 further points, so it follows it for this many
/// choices.
constexpr std::size_t kComparedChoices = 3;

/// Asks both for every key. `as_written` undoes what nginx adds to an address when it names it.
void expect_agreement(const std::vector<PoolMember>& pool,
                      const std::map<std::string, std::string>& as_written = {}) {
  NginxServer nginx{block(pool)};
  ASSERT_EQ(nginx.problem(), "");
  const NamedPolicy policy{HashKind::ketama, pool};
  std::map<std::string, std::string> addresses;
  for (const PoolMember& member : pool) addresses[member.id] = member.address;

  for (const std::string& key : keys()) {
    std::vector<std::string> expected = nginx.order(key);
    ASSERT_EQ(expected.size(), pool.size()) << key;
    expected.resize(kComparedChoices);
    for (std::string& address : expected) {
      if (const auto found = as_written.find(address); found != as_written.end()) {
        address = found->second;
      }
    }
    std::vector<std::string> ours;
    for (const std::string& id : policy.order(key)) ours.push_back(addresses.at(id));
    ours.resize(kComparedChoices);
    ASSERT_EQ(ours, expected) << key;
    ASSERT_EQ(addresses.at(policy.pick(key)), expected.front()) << key;
  }
}

TEST(NginxKetama, agrees_over_three_servers) { expect_agreement(loopback(3)); }

TEST(NginxKetama, agrees_over_thirty_servers) { expect_agreement(loopback(30)); }

TEST(NginxKetama, agrees_with_weights) {
  std::vector<PoolMember> pool = loopback(7);
  for (std::size_t i = 0; i < pool.size(); ++i)
    pool[i].weight = static_cast<std::uint32_t>(1 + i * i);

  expect_agreement(pool);
}

TEST(NginxKetama, agrees_when_ports_tell_servers_apart) {
  expect_agreement(
      {{"a", "127.77.0.1:9", 1}, {"b", "127.77.0.1:11", 1}, {"c", "127.77.0.1:13", 2}});
}

TEST(NginxKetama, agrees_on_default_ports_ipv6_and_unix_sockets) {
  expect_agreement({{"plain", "127.77.0.9", 1},
                    {"v6", "[::1]:9", 1},
                    {"unix", "unix:/nonexistent/pushgate-a.sock", 2},
                    {"upper", "UNIX:/nonexistent/pushgate-b.sock", 1}},
                   {{"127.77.0.9:80", "127.77.0.9"},
                    {"unix:/nonexistent/pushgate-b.sock", "UNIX:/nonexistent/pushgate-b.sock"}});
}

}  // namespace
}  // namespace pushgate::agent
