#pragma once
// lookup_answer.hpp - what a service or Redis has said, for all requests that asked the same.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/config/identity_config.hpp"

namespace pushgate::agent {

/// Immutable once made; copied into the SourceValue of each request.
struct LookupAnswer {
  SourceValue::Kind kind = SourceValue::Kind::missing;  ///< missing, found or refused
  std::string value;
  Refusal refusal;
  std::shared_ptr<const SourceExtras> extras{};  ///< nullptr: none
  bool keep = true;  ///< false for failures: the next request asks again

  /// Heap and self, about.
  std::size_t bytes() const noexcept;
  SourceValue to_value() const;
};
using AnswerPtr = std::shared_ptr<const LookupAnswer>;

/// What is the same in all failures of one source.
struct FailureRule {
  config::OnSourceError on_error = config::OnSourceError::deny;
  std::string source;  ///< for the log; nothing secret
};

/// There is no answer that could be used: counted, logged (not too often), and answered as the
/// configuration says. `reason` is text of ours, never of a request.
LookupAnswer failed_lookup(SourceThread& thread, const FailureRule& rule, const Refusal& refusal,
                           std::string_view reason);

}  // namespace pushgate::agent
