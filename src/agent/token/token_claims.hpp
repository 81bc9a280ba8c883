#pragma once
// token_claims.hpp - the payload of a token against what is asked of it. Sans-I/O.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/token/token_verifier.hpp"

namespace pushgate::agent {

/// A claim's name, cut once into the steps of its way.
class ClaimPath {
 public:
  explicit ClaimPath(std::string claim);

  bool empty() const noexcept { return whole_.empty(); }
  /// "https://example.com/uid" may be a name of its own, dots and all: that is looked for first.
  const std::string& whole() const noexcept { return whole_; }
  const std::vector<std::string>& steps() const noexcept { return steps_; }

 private:
  std::string whole_;
  std::vector<std::string> steps_;
};

/// The verdict about a payload whose signature is right; `claims` is left empty.
TokenVerdict judge_claims(std::string_view json, const TokenPolicy& policy, const ClaimPath& path,
                          WallTime now);

}  // namespace pushgate::agent
