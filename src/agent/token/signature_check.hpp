#pragma once
// signature_check.hpp - one key with one algorithm, prepared for many signatures. Sans-I/O.

#include <memory>
#include <string_view>

#include "agent/token/algorithm.hpp"
#include "agent/token/token_key.hpp"

namespace pushgate::agent {

/// For one thread. What costs time to look up in OpenSSL (digests, contexts) is looked up once.
class SignatureCheck {
 public:
  virtual ~SignatureCheck() = default;

  /// True if `signature` (decoded) is that of `text`. The time it takes does not depend on how many
  /// bytes of a MAC are right.
  virtual bool verify(std::string_view text, std::string_view signature) = 0;
};

/// nullptr if OpenSSL refuses. Precondition: key.algorithms.has(algorithm). The key outlives it.
std::unique_ptr<SignatureCheck> make_signature_check(const TokenKey& key, Algorithm algorithm);

}  // namespace pushgate::agent
