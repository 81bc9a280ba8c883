#pragma once
// hook_runner.hpp - calls one function of one state for one request, and what becomes of failures.

#include <memory>
#include <optional>
#include <string_view>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/agent/routing/route_hook.hpp"

#include "agent/script/script_set_impl.hpp"
#include "agent/script/waiting.hpp"

namespace pushgate::agent {

/// Whose call it is, and what a failure of it means.
struct HookPolicy {
  config::OnSourceError on_error;
  std::string_view file;  ///< named in the log where the failure has no place in a script
};

/// Ends a failed call; nullopt is "as if there were no hook". Logs and counts.
std::optional<Refusal> give_up(const CallLease& lease, SourceThread& thread,
                               const HookPolicy& policy);

}  // namespace pushgate::agent
