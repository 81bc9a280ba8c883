#include "pushgate/agent/identity/identity_source.hpp"

#include "agent/identity/sources.hpp"

namespace pushgate::agent {

bool IdentitySource::contradicts(const RequestView&, std::string_view) const { return false; }

SourcePtr make_request_source(const config::IdentitySourceConfig& config) {
  using Place = config::IdentitySourceConfig::Kind;
  switch (config.kind) {
    case Place::cookie:
      return make_cookie_source(config.text);
    case Place::query:
      return make_query_source(config.text);
    case Place::header:
      return make_header_source(config.text);
    case Place::path:
      return make_path_source(config.text);
    case Place::client_ip:
      return make_client_ip_source();
    case Place::constant:
      return make_constant_source(config.text);
    default:
      return nullptr;
  }
}

}  // namespace pushgate::agent
