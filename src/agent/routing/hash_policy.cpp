#include "pushgate/agent/routing/hash_policy.hpp"

#include "agent/routing/ketama_policy.hpp"
#include "agent/routing/maglev_policy.hpp"
#include "agent/routing/modulo_policy.hpp"
#include "agent/routing/rendezvous_policy.hpp"

namespace pushgate::agent {

std::size_t HashPolicy::choice(std::string_view key, std::size_t attempt) const {
  if (attempt == 0) return pick(key);
  std::vector<std::uint32_t> members;
  order(key, members);
  return attempt < members.size() ? members[attempt] : kNone;
}

std::unique_ptr<const HashPolicy> make_hash_policy(config::HashKind kind,
                                                   std::span<const HashMember> members) {
  switch (kind) {
    case config::HashKind::ketama:
      return std::make_unique<KetamaPolicy>(members);
    case config::HashKind::maglev:
      return std::make_unique<MaglevPolicy>(members);
    case config::HashKind::modulo:
      return std::make_unique<ModuloPolicy>(members);
    case config::HashKind::rendezvous:
      break;
  }
  return std::make_unique<RendezvousPolicy>(members);
}

std::string_view name_of(config::HashKind kind) noexcept {
  switch (kind) {
    case config::HashKind::ketama:
      return "ketama";
    case config::HashKind::maglev:
      return "maglev";
    case config::HashKind::modulo:
      return "modulo";
    case config::HashKind::rendezvous:
      break;
  }
  return "rendezvous";
}

}  // namespace pushgate::agent
