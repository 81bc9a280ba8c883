#include "agent/token/json_web_key.hpp"

#include <memory>
#include <string>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

namespace pushgate::agent {

namespace {

struct FreeBuilder {
  void operator()(OSSL_PARAM_BLD* builder) const noexcept { OSSL_PARAM_BLD_free(builder); }
};
struct FreeNumber {
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};
using Builder = std::unique_ptr<OSSL_PARAM_BLD, FreeBuilder>;
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view bytes) {
  return Number{BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
}

PublicKey built(const char* type, OSSL_PARAM_BLD* builder) {
  OSSL_PARAM* const params = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr);
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    EVP_PKEY_free(key);
    key = nullptr;
  }
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(params);
  ERR_clear_error();
  return PublicKey{key};
}

}  // namespace

PublicKey rsa_public_key(std::string_view modulus, std::string_view exponent) {
  const Number n = number_of(modulus);
  const Number e = number_of(exponent);
  const Builder builder{OSSL_PARAM_BLD_new()};
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return built("RSA", builder.get());
}

PublicKey curve_public_key(std::string_view curve, std::string_view x, std::string_view y) {
  const std::size_t bytes = curve == "P-256" ? 32 : curve == "P-384" ? 48 : 66;
  if (x.size() != bytes || y.size() != bytes) return nullptr;  // RFC 7518 section 6.2.1.2
  const std::string name{curve};
  const std::string point = '\x04' + std::string{x} + std::string{y};
  const Builder builder{OSSL_PARAM_BLD_new()};
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, name.c_str(), 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  return built("EC", builder.get());
}

PublicKey ed25519_public_key(std::string_view bytes) {
  PublicKey key{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size())};
  ERR_clear_error();
  return key;
}

}  // namespace pushgate::agent
