#include "pushgate/agent/identity/identity_source.hpp"

namespace pushgate::agent {

bool IdentitySource::contradicts(const RequestView&, std::string_view) const { return false; }

}  // namespace pushgate::agent
