#pragma once
// modulo_policy.hpp - the node that the original gopush would have chosen.

#include "pushgate/agent/routing/hash_policy.hpp"

namespace pushgate::agent {

/// gopush's choice (tools/getHash.js and getServerIp, getPort in agent/index.js), so that a fleet
/// can be migrated without moving a user: server = hash mod servers, port = the same hash mod the
/// ports of that server. The servers, and the ports of each, stand in the order of the table: here,
/// and only here, order decides.
///
/// gopush knows no weights. Ours are ignored, except that members of weight 0 count as absent.
///
/// Stability: none. A changed number of servers moves almost every key. And because both choices
/// take the same hash, some pools never use some members (2 servers with 2 ports each use 2 of 4).
/// Prefer another policy for new pools. Fail-over: the following members in the order of the table,
/// cyclically.
class ModuloPolicy final : public HashPolicy {
 public:
  explicit ModuloPolicy(std::span<const HashMember> members);

  std::size_t pick(std::string_view key) const noexcept override;
  void order(std::string_view key, std::vector<std::uint32_t>& out) const override;
  std::uint64_t hash(std::string_view key) const noexcept override;
  std::optional<std::uint64_t> bucket(std::string_view) const noexcept override { return {}; }
  std::string_view name() const noexcept override { return "modulo"; }

 private:
  std::size_t position(std::string_view key) const noexcept;

  std::vector<std::uint32_t> members_;      // of positive weight, in the order of the table
  std::vector<std::size_t> server_starts_;  // into members_, one per server and one past the end
};

}  // namespace pushgate::agent
