#pragma once
// redis_cluster.hpp - a Redis Cluster of three masters, which have a third of the slots each.

#include <memory>
#include <string>
#include <vector>

#include "support/redis_server.hpp"

namespace pushgate::test {

/// Ready when constructed: every node knows every slot.
class RedisCluster {
 public:
  static constexpr std::size_t kNodes = 3;

  RedisCluster();

  RedisServer& node(std::size_t index) { return *nodes_[index].server; }
  /// Which node has the slot in the beginning.
  static std::size_t owner_of(unsigned slot) { return slot * kNodes / 16384; }
  redis::ServerAddress address(std::size_t index) { return node(index).address(); }
  /// The name that nodes know it by.
  std::string id(std::size_t index);

  /// Gives an empty slot away, at once and everywhere.
  void give_slot(unsigned slot, std::size_t from, std::size_t to);
  /// The steps of a migration of which the keys are the caller's business: begins it, and ends it.
  void begin_migration(unsigned slot, std::size_t from, std::size_t to);
  void end_migration(unsigned slot, std::size_t from, std::size_t to);
  /// Moves one key within a migration that has begun.
  void move_key(std::string_view key, std::size_t from, std::size_t to);

  /// A replica of a node, in sync with it.
  std::unique_ptr<RedisServer> make_replica(std::size_t of);

 private:
  struct Node {
    ReservedPort bus_port;
    std::unique_ptr<RedisServer> server;
  };

  void meet(RedisServer& server, Node& other);

  std::vector<Node> nodes_;
  std::vector<ReservedPort> replicas_bus_ports_;
};

}  // namespace pushgate::test
