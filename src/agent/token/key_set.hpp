#pragma once
// key_set.hpp - the keys that tokens may be signed with, made from text. Sans-I/O.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pushgate::agent {

struct TokenKey;
struct LoadedKeys;

/// Immutable; shared by all threads. Each key is for one family of algorithms and, if that is
/// named, for one algorithm only, so a token cannot choose how its key is used.
class KeySet {
 public:
  using Keys = std::vector<std::shared_ptr<const TokenKey>>;

  /// What is said beside a key's own text.
  struct Options {
    std::string algorithm;  ///< e.g. "RS256": the only one; empty: all that the key is fit for
    std::string key_id;  ///< only for tokens with this `kid`; with a JWKS: only its keys so named
  };
  static constexpr std::size_t kMaxKeys = 64;
  static constexpr unsigned kMinRsaBits = 2048;
  static constexpr unsigned kMaxRsaBits = 8192;

  /// A shared secret for HS*: as long as the hash at least (RFC 7518 section 3.2), and not the text
  /// of a PEM file, which somebody has published.
  static LoadedKeys from_secret(std::string_view secret, const Options& options);
  /// "-----BEGIN PUBLIC KEY-----", RSA PUBLIC KEY or CERTIFICATE: RSA, EC (P-256, P-384, P-521) or
  /// Ed25519. Only a certificate's key counts, not its dates nor who signed it.
  static LoadedKeys from_pem(std::string_view pem, const Options& options);
  /// A JSON Web Key Set, or one JSON Web Key (RFC 7517). Keys of unknown kinds, for other uses
  /// (`use`, `key_ops`) or algorithms are left out; unfit ones too, and `fault` names the first.
  static LoadedKeys from_jwks(std::string_view text, const Options& options);

  explicit KeySet(Keys keys) : keys_(std::move(keys)) {}
  const Keys& keys() const noexcept { return keys_; }

 private:
  Keys keys_;
};

struct LoadedKeys {
  std::shared_ptr<const KeySet> keys;  ///< nullptr if there is not one that can be used
  /// What is wrong, for people; never contains the key. from_jwks: may be there beside keys, and
  /// then tells of one that was left out because it is unfit.
  std::string fault;
};

}  // namespace pushgate::agent
