#include "pushgate/agent/routing/pool.hpp"

#include <algorithm>

#include "agent/identity/condition.hpp"

namespace pushgate::agent {

namespace {

std::vector<HashMember> hash_members(const std::vector<config::BackendConfig>& backends) {
  std::vector<HashMember> members;
  members.reserve(backends.size());
  for (const config::BackendConfig& backend : backends) {
    members.push_back({backend.id, backend.weight, backend.server, backend.address});
  }
  return members;
}

}  // namespace

Pool::Pool(const config::ProductConfig& product, const config::DaemonConfig& daemon, Shared shared)
    : name_(product.name),
      policy_(shared.policies.get(product.hash.value_or(daemon.default_hash),
                                  hash_members(product.backends))),
      timeouts_{product.connect_timeout.value_or(daemon.timeouts.connect),
                product.first_byte_timeout.value_or(daemon.timeouts.first_byte),
                product.tunnel_idle_timeout.value_or(daemon.timeouts.tunnel_idle)},
      retries_(product.retries),
      condition_(make_condition(product.when)) {
  members_.reserve(product.backends.size());
  for (const config::BackendConfig& backend : product.backends) {
    members_.push_back({backend.id, backend.address, backend.endpoint, backend.weight,
                        backend.server, shared.board.node(backend.endpoint)});
    if (shared.counts != nullptr) {
      members_.back().counts = shared.counts->of(product.name, backend.id);
    }
  }
}

const Member* Pool::find(std::string_view id) const noexcept {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [id](const Member& member) { return member.id == id; });
  return found != members_.end() ? &*found : nullptr;
}

std::optional<Choice> pick(const Pool& pool, std::string_view uid, std::size_t first_attempt,
                           TimePoint now) noexcept {
  const std::vector<Member>& members = pool.members();
  if (first_attempt == 0) {
    const std::size_t own = pool.policy().pick(uid);
    if (own == HashPolicy::kNone) return std::nullopt;
    if (members[own].health->available(now)) return Choice{&members[own], own, 0};
    first_attempt = 1;
  }
  // Kept per thread: an outage must not turn every request of the dead node's users into
  // allocations.
  thread_local std::vector<std::uint32_t> order;
  pool.policy().order(uid, order);
  for (std::size_t attempt = first_attempt; attempt < order.size(); ++attempt) {
    const Member& member = members[order[attempt]];
    if (member.health->available(now)) return Choice{&member, order[attempt], attempt};
  }
  return std::nullopt;
}

}  // namespace pushgate::agent
