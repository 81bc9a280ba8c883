#pragma once
// hash_policy.hpp - which member of a pool a key belongs to, and which comes next if that one is
// down.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/config/daemon_config.hpp"

namespace pushgate::agent {

/// What a policy may know of a pool member. Identity is the id, never the index.
struct HashMember {
  std::string_view id;
  std::uint32_t weight = 1;  ///< 0: never chosen
  std::uint32_t server = 0;  ///< host index in gopush's two-level table; only modulo looks at it
  std::string_view address;  ///< as written in the table; only ketama looks at it (nginx hashes it)
};

/// Chooses a pool member for a key. Implementations are immutable after construction, hold no lock,
/// and are shared by every io thread: `pick` runs once per request.
///
/// Contract, checked for every policy by tests/agent/routing/hash_policy_contract_test.cpp:
///  - pure: the same key and members give the same answer on every host and build;
///  - order(key) names every member of weight > 0 once; its first is pick(key);
///  - the order in which members are listed does not matter (except to modulo, whose nature it is);
///  - what moves when a member joins or leaves is per policy: see src/agent/routing/README.md.
class HashPolicy {
 public:
  virtual ~HashPolicy() = default;

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// Index of the key's member; kNone if no member has a weight. Does not allocate or throw.
  virtual std::size_t pick(std::string_view key) const noexcept = 0;

  /// Every member of positive weight in the order in which it is to be tried for this key, written
  /// to `out`. Deterministic, so that every agent falls back to the same node. O(members * log
  /// members).
  virtual void order(std::string_view key, std::vector<std::uint32_t>& out) const = 0;

  /// One entry of `order`: the member to try when the first `attempt` choices are not available;
  /// kNone once there are no more. `attempt` 0 costs no more than pick.
  std::size_t choice(std::string_view key, std::size_t attempt) const;

  /// The number the policy derived from the key, for people who want to check it by hand.
  virtual std::uint64_t hash(std::string_view key) const noexcept = 0;

  /// Where in the policy's table the key falls: the rendezvous bucket, the maglev slot, the hash of
  /// the ketama ring point; nullopt if the policy has no table.
  virtual std::optional<std::uint64_t> bucket(std::string_view key) const noexcept = 0;

  /// As in the configuration, e.g. "ketama".
  virtual std::string_view name() const noexcept = 0;
};

/// Builds the table of a policy. Costs at most some milliseconds for tens of members, and under a
/// second for a thousand (measured: src/agent/routing/README.md). Control thread.
std::unique_ptr<const HashPolicy> make_hash_policy(config::HashKind kind,
                                                   std::span<const HashMember> members);
std::string_view name_of(config::HashKind kind) noexcept;

}  // namespace pushgate::agent
