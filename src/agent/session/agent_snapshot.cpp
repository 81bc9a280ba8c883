#include "pushgate/agent/session/agent_snapshot.hpp"

#include <algorithm>
#include <utility>

#include "pushgate/http/hop_by_hop.hpp"

namespace pushgate::agent {

namespace {

constexpr std::uint64_t length_bit(std::string_view name) noexcept {
  return 1ull << std::min<std::size_t>(name.size(), 63);
}

/// What a service or a script tells the node, a client must not be able to.
void protect_fields_of_sources(const config::IdentityConfig& identity, ProtectedNames& names) {
  for (const std::string& name : identity.protected_headers) names.add(name);
  for (const auto* sources : {&identity.uid, &identity.product}) {
    for (const config::IdentitySourceConfig& source : *sources) {
      const auto* const http = std::get_if<config::HttpSourceConfig>(&source.detail);
      if (http == nullptr) continue;
      for (const std::string& name : http->pass) names.add(name);
    }
  }
}

}  // namespace

void ProtectedNames::add(std::string_view name) {
  lengths_ |= length_bit(name);
  names_.emplace_back(name);
}

bool ProtectedNames::contains(std::string_view name) const noexcept {
  if (!(lengths_ & length_bit(name))) return false;
  return std::any_of(names_.begin(), names_.end(), [&](const std::string& protected_name) {
    return http::is_same_or_alias(name, protected_name);
  });
}

AgentSnapshot::AgentSnapshot(config::Config loaded, std::shared_ptr<const RequestPolicy> made_of_it,
                             Pool::Shared shared, std::uint64_t table_epoch)
    : config(std::move(loaded)),
      policy(std::move(made_of_it)),
      routes(config.router, config.daemon, shared),
      epoch(table_epoch) {
  const config::DaemonConfig& daemon = config.daemon;
  head_limits.max_head_bytes = static_cast<std::size_t>(daemon.limits.head_bytes);
  head_limits.max_fields = static_cast<std::size_t>(daemon.limits.head_fields);
  head_limits.allow_bare_lf = daemon.http.allow_bare_lf;
  upstream_limits.idle_per_node =
      static_cast<std::size_t>(daemon.limits.upstream_idle_per_endpoint);
  upstream_limits.idle_time = daemon.timeouts.upstream_idle;
  protected_names.add(daemon.identity.uid_header);
  protected_names.add(daemon.identity.product_header);
  protect_fields_of_sources(daemon.identity, protected_names);
}

}  // namespace pushgate::agent
