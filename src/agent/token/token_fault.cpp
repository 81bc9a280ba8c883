#include "agent/token/token_fault.hpp"

#include <array>
#include <cstddef>

namespace pushgate::agent {

namespace {

struct Words {
  std::string_view name;
  std::string_view message;
};

// In the order of TokenFault.
constexpr std::array kWords{
    Words{"none", ""},
    Words{"too_large", "The token is too large."},
    Words{"bad_form", "The token does not have three parts."},
    Words{"encrypted", "Encrypted tokens are not supported."},
    Words{"bad_encoding", "A part of the token is not base64url."},
    Words{"bad_header", "The token's header is not valid."},
    Words{"duplicate_member", "The token says something twice."},
    Words{"missing_algorithm", "The token does not name its algorithm."},
    Words{"algorithm_none", "The token is not signed."},
    Words{"unknown_algorithm", "The token's algorithm is not supported."},
    Words{"critical_extension", "The token needs an extension that is not supported."},
    Words{"unencoded_payload", "Tokens with an unencoded payload are not supported."},
    Words{"nested", "Tokens within tokens are not supported."},
    Words{"unknown_key", "No key is known for the token."},
    Words{"wrong_algorithm", "The token's key is not for its algorithm."},
    Words{"bad_signature", "The token's signature is wrong."},
    Words{"bad_payload", "The token's payload is not a JSON object."},
    Words{"bad_claim", "A claim of the token has the wrong type."},
    Words{"expired", "The token has expired."},
    Words{"not_yet_valid", "The token is not valid yet."},
    Words{"missing_expiry", "The token does not say when it expires."},
    Words{"wrong_issuer", "The token comes from another issuer."},
    Words{"wrong_audience", "The token is for another audience."},
    Words{"missing_claim", "The token does not say who the user is."},
};
static_assert(kWords.size() == static_cast<std::size_t>(TokenFault::missing_claim) + 1);

}  // namespace

std::string_view name_of(TokenFault fault) noexcept {
  return kWords[static_cast<std::size_t>(fault)].name;
}

std::string_view message_of(TokenFault fault) noexcept {
  return kWords[static_cast<std::size_t>(fault)].message;
}

}  // namespace pushgate::agent
