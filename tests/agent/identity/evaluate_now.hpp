#pragma once
// evaluate_now.hpp - the verdict of a chain whose sources all answer at once.

#include <stdexcept>
#include <utility>

#include "pushgate/agent/identity/identity_chain.hpp"

namespace pushgate::agent {

inline IdentityVerdict evaluate_now(const IdentityChain& chain, const RequestView& request) {
  IdentityEvaluation evaluation(chain, request);
  if (!evaluation.advance()) throw std::logic_error("a source has to wait");
  return std::move(evaluation.verdict());
}

}  // namespace pushgate::agent
