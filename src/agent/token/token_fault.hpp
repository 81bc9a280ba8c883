#pragma once
// token_fault.hpp - every reason for which a token is refused.

#include <cstdint>
#include <string_view>

namespace pushgate::agent {

enum class TokenFault : std::uint8_t {
  none,
  too_large,           ///< more than TokenVerifier::kMaxTokenBytes
  bad_form,            ///< not three parts between dots
  encrypted,           ///< five parts: a JWE
  bad_encoding,        ///< a part is not base64url: "=", another alphabet, unused bits not zero
  bad_header,          ///< not a JSON object, or a member of the wrong type
  duplicate_member,    ///< the header, or a claim that is looked at, says something twice
  missing_algorithm,   ///< no `alg`
  algorithm_none,      ///< "none", however it is written
  unknown_algorithm,   ///< not one of algorithm.hpp
  critical_extension,  ///< `crit`: nothing that it could name is supported (RFC 7515 4.1.11)
  unencoded_payload,   ///< `b64` is there and not true (RFC 7797)
  nested,              ///< `cty` says that the payload is a token itself
  unknown_key,         ///< no key has its `kid`, or is for its algorithm if it has no `kid`
  wrong_algorithm,     ///< the key with its `kid` is for another algorithm
  bad_signature,
  bad_payload,  ///< signed, but not a JSON object
  bad_claim,    ///< `exp` or `nbf` is no number, `iss` no string, `aud` neither of its forms
  expired,
  not_yet_valid,
  missing_expiry,  ///< without `exp`, although the policy requires it
  wrong_issuer,
  wrong_audience,
  missing_claim,  ///< the claim for the uid is not there, empty, or neither text nor integer
};

/// A stable name for logs, e.g. "bad_signature".
std::string_view name_of(TokenFault fault) noexcept;
/// One sentence for people. Static text.
std::string_view message_of(TokenFault fault) noexcept;

}  // namespace pushgate::agent
