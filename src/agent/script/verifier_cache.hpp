#pragma once
// verifier_cache.hpp - verifiers of tokens for the options that scripts give, made once.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "agent/script/lua.hpp"
#include "agent/token/token_verifier.hpp"

namespace pushgate::agent {

struct VerifierOptions {
  enum class Kind : std::uint8_t { none, secret, pem, jwks };
  Kind kind = Kind::none;
  std::string key;
  std::string algorithm;
  TokenPolicy policy;
};

/// Of one state. A script has few sets of options; one that makes them up pays for each.
class VerifierCache {
 public:
  static constexpr std::size_t kMaxVerifiers = 64;

  /// Raises if the key is of no use. Good until the next call.
  TokenVerifier& get(lua_State* lua, const VerifierOptions& options);

 private:
  std::map<std::string, TokenVerifier> verifiers_;
};

}  // namespace pushgate::agent
