#include "agent/script/hook_runner.hpp"

#include <string>

#include "pushgate/runtime/rate_limit.hpp"

namespace pushgate::agent {

namespace {

constexpr Refusal kFailed{500, "hook_failed", "A hook of the agent has failed."};
constexpr Refusal kTimedOut{504, "hook_timeout", "A hook of the agent took too long."};
constexpr Refusal kMalformed{400, "malformed_claim", "The request says something undecodable."};
constexpr Refusal kConflicting{400, "conflicting_claim", "The request says two different things."};

/// A wrong return value is found when the script's function has returned: it has a file, no line.
std::string place_of(const CallFailure& failure, std::string_view file) {
  if (failure.file.empty()) return std::string{file};
  return failure.file + ':' + std::to_string(failure.line);
}

void log_failure(const CallFailure& failure, SourceThread& thread, std::string_view file) {
  const std::string place = place_of(failure, file);
  thread.log().warn("hook failed", place,
                    {{"at", place}, {"error", failure.message}, {"traceback", failure.traceback}});
}

CallFailure out_of_memory() {
  CallFailure failure;
  failure.message = "not enough memory to begin";
  return failure;
}

std::optional<Refusal> refusal_of(const CallFailure& failure, SourceThread& thread,
                                  const HookPolicy& policy) {
  // The request's fault and not the script's: no line, and no policy.
  if (failure.kind == CallFailure::Kind::bad_claim) {
    return failure.bad_claim == BadClaim::malformed ? kMalformed : kConflicting;
  }
  const bool timeout = failure.kind == CallFailure::Kind::timeout;
  (timeout ? thread.metrics().hook_timeouts : thread.metrics().hook_errors).add();
  log_failure(failure, thread, policy.file);
  if (policy.on_error == config::OnSourceError::next) return std::nullopt;
  return timeout ? kTimedOut : kFailed;
}

}  // namespace

std::optional<Refusal> give_up(const CallLease& lease, SourceThread& thread,
                               const HookPolicy& policy) {
  return refusal_of(lease ? lease.state().failure(lease.call()) : out_of_memory(), thread, policy);
}

}  // namespace pushgate::agent
