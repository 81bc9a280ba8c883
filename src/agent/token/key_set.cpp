// key_set.cpp - keys out of secrets and PEM files; JSON Web Keys have a file of their own.

#include "agent/token/key_set.hpp"

#include <utility>

#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "agent/token/token_key.hpp"

namespace pushgate::agent {

namespace {

LoadedKeys single(KeyOutcome outcome, const KeySet::Options& options) {
  if (!outcome.key) return {nullptr, std::move(outcome.fault)};
  outcome.key->id = options.key_id;
  outcome.key->only_with_id = !options.key_id.empty();
  KeySet::Keys keys;
  keys.push_back(std::move(outcome.key));
  return {std::make_shared<const KeySet>(std::move(keys)), {}};
}

PublicKey key_of_certificate(std::string_view pem) {
  BIO* const input = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* const certificate = PEM_read_bio_X509(input, nullptr, nullptr, nullptr);
  BIO_free(input);
  if (certificate == nullptr) return nullptr;
  PublicKey key{X509_get_pubkey(certificate)};
  X509_free(certificate);
  return key;
}

PublicKey plain_public_key(std::string_view pem) {
  EVP_PKEY* key = nullptr;
  OSSL_DECODER_CTX* const decoder = OSSL_DECODER_CTX_new_for_pkey(
      &key, "PEM", nullptr, nullptr, EVP_PKEY_PUBLIC_KEY, nullptr, nullptr);
  if (decoder == nullptr) return nullptr;
  const auto* text = reinterpret_cast<const unsigned char*>(pem.data());
  std::size_t bytes = pem.size();
  if (OSSL_DECODER_from_data(decoder, &text, &bytes) != 1) {
    EVP_PKEY_free(key);
    key = nullptr;
  }
  OSSL_DECODER_CTX_free(decoder);
  return PublicKey{key};
}

}  // namespace

LoadedKeys KeySet::from_secret(std::string_view secret, const Options& options) {
  return single(make_secret_key(secret, options.algorithm), options);
}

LoadedKeys KeySet::from_pem(std::string_view pem, const Options& options) {
  if (pem.find("PRIVATE KEY-----") != std::string_view::npos) {
    return {nullptr, "it holds a private key, which only the issuer should have; give the public"};
  }
  const bool certificate = pem.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos;
  if (!certificate && pem.find("PUBLIC KEY-----") == std::string_view::npos) {
    return {nullptr, "it holds neither a public key nor a certificate in PEM form"};
  }
  PublicKey key = certificate ? key_of_certificate(pem) : plain_public_key(pem);
  ERR_clear_error();
  if (!key) return {nullptr, "the PEM text cannot be read"};
  return single(make_public_key(std::move(key), options.algorithm), options);
}

}  // namespace pushgate::agent
