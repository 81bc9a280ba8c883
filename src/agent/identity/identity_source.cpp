#include "pushgate/agent/identity/identity_source.hpp"

namespace pushgate::agent {

bool IdentitySource::contradicts(const RequestView&, std::string_view) const { return false; }

runtime::Task<SourceValue> IdentitySource::look_async(RequestView request) const {
  co_return look(request);
}

SourceValue SuspendingSource::look(const RequestView&) const { return {}; }

}  // namespace pushgate::agent
