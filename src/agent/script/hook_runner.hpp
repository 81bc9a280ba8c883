#pragma once
// hook_runner.hpp - calls one function of one state for one request, and what becomes of failures.

#include <memory>
#include <string>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/agent/routing/route_hook.hpp"

#include "agent/script/script_set_impl.hpp"
#include "agent/script/waiting.hpp"

namespace pushgate::agent {

/// The refusal of a call that has failed, by HookConfig::on_error: nullopt is "as if there were no
/// hook". Logs and counts.
std::optional<Refusal> refusal_of(const CallFailure& failure, SourceThread& thread,
                                  config::OnSourceError on_error);

/// A failure that has no place in a script.
CallFailure out_of_memory();

/// Ends a failed call; the caller's policy decides.
std::optional<Refusal> give_up(const CallLease& lease, SourceThread& thread,
                               config::OnSourceError on_error);

}  // namespace pushgate::agent
