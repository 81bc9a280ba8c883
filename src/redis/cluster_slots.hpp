#pragma once
// cluster_slots.hpp - which node of a cluster has which slot, and what nodes say of that. sans-I/O.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "pushgate/redis/reply.hpp"
#include "pushgate/redis/settings.hpp"

#include "key_slot.hpp"

namespace pushgate::redis {

class SlotMap {
 public:
  /// Nullptr: no node has the slot, as far as is known.
  const ServerAddress* node_of(std::uint16_t slot) const noexcept {
    const std::uint16_t owner = owners_[slot];
    return owner == 0 ? nullptr : &nodes_[owner - 1u];
  }
  /// Masters, each once.
  const std::vector<ServerAddress>& nodes() const noexcept { return nodes_; }
  /// Masters that have slots, and replicas.
  bool has_member(const ServerAddress& address) const noexcept;
  /// Every slot has a node.
  bool complete() const noexcept { return assigned_ == kSlots; }

  void assign(unsigned first_slot, unsigned last_slot, const ServerAddress& node);
  void add_replica(const ServerAddress& node) { replicas_.push_back(node); }

  friend bool operator==(const SlotMap&, const SlotMap&) = default;

 private:
  std::array<std::uint16_t, kSlots> owners_{};  // index into nodes_ plus one; 0: nobody
  std::vector<ServerAddress> nodes_;
  std::vector<ServerAddress> replicas_;
  unsigned assigned_ = 0;
};

/// The answer to CLUSTER SLOTS; nullopt if it is none. `asked` stands for an address that the node
/// leaves open, because it does not know its own.
std::optional<SlotMap> parse_slots(const Reply& reply, const ServerAddress& asked);
/// The answer to CLUSTER SHARDS (Redis 7), for a Redis that has SLOTS no more.
std::optional<SlotMap> parse_shards(const Reply& reply, const ServerAddress& asked, bool tls);

/// MOVED or ASK: the error with which a node refuses a command that another one must execute.
struct Redirection {
  bool ask = false;  ///< ASK: for this one command only
  std::uint16_t slot = 0;
  ServerAddress to;

  friend bool operator==(const Redirection&, const Redirection&) = default;
};

/// Nullopt if the answer is no redirection, or none that can be followed.
std::optional<Redirection> parse_redirection(std::string_view error, const ServerAddress& asked);

}  // namespace pushgate::redis
