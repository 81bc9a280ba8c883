#include "support/redis_cluster.hpp"

#include <functional>
#include <stdexcept>

#include "support/patience.hpp"

namespace pushgate::test {

namespace {

constexpr unsigned kSlots = 16384;

void require(const redis::Reply& reply) {
  if (reply.is_error()) throw std::runtime_error("the cluster refused: " + reply.text);
}

void wait_for(const std::function<bool()>& condition, const RedisServer& server) {
  if (!eventually(condition)) throw std::runtime_error("no cluster:\n" + server.output());
}

bool says(const RedisServer& server, std::string_view line) {
  return server.command({"CLUSTER", "INFO"}).text.find(line) != std::string::npos;
}

std::unique_ptr<RedisServer> make_node(const ReservedPort& bus_port) {
  return std::make_unique<RedisServer>(std::vector<std::string>{
      "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port",
      std::to_string(bus_port.number()), "--cluster-allow-replica-migration", "no",
      "--repl-diskless-sync-delay", "0"});
}

}  // namespace

RedisCluster::RedisCluster() : nodes_(kNodes) {
  for (std::size_t i = 0; i < kNodes; ++i) {
    nodes_[i].server = make_node(nodes_[i].bus_port);
    // Different from the beginning, or they would have to find out who is first.
    require(node(i).command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)}));
    unsigned first = 0;
    while (owner_of(first) != i) ++first;
    unsigned last = first;
    while (last + 1 < kSlots && owner_of(last + 1) == i) ++last;
    require(
        node(i).command({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)}));
  }
  for (std::size_t i = 1; i < kNodes; ++i) meet(node(i), nodes_[0]);
  for (std::size_t i = 0; i < kNodes; ++i) {
    wait_for(
        [&] {
          return says(node(i), "cluster_state:ok") && says(node(i), "cluster_slots_ok:16384") &&
                 says(node(i), "cluster_known_nodes:3");
        },
        node(i));
  }
}

void RedisCluster::meet(RedisServer& server, Node& other) {
  require(server.command({"CLUSTER", "MEET", "127.0.0.1", other.server->port_text(),
                          std::to_string(other.bus_port.number())}));
}

std::string RedisCluster::id(std::size_t index) {
  return node(index).command({"CLUSTER", "MYID"}).text;
}

void RedisCluster::give_slot(unsigned slot, std::size_t from, std::size_t to) {
  begin_migration(slot, from, to);
  end_migration(slot, from, to);
}

void RedisCluster::begin_migration(unsigned slot, std::size_t from, std::size_t to) {
  const std::string number = std::to_string(slot);
  require(node(to).command({"CLUSTER", "SETSLOT", number, "IMPORTING", id(from)}));
  require(node(from).command({"CLUSTER", "SETSLOT", number, "MIGRATING", id(to)}));
}

void RedisCluster::end_migration(unsigned slot, std::size_t from, std::size_t to) {
  const std::string number = std::to_string(slot);
  const std::string new_owner = id(to);
  require(node(to).command({"CLUSTER", "SETSLOT", number, "NODE", new_owner}));
  require(node(from).command({"CLUSTER", "SETSLOT", number, "NODE", new_owner}));
  for (const Node& one : nodes_) {
    require(one.server->command({"CLUSTER", "SETSLOT", number, "NODE", new_owner}));
  }
}

void RedisCluster::move_key(std::string_view key, std::size_t from, std::size_t to) {
  require(node(from).command({"MIGRATE", "127.0.0.1", node(to).port_text(), key, "0", "5000"}));
}

std::unique_ptr<RedisServer> RedisCluster::make_replica(std::size_t of) {
  auto replica = make_node(replicas_bus_ports_.emplace_back());
  meet(*replica, nodes_[of]);
  const std::string master = id(of);
  wait_for([&] { return replica->command({"CLUSTER", "REPLICATE", master}).is_ok(); }, *replica);
  wait_for(
      [&] {
        return replica->command({"INFO", "replication"}).text.find("master_link_status:up") !=
                   std::string::npos &&
               says(*replica, "cluster_state:ok");
      },
      *replica);
  // The others must know of it before it can take over.
  for (std::size_t i = 0; i < kNodes; ++i) {
    wait_for(
        [&] {
          return node(i).command({"CLUSTER", "NODES"}).text.find("slave " + master) !=
                 std::string::npos;
        },
        node(i));
  }
  return replica;
}

}  // namespace pushgate::test
