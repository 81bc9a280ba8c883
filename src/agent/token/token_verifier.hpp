#pragma once
// token_verifier.hpp - is this token (JWS compact, RFC 7515 and 7519) genuine and valid now?
//
// Sans-I/O: bytes and the time in, verdict out. For scripts:
//
//   LoadedKeys loaded = KeySet::from_secret(secret, {.algorithm = "HS256"});    // or pem, jwks
//   if (!loaded.keys) return error(loaded.fault);
//   TokenVerifier verifier(loaded.keys, {.issuers = {"https://id.example"}});   // keep both!
//   TokenVerdict verdict = verifier.verify(token, wall_time_now());
//   if (verdict.fault != TokenFault::none) return error(name_of(verdict.fault));
//   return verdict.claims;                                                      // JSON text
//
// Making keys and verifiers costs far more than verifying: keep one for each set of options and
// thread.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/token/key_set.hpp"
#include "agent/token/token_fault.hpp"

namespace pushgate::agent {

/// What calendars and tokens use; unlike Clock it may jump.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

inline WallTime wall_time_now() noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// What a genuine token must say beyond its signature.
struct TokenPolicy {
  std::string claim{};                       ///< for TokenVerdict::uid; empty: none is looked for
  std::vector<std::string> issuers{};        ///< one of them is `iss`; empty: not looked at
  std::vector<std::string> audiences{};      ///< one of them is in `aud`; empty: not looked at
  std::chrono::milliseconds leeway{30'000};  ///< for `exp` and `nbf`
  bool require_expiry = true;
};

struct TokenVerdict {
  TokenFault fault = TokenFault::none;
  /// The value of TokenPolicy::claim: text, or an integer in decimal digits. Never empty without a
  /// fault, unless no claim was asked for.
  std::string uid{};
  /// From here on it is expired, leeway included; max() if it never is.
  WallTime expires = WallTime::max();
  /// The payload as it was signed, a JSON object; only without a fault. Lives until the next call.
  std::string_view claims{};
};

/// Verifies tokens with one set of keys. For one thread: it keeps prepared contexts of OpenSSL, the
/// last few headers and a buffer. Does not allocate for HS* with a uid of up to 15 bytes, beyond
/// what OpenSSL and the JSON reader do.
class TokenVerifier {
 public:
  static constexpr std::size_t kMaxTokenBytes = 8 * 1024;
  /// Signatures that are tried at most for one token: keys of its algorithm, if it has no `kid`.
  static constexpr std::size_t kMaxTries = 8;

  TokenVerifier(std::shared_ptr<const KeySet> keys, TokenPolicy policy);
  TokenVerifier(TokenVerifier&&) noexcept;
  TokenVerifier& operator=(TokenVerifier&&) noexcept;
  ~TokenVerifier();

  /// Nothing of the payload is looked at before the signature has been verified.
  TokenVerdict verify(std::string_view token, WallTime now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::agent
