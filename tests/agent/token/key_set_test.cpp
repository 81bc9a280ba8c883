// Which keys are taken, and what is said about those that are not.

#include "agent/token/key_set.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/token/token_key.hpp"
#include "agent/token/token_maker.hpp"
#include "agent/token/token_vectors.hpp"

namespace pushgate::agent {
namespace {

using testing::HasSubstr;

std::string algorithms_of(const LoadedKeys& loaded) {
  if (!loaded.keys) return "none: " + loaded.fault;
  std::string text;
  for (const auto& key : loaded.keys->keys()) {
    for (std::size_t i = 0; i < kAlgorithms; ++i) {
      if (key->algorithms.has(static_cast<Algorithm>(i))) {
        text += std::string{kAlgorithmNames[i]} + ' ';
      }
    }
  }
  return text;
}

TEST(KeySet, GivesASecretTheAlgorithmsItIsLongEnoughFor) {
  EXPECT_EQ(algorithms_of(KeySet::from_secret(std::string(32, 'x'), {})), "HS256 ");
  EXPECT_EQ(algorithms_of(KeySet::from_secret(std::string(63, 'x'), {})), "HS256 HS384 ");
  EXPECT_EQ(algorithms_of(KeySet::from_secret(std::string(64, 'x'), {})), "HS256 HS384 HS512 ");
  EXPECT_EQ(algorithms_of(KeySet::from_secret(std::string(64, 'x'), {.algorithm = "HS384"})),
            "HS384 ");
}

TEST(KeySet, RefusesSecretsThatAreTooShort) {
  EXPECT_EQ(KeySet::from_secret("short", {}).fault,
            "a secret for HS256 must have 32 bytes at least, and this one has 5");
  EXPECT_EQ(KeySet::from_secret(std::string(40, 'x'), {.algorithm = "HS512"}).fault,
            "a secret for HS512 must have 64 bytes at least, and this one has 40");
  EXPECT_EQ(KeySet::from_secret(std::string(64, 'x'), {.algorithm = "RS256"}).fault,
            "the key is not for RS256");
  EXPECT_EQ(KeySet::from_secret(std::string(64, 'x'), {.algorithm = "none"}).fault,
            "unknown algorithm \"none\"");
}

TEST(KeySet, KnowsPublicKeysAndCertificates) {
  const std::string rsa = "RS256 RS384 RS512 PS256 PS384 PS512 ";
  EXPECT_EQ(algorithms_of(KeySet::from_pem(kRsaPem, {})), rsa);
  EXPECT_EQ(algorithms_of(KeySet::from_pem(kRsaPkcs1Pem, {})), rsa);
  EXPECT_EQ(algorithms_of(KeySet::from_pem(kRsaCertificate, {})), rsa);
  EXPECT_EQ(algorithms_of(KeySet::from_pem(kP256Pem, {})), "ES256 ");
  EXPECT_EQ(algorithms_of(KeySet::from_pem(kP384Pem, {})), "ES384 ");
  EXPECT_EQ(algorithms_of(KeySet::from_pem(kP521Pem, {})), "ES512 ");
  EXPECT_EQ(algorithms_of(KeySet::from_pem(kEdwardsPem, {})), "EdDSA ");
  EXPECT_EQ(algorithms_of(KeySet::from_pem(kRsaPem, {.algorithm = "PS512"})), "PS512 ");
}

TEST(KeySet, RefusesUnfitPemFiles) {
  EXPECT_THAT(KeySet::from_pem(kWeakRsaPem, {}).fault, HasSubstr("1024 bits is too short"));
  EXPECT_THAT(KeySet::from_pem(kOtherCurvePem, {}).fault, HasSubstr("secp256k1"));
  EXPECT_THAT(KeySet::from_pem(kPrivatePem, {}).fault, HasSubstr("private key"));
  EXPECT_THAT(KeySet::from_pem("text", {}).fault, HasSubstr("neither"));
  EXPECT_THAT(KeySet::from_pem(kRsaPem.substr(0, 200), {}).fault, HasSubstr("cannot be read"));
  EXPECT_THAT(
      KeySet::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", {}).fault,
      HasSubstr("cannot be read"));
  EXPECT_EQ(KeySet::from_pem(kP256Pem, {.algorithm = "ES384"}).fault, "the key is not for ES384");
}

TEST(KeySet, ReadsJsonWebKeySets) {
  const LoadedKeys loaded = KeySet::from_jwks(kJwks, {});
  EXPECT_EQ(algorithms_of(loaded),
            "HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA ");
  EXPECT_EQ(loaded.fault, "");
  EXPECT_EQ(algorithms_of(KeySet::from_jwks(kJwks, {.algorithm = "ES384"})), "ES384 ");
  EXPECT_EQ(algorithms_of(KeySet::from_jwks(kJwks, {.key_id = "p256"})), "ES256 ");
}

std::string oct(const std::string& extra) {
  return R"({"kty":"oct","k":")" + base64url(kSecret.substr(0, 32)) + '"' + extra + '}';
}

