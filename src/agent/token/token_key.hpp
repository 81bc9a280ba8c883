#pragma once
// token_key.hpp - one key, checked and bound to its algorithms. Sans-I/O.

#include <memory>
#include <string>
#include <string_view>

#include "agent/token/algorithm.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace pushgate::agent {

struct FreePublicKey {
  void operator()(evp_pkey_st* key) const noexcept;
};
using PublicKey = std::unique_ptr<evp_pkey_st, FreePublicKey>;

/// Either a secret or a public key. Immutable once it is in a KeySet, and used by all threads.
struct TokenKey {
  TokenKey() = default;
  TokenKey(const TokenKey&) = delete;
  TokenKey& operator=(const TokenKey&) = delete;
  ~TokenKey();  ///< overwrites the secret

  AlgorithmSet algorithms;    ///< never of two families
  std::string id;             ///< `kid`; empty: for tokens with any
  bool only_with_id = false;  ///< not for tokens without `kid`
  std::string secret;         ///< HS* only
  PublicKey public_key;       ///< nullptr: this is a secret
};

/// A key, or why there is none.
struct KeyOutcome {
  std::shared_ptr<TokenKey> key;
  std::string fault;  ///< for people; names no secret
};

/// `algorithm`: the only one, or empty for all that the key is fit for.
KeyOutcome make_secret_key(std::string_view secret, std::string_view algorithm);
KeyOutcome make_public_key(PublicKey key, std::string_view algorithm);

/// The same key for that algorithm and tokens with that `kid` only; both may be empty, and then
/// change nothing. nullptr if it is another key, or not for the algorithm.
std::shared_ptr<const TokenKey> restricted(std::shared_ptr<const TokenKey> key,
                                           std::string_view algorithm, std::string_view key_id);

}  // namespace pushgate::agent
