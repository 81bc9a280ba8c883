#include "agent/token/signature_check.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

namespace pushgate::agent {

namespace {

/// Frees whatever OpenSSL handed out.
struct Free {
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
  void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const char* digest_name(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::hs384:
    case Algorithm::rs384:
    case Algorithm::ps384:
    case Algorithm::es384:
      return "SHA384";
    case Algorithm::hs512:
    case Algorithm::rs512:
    case Algorithm::ps512:
    case Algorithm::es512:
      return "SHA512";
    default:
      return "SHA256";
  }
}

class HmacCheck final : public SignatureCheck {
 public:
  explicit HmacCheck(Owned<EVP_MAC_CTX> context) : context_(std::move(context)) {}

  static std::unique_ptr<SignatureCheck> make(const TokenKey& key, Algorithm algorithm) {
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    Owned<EVP_MAC_CTX> context{EVP_MAC_CTX_new(mac)};
    EVP_MAC_free(mac);
    std::string digest = digest_name(algorithm);
    const std::array params{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    if (!context ||
        EVP_MAC_init(context.get(), bytes_of(key.secret), key.secret.size(), params.data()) != 1) {
      return nullptr;
    }
    return std::make_unique<HmacCheck>(std::move(context));
  }

  bool verify(std::string_view text, std::string_view signature) override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
    std::size_t bytes = 0;
    // Without a key: the one of before, whose inner and outer states are kept.
    return EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&
           EVP_MAC_update(context_.get(), bytes_of(text), text.size()) == 1 &&
           EVP_MAC_final(context_.get(), mac.data(), &bytes, mac.size()) == 1 &&
           signature.size() == bytes && CRYPTO_memcmp(mac.data(), signature.data(), bytes) == 0;
  }

 private:
  Owned<EVP_MAC_CTX> context_;
};

/// RS*, PS* and ES*: a digest, and a signature of it.
class DigestCheck final : public SignatureCheck {
 public:
  DigestCheck(Owned<EVP_MD> digest, Owned<EVP_PKEY_CTX> context, std::size_t curve_bytes)
      : digest_(std::move(digest)), context_(std::move(context)), curve_bytes_(curve_bytes) {}

  static std::unique_ptr<SignatureCheck> make(const TokenKey& key, Algorithm algorithm) {
    Owned<EVP_MD> digest{EVP_MD_fetch(nullptr, digest_name(algorithm), nullptr)};
    Owned<EVP_PKEY_CTX> context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.public_key.get(), nullptr)};
    if (!digest || !context || EVP_PKEY_verify_init(context.get()) != 1) return nullptr;
    std::size_t curve_bytes = 0;
    if (algorithm >= Algorithm::es256) {
      curve_bytes = algorithm == Algorithm::es256 ? 32 : algorithm == Algorithm::es384 ? 48 : 66;
    } else {
      const bool pss = algorithm >= Algorithm::ps256;
      const int padding = pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
      if (EVP_PKEY_CTX_set_rsa_padding(context.get(), padding) != 1) return nullptr;
    }
    if (EVP_PKEY_CTX_set_signature_md(context.get(), digest.get()) != 1) return nullptr;
    // As long as the hash, no other length (RFC 7518 section 3.5).
    if (algorithm >= Algorithm::ps256 && algorithm <= Algorithm::ps512 &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) != 1) {
      return nullptr;
    }
    return std::make_unique<DigestCheck>(std::move(digest), std::move(context), curve_bytes);
  }

  bool verify(std::string_view text, std::string_view signature) override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
    unsigned bytes = 0;
    if (EVP_Digest(text.data(), text.size(), hash.data(), &bytes, digest_.get(), nullptr) != 1) {
      return false;
    }
    const bool right = curve_bytes_ == 0 ? matches(signature, {hash.data(), bytes})
                                         : matches_pair(signature, {hash.data(), bytes});
    if (!right) ERR_clear_error();
    return right;
  }

 private:
  struct Hash {
    const unsigned char* data;
    std::size_t size;
  };

  bool matches(std::string_view signature, Hash hash) {
    return EVP_PKEY_verify(context_.get(), bytes_of(signature), signature.size(), hash.data,
                           hash.size) == 1;
  }

  /// A JWS has r and s one behind the other (RFC 7518 section 3.4), OpenSSL wants DER.
  bool matches_pair(std::string_view signature, Hash hash) {
    if (signature.size() != 2 * curve_bytes_) return false;
    const int half = static_cast<int>(curve_bytes_);
    ECDSA_SIG* const pair = ECDSA_SIG_new();
    BIGNUM* const r = BN_bin2bn(bytes_of(signature), half, nullptr);
    BIGNUM* const s = BN_bin2bn(bytes_of(signature) + half, half, nullptr);
    if (pair == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair, r, s) != 1) {
      BN_free(r);
      BN_free(s);
      ECDSA_SIG_free(pair);
      return false;
    }
    std::array<unsigned char, 160> der;  // 2 * (66 + 1 + 2) and the head of the sequence
    unsigned char* end = der.data();
    const int bytes = i2d_ECDSA_SIG(pair, &end);
    ECDSA_SIG_free(pair);
    return bytes > 0 &&
           matches({reinterpret_cast<const char*>(der.data()), static_cast<std::size_t>(bytes)},
                   hash);
  }

  Owned<EVP_MD> digest_;
  Owned<EVP_PKEY_CTX> context_;
  std::size_t curve_bytes_;  ///< of r and of s; 0: RSA
};

/// Ed25519 signs the text itself, and OpenSSL 3.0 wants a context set up for each.
class EdwardsCheck final : public SignatureCheck {
 public:
  EdwardsCheck(evp_pkey_st* key, Owned<EVP_MD_CTX> context)
      : key_(key), context_(std::move(context)) {}

  bool verify(std::string_view text, std::string_view signature) override {
    const bool right = EVP_MD_CTX_reset(context_.get()) == 1 &&
                       EVP_DigestVerifyInit(context_.get(), nullptr, nullptr, nullptr, key_) == 1 &&
                       EVP_DigestVerify(context_.get(), bytes_of(signature), signature.size(),
                                        bytes_of(text), text.size()) == 1;
    if (!right) ERR_clear_error();
    return right;
  }

 private:
  evp_pkey_st* key_;
  Owned<EVP_MD_CTX> context_;
};

}  // namespace

std::unique_ptr<SignatureCheck> make_signature_check(const TokenKey& key, Algorithm algorithm) {
  std::unique_ptr<SignatureCheck> made;
  if (algorithm <= Algorithm::hs512) {
    made = HmacCheck::make(key, algorithm);
  } else if (algorithm == Algorithm::eddsa) {
    Owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    if (context) made = std::make_unique<EdwardsCheck>(key.public_key.get(), std::move(context));
  } else {
    made = DigestCheck::make(key, algorithm);
  }
  if (!made) ERR_clear_error();
  return made;
}

}  // namespace pushgate::agent
