#include "agent/token/token_key.hpp"

#include <array>
#include <optional>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "agent/token/key_set.hpp"

namespace pushgate::agent {

namespace {

struct FitAlgorithms {
  AlgorithmSet algorithms;
  std::string fault;
};

FitAlgorithms unfit(std::string fault) { return {{}, std::move(fault)}; }

/// An even or tiny exponent or an even modulus is no RSA key; a huge exponent only costs time.
bool sound_rsa_numbers(const EVP_PKEY* key) {
  BIGNUM* modulus = nullptr;
  BIGNUM* exponent = nullptr;
  const bool sound = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1 &&
                     EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
                     BN_is_odd(modulus) && BN_is_odd(exponent) && !BN_is_one(exponent) &&
                     BN_num_bits(exponent) <= 64;
  BN_free(modulus);
  BN_free(exponent);
  return sound;
}

FitAlgorithms fit_for_rsa(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < static_cast<int>(KeySet::kMinRsaBits)) {
    return unfit("an RSA key of " + std::to_string(bits) + " bits is too short; 2048 at least");
  }
  if (bits > static_cast<int>(KeySet::kMaxRsaBits)) {
    return unfit("an RSA key of " + std::to_string(bits) + " bits is too long; 8192 at most");
  }
  if (!sound_rsa_numbers(key)) return unfit("the numbers of the RSA key make no key");
  return {{Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
           Algorithm::ps512},
          {}};
}

FitAlgorithms fit_for_curve(const EVP_PKEY* key) {
  std::array<char, 64> text{};
  std::size_t bytes = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, text.data(), text.size(),
                                     &bytes) != 1) {
    return unfit("its curve has no name");
  }
  const std::string_view name{text.data(), bytes};
  if (name == "prime256v1" || name == "P-256") return {{Algorithm::es256}, {}};
  if (name == "secp384r1" || name == "P-384") return {{Algorithm::es384}, {}};
  if (name == "secp521r1" || name == "P-521") return {{Algorithm::es512}, {}};
  return unfit("the curve " + std::string{name} + " is none of P-256, P-384 and P-521");
}

FitAlgorithms fit_for(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return fit_for_rsa(key);
    case EVP_PKEY_EC:
      return fit_for_curve(key);
    case EVP_PKEY_ED25519:
      return {{Algorithm::eddsa}, {}};
    default:
      return unfit("the key is none of RSA, EC and Ed25519");
  }
}

/// Of those that the key is fit for the one that is named, or all.
FitAlgorithms chosen(FitAlgorithms fit, std::string_view name) {
  if (!fit.fault.empty() || name.empty()) return fit;
  const std::optional<Algorithm> one = parse_algorithm(name);
  if (!one) return unfit("unknown algorithm \"" + std::string{name} + '"');
  if (!fit.algorithms.has(*one)) return unfit("the key is not for " + std::string{name});
  return {{*one}, {}};
}

/// Bytes of the hash, which a secret must have too.
constexpr std::size_t secret_bytes(Algorithm algorithm) noexcept {
  return algorithm == Algorithm::hs256 ? 32 : algorithm == Algorithm::hs384 ? 48 : 64;
}

FitAlgorithms fit_for_secret(std::string_view secret, std::string_view algorithm) {
  if (secret.starts_with("-----BEGIN ")) {
    return unfit("the secret is a PEM file; give it as a public key");
  }
  FitAlgorithms fit;
  for (const Algorithm each : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
    const bool named = algorithm == name_of(each);
    if (secret.size() >= secret_bytes(each)) {
      fit.algorithms.add(each);
    } else if (named || (algorithm.empty() && each == Algorithm::hs256)) {
      return unfit("a secret for " + std::string{name_of(each)} + " must have " +
                   std::to_string(secret_bytes(each)) + " bytes at least, and this one has " +
                   std::to_string(secret.size()));
    }
  }
  return chosen(std::move(fit), algorithm);
}

}  // namespace

void FreePublicKey::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

TokenKey::~TokenKey() { OPENSSL_cleanse(secret.data(), secret.size()); }

KeyOutcome make_secret_key(std::string_view secret, std::string_view algorithm) {
  FitAlgorithms fit = fit_for_secret(secret, algorithm);
  if (!fit.fault.empty()) return {nullptr, std::move(fit.fault)};
  auto made = std::make_shared<TokenKey>();
  made->algorithms = fit.algorithms;
  made->secret = secret;
  return {std::move(made), {}};
}

KeyOutcome make_public_key(PublicKey key, std::string_view algorithm) {
  FitAlgorithms fit = chosen(fit_for(key.get()), algorithm);
  if (!fit.fault.empty()) return {nullptr, std::move(fit.fault)};
  auto made = std::make_shared<TokenKey>();
  made->algorithms = fit.algorithms;
  made->public_key = std::move(key);
  return {std::move(made), {}};
}

std::shared_ptr<const TokenKey> restricted(std::shared_ptr<const TokenKey> key,
                                           std::string_view algorithm, std::string_view key_id) {
  if (!key_id.empty() && key->id != key_id) return nullptr;
  const FitAlgorithms fit = chosen({key->algorithms, {}}, algorithm);
  if (!fit.fault.empty()) return nullptr;
  if (algorithm.empty() && key_id.empty()) return key;
  auto made = std::make_shared<TokenKey>();
  made->algorithms = fit.algorithms;
  made->id = key->id;
  made->only_with_id = !key_id.empty();
  made->secret = key->secret;
  if (key->public_key && EVP_PKEY_up_ref(key->public_key.get()) == 1) {
    made->public_key.reset(key->public_key.get());
  }
  return made;
}

}  // namespace pushgate::agent
