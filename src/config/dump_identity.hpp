#pragma once
// dump_identity.hpp - the keys "identity", "hooks" and "when" as they are shown.

#include "pushgate/config/identity_config.hpp"

#include "config/document.hpp"

namespace pushgate::config {

Json dump_identity(const IdentityConfig& identity);
Json dump_hooks(const HookConfig& hooks);
Json dump_condition(const ConditionConfig& condition);

}  // namespace pushgate::config