TEST(KeySet, LeavesOutKeysForOtherPurposes) {
  for (const std::string extra :
       {R"(,"use":"enc")", R"(,"use":7)", R"(,"key_ops":["sign"])", R"(,"key_ops":"verify")",
        R"(,"alg":"A128KW")", R"(,"alg":"none")"}) {
    const LoadedKeys alone = KeySet::from_jwks(oct(extra), {});
    EXPECT_FALSE(alone.keys) << extra;
    EXPECT_EQ(alone.fault, "it has no key that tokens can be verified with") << extra;
    const LoadedKeys both =
        KeySet::from_jwks("{\"keys\":[" + oct(extra) + ',' + oct("") + "]}", {});
    EXPECT_EQ(algorithms_of(both), "HS256 ") << extra;
    EXPECT_EQ(both.fault, "") << extra;
  }
  EXPECT_EQ(algorithms_of(KeySet::from_jwks(
                oct(R"(,"use":"sig","key_ops":["sign","verify"],"alg":"HS256")"), {})),
            "HS256 ");
  EXPECT_FALSE(KeySet::from_jwks(R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})", {}).keys);
  EXPECT_FALSE(KeySet::from_jwks(R"({"kty":"OKP","crv":"X25519","x":"AA"})", {}).keys);
}

TEST(KeySet, NamesTheUnfitKeyOfASet) {
  const LoadedKeys loaded =
      KeySet::from_jwks("{\"keys\":[" + oct("") + ',' + std::string{kWeakRsaJwk} + "]}", {});
  EXPECT_EQ(algorithms_of(loaded), "HS256 ");
  EXPECT_EQ(loaded.fault,
            "key 2 of the set (kid \"weak\"): an RSA key of 1024 bits is too short; 2048 at least");
  EXPECT_THAT(KeySet::from_jwks(R"({"keys":[7]})", {}).fault, HasSubstr("key 1 of the set: not"));
}

TEST(KeySet, RefusesNumbersThatMakeNoKey) {
  const std::string zeros = base64url(std::string(32, '\0'));
  for (const std::string& jwk :
       {R"({"kty":"EC","crv":"P-256","x":")" + zeros + R"(","y":")" + zeros + "\"}",
        std::string{R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"},
        std::string{R"({"kty":"EC","crv":"P-256"})"}, std::string{R"({"kty":"RSA"})"},
        R"({"kty":"RSA","e":"AQAB","n":")" + base64url(std::string(256, '\xfe')) + "\"}",
        R"({"kty":"RSA","e":"AQ","n":")" + base64url(std::string(256, '\xff')) + "\"}",
        R"({"kty":"RSA","e":"AAAC","n":")" + base64url(std::string(256, '\xff')) + "\"}",
        R"({"kty":"RSA","e":"AQAB","n":")" + base64url(std::string(2048, '\xff')) + "\"}",
        std::string{R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"},
        std::string{R"({"kty":"oct","k":"=="})"}, oct(R"(,"kid":7)")}) {
    const LoadedKeys loaded = KeySet::from_jwks(jwk, {});
    EXPECT_FALSE(loaded.keys) << jwk;
    EXPECT_THAT(loaded.fault, HasSubstr("key 1 of the set")) << jwk;
  }
}

TEST(KeySet, RefusesWhatIsNoSet) {
  for (const std::string_view text :
       {"", "x", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", "7"}) {
    const LoadedKeys loaded = KeySet::from_jwks(text, {});
    EXPECT_FALSE(loaded.keys) << text;
    EXPECT_NE(loaded.fault, "") << text;
  }
  std::string many = oct("");
  for (int i = 0; i < 64; ++i) many += ',' + oct("");
  EXPECT_THAT(KeySet::from_jwks("{\"keys\":[" + many + "]}", {}).fault, HasSubstr("64 at most"));
}

TEST(KeySet, BearsAnyDepth) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_THAT(KeySet::from_jwks("{\"keys\":" + deep + '}', {}).fault,
              HasSubstr("key 1 of the set"));
  EXPECT_EQ(algorithms_of(KeySet::from_jwks(oct(",\"x\":" + deep), {})), "HS256 ");
  EXPECT_FALSE(KeySet::from_jwks(oct(",\"use\":" + deep), {}).keys);
  EXPECT_FALSE(KeySet::from_jwks(oct(",\"key_ops\":" + deep), {}).keys);
}

}  // namespace
}  // namespace pushgate::agent
