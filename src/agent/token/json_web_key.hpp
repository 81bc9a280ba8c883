#pragma once
// json_web_key.hpp - the numbers of a JSON Web Key (RFC 7518 section 6) as a public key. Sans-I/O.

#include <string_view>

#include "agent/token/token_key.hpp"

namespace pushgate::agent {

/// Big-endian numbers as the JWK has them, decoded. nullptr if they make no key.
PublicKey rsa_public_key(std::string_view modulus, std::string_view exponent);
/// `curve`: "P-256", "P-384" or "P-521"; nullptr too if the point is not on it.
PublicKey curve_public_key(std::string_view curve, std::string_view x, std::string_view y);
PublicKey ed25519_public_key(std::string_view bytes);

}  // namespace pushgate::agent
