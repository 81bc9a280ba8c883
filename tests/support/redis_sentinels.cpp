#include "support/redis_sentinels.hpp"

#include <stdexcept>

#include "support/patience.hpp"

namespace pushgate::test {

namespace {

/// The value of a field in an answer that lists names and values in turn.
std::string field(const redis::Reply& reply, std::string_view name) {
  for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    if (reply.elements[i].text == name) return reply.elements[i + 1].text;
  }
  return {};
}

std::string config(const RedisServer& master, std::size_t quorum) {
  const std::string name = RedisSentinels::kMaster;
  return "sentinel monitor " + name + " 127.0.0.1 " + master.port_text() + ' ' +
         std::to_string(quorum) + "\nsentinel down-after-milliseconds " + name +
         " 500\nsentinel failover-timeout " + name + " 2000\n";
}

}  // namespace

RedisSentinels::RedisSentinels(std::size_t sentinels)
    : first_({"--repl-diskless-sync-delay", "0"}),
      second_({"--replicaof", "127.0.0.1 " + first_.port_text()}) {
  for (std::size_t i = 0; i < sentinels; ++i) {
    sentinels_.push_back(std::make_unique<RedisServer>(std::vector<std::string>{"--sentinel"},
                                                       config(first_, sentinels / 2 + 1)));
  }
  wait_until_known();
}

void RedisSentinels::wait_until_known() {
  const std::string others = std::to_string(sentinels_.size() - 1);
  for (const auto& one : sentinels_) {
    const bool known = eventually([&] {
      const redis::Reply master = one->command({"SENTINEL", "MASTER", kMaster});
      const redis::Reply replicas = one->command({"SENTINEL", "REPLICAS", kMaster});
      return field(master, "num-other-sentinels") == others && replicas.elements.size() == 1 &&
             field(replicas.elements[0], "master-link-status") == "ok" &&
             field(replicas.elements[0], "flags") == "slave";
    });
    if (!known) throw std::runtime_error("a sentinel does not know the others:\n" + one->output());
  }
}

std::string RedisSentinels::master_port() const {
  return sentinels_.back()
      ->command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", kMaster})
      .elements.at(1)
      .text;
}

void RedisSentinels::fail_over() {
  // A sentinel that has only just met the replica may not find it good enough yet.
  const bool begun = eventually([&] {
    return sentinels_.back()->command({"SENTINEL", "FAILOVER", kMaster}).is_ok();
  });
  if (!begun || !eventually([&] { return master_port() == second_.port_text(); })) {
    throw std::runtime_error("no failover:\n" + sentinels_.back()->output());
  }
}

}  // namespace pushgate::test
