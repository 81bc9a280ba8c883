// Genuine tokens of every algorithm, and everything that is not one.

#include "agent/token/token_verifier.hpp"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "agent/token/algorithm.hpp"
#include "agent/token/rfc_vectors.hpp"
#include "agent/token/token_maker.hpp"
#include "agent/token/token_vectors.hpp"

namespace pushgate::agent {

void PrintTo(TokenFault fault, std::ostream* out) { *out << name_of(fault); }

namespace {

constexpr WallTime kNow{std::chrono::seconds{1'700'000'100}};
constexpr std::string_view kHeader = R"({"alg":"HS256"})";
constexpr std::string_view kPayload = R"({"sub":"alice42","exp":1700003600})";

std::shared_ptr<const KeySet> secret_keys(const KeySet::Options& options = {}) {
  return KeySet::from_secret(kSecret, options).keys;
}
std::shared_ptr<const KeySet> all_keys() { return KeySet::from_jwks(kJwks, {}).keys; }
TokenPolicy subject() { return {.claim = "sub"}; }

TokenFault fault_of(std::string_view token, std::shared_ptr<const KeySet> keys = secret_keys()) {
  return TokenVerifier{std::move(keys), subject()}.verify(token, kNow).fault;
}
TokenFault fault_of_header(std::string_view header) {
  return fault_of(make_token(header, kPayload));
}

TEST(TokenVerifier, TakesEveryAlgorithmOfAnotherImplementation) {
  TokenVerifier verifier{all_keys(), subject()};

  ASSERT_EQ(kTokens.size(), kAlgorithms);
  for (const SignedToken& each : kTokens) {
    for (int i = 0; i < 3; ++i) {  // contexts and headers are used again
      const TokenVerdict verdict = verifier.verify(each.token, kNow);
      EXPECT_EQ(verdict.fault, TokenFault::none) << each.algorithm;
      EXPECT_EQ(verdict.uid, "alice42") << each.algorithm;
      EXPECT_EQ(verdict.claims, kClaims) << each.algorithm;
      EXPECT_EQ(verdict.expires, WallTime{std::chrono::seconds{1'700'003'630}}) << each.algorithm;
    }
  }
}

TEST(TokenVerifier, TakesTheExamplesOfTheRfcs) {
  constexpr WallTime kBefore{std::chrono::seconds{1'300'000'000}};
  for (const RfcVector& vector : kRfcVectors) {
    const LoadedKeys loaded = KeySet::from_jwks(vector.jwk, {});
    ASSERT_TRUE(loaded.keys) << vector.where << ": " << loaded.fault;
    TokenVerifier verifier{loaded.keys, {.claim = "iss"}};

    const TokenVerdict verdict = verifier.verify(vector.token, kBefore);

    // That the payload was looked at shows that the signature is right.
    EXPECT_EQ(verdict.fault, vector.has_claims ? TokenFault::none : TokenFault::bad_payload)
        << vector.where;
    EXPECT_EQ(verdict.uid, vector.has_claims ? "joe" : "") << vector.where;
  }
}

TEST(TokenVerifier, RefusesEveryOtherSignature) {
  TokenVerifier verifier{all_keys(), subject()};
  for (const SignedToken& each : kTokens) {
    std::string token{each.token};
    const std::size_t signature = token.rfind('.') + 1;
    const std::string right = from_base64url(std::string_view{token}.substr(signature));
    for (std::size_t i = 0; i < right.size(); i += 7) {
      std::string wrong = right;
      wrong[i] = static_cast<char>(wrong[i] ^ 1);
      const std::string forged = token.substr(0, signature) + base64url(wrong);
      EXPECT_EQ(verifier.verify(forged, kNow).fault, TokenFault::bad_signature) << each.algorithm;
    }
    for (const std::string& wrong :
         {std::string{}, right + '\0', right.substr(1), std::string(right.size(), '\0'),
          std::string(right.size(), '\xff')}) {
      const std::string forged = token.substr(0, signature) + base64url(wrong);
      EXPECT_EQ(verifier.verify(forged, kNow).fault, TokenFault::bad_signature) << each.algorithm;
    }
    EXPECT_EQ(verifier.verify(each.token, kNow).fault, TokenFault::none) << each.algorithm;
  }
}

TEST(TokenVerifier, RefusesATokenThatIsCutAnywhere) {
  TokenVerifier verifier{all_keys(), subject()};
  for (const SignedToken& each : kTokens) {
    for (std::size_t bytes = 0; bytes < each.token.size(); ++bytes) {
      EXPECT_NE(verifier.verify(each.token.substr(0, bytes), kNow).fault, TokenFault::none)
          << each.algorithm << ' ' << bytes;
      if (each.algorithm != "HS256" && bytes > 400) break;  // the slow ones: enough is enough
    }
  }
}

TEST(TokenVerifier, RefusesATokenWithAnyBitFlipped) {
  const std::string token{kTokens.front().token};
  TokenVerifier verifier{all_keys(), subject()};
  ASSERT_EQ(verifier.verify(token, kNow).fault, TokenFault::none);
  for (std::size_t i = 0; i < token.size() * 8; ++i) {
    std::string flipped = token;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    EXPECT_NE(verifier.verify(flipped, kNow).fault, TokenFault::none) << i;
  }
}

TEST(TokenVerifier, WantsThreePartsOfBase64url) {
  const std::string token = token_of(kPayload);
  EXPECT_EQ(fault_of(token), TokenFault::none);
  EXPECT_EQ(fault_of(""), TokenFault::bad_form);
  EXPECT_EQ(fault_of("no token"), TokenFault::bad_form);
  EXPECT_EQ(fault_of(token.substr(0, token.rfind('.'))), TokenFault::bad_form);
  EXPECT_EQ(fault_of(token + ".x"), TokenFault::bad_form);
  EXPECT_EQ(fault_of(token + ".x.y"), TokenFault::encrypted);
  EXPECT_EQ(fault_of(token + ".x.y.z"), TokenFault::bad_form);
  EXPECT_EQ(fault_of(token + '='), TokenFault::bad_encoding);
  EXPECT_EQ(fault_of(token + ' '), TokenFault::bad_encoding);
  EXPECT_EQ(fault_of(' ' + token), TokenFault::bad_encoding);
  EXPECT_EQ(fault_of(".."), TokenFault::bad_header);
  EXPECT_EQ(fault_of(sign_text("+/" + base64url(kHeader) + '.' + base64url(kPayload))),
            TokenFault::bad_encoding);
  EXPECT_EQ(fault_of(sign_text(base64url(kHeader) + "." + base64url(kPayload) + "==")),
            TokenFault::bad_encoding);
}

TEST(TokenVerifier, RefusesUnusedBitsThatAreNotZero) {
  std::string token = token_of(kPayload);  // 32 bytes of signature: two bits of the last are unused
  const std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  token.back() = letters[letters.find(token.back()) + 1];

  EXPECT_EQ(fault_of(token), TokenFault::bad_encoding);
}

TEST(TokenVerifier, RefusesWhatIsTooLarge) {
  const std::string rest = token_of(R"({"sub":"alice42","exp":1700003600,"x":""})");
  const std::size_t room = (TokenVerifier::kMaxTokenBytes - rest.size()) / 4 * 3;
  const auto with = [](std::size_t bytes) {
    return token_of(R"({"sub":"alice42","exp":1700003600,"x":")" + std::string(bytes, 'x') + "\"}");
  };

  EXPECT_EQ(fault_of(with(room - 3)), TokenFault::none);
  EXPECT_EQ(fault_of(with(room + 6)), TokenFault::too_large);
  EXPECT_EQ(fault_of(std::string(1'000'000, '.')), TokenFault::too_large);
}

TEST(TokenVerifier, RefusesForgedAlgorithms) {
  const auto unsigned_token = [](std::string_view alg) {
    return base64url(R"({"alg":")" + std::string{alg} + "\"}") + '.' + base64url(kPayload) + '.';
  };
  for (const std::string_view none : {"none", "None", "NONE", "nOnE"}) {
    EXPECT_EQ(fault_of(unsigned_token(none)), TokenFault::algorithm_none) << none;
    EXPECT_EQ(fault_of(unsigned_token(none), all_keys()), TokenFault::algorithm_none) << none;
  }
  for (const std::string_view other :
       {"", "hs256", "HS256 ", "HS1", "A128GCM", "none ", "ES256K"}) {
    EXPECT_EQ(fault_of(unsigned_token(other)), TokenFault::unknown_algorithm) << other;
  }
  EXPECT_EQ(fault_of(unsigned_token("HS256")), TokenFault::bad_signature);
  EXPECT_EQ(fault_of_header("{}"), TokenFault::missing_algorithm);
  EXPECT_EQ(fault_of_header(R"({"ALG":"HS256"})"), TokenFault::missing_algorithm);
  for (const std::string_view odd : {"null", "1", "true", "[\"HS256\"]", "{\"alg\":\"HS256\"}"}) {
    EXPECT_EQ(fault_of_header(R"({"alg":)" + std::string{odd} + '}'), TokenFault::bad_header)
        << odd;
  }
}

TEST(TokenVerifier, NeverTakesAPublicKeyForASecret) {
  for (const std::string_view pem : {kRsaPem, kP256Pem, kEdwardsPem, kRsaCertificate}) {
    const auto keys = KeySet::from_pem(pem, {}).keys;
    ASSERT_TRUE(keys);
    for (const std::string_view secret : {pem, pem.substr(0, pem.size() - 1)}) {
      EXPECT_EQ(fault_of(token_of(kPayload, secret), keys), TokenFault::unknown_key);
    }
    EXPECT_FALSE(KeySet::from_secret(pem, {}).keys);
  }
  const std::string confused = make_token(R"({"alg":"HS256","kid":"rsa"})", kPayload, kRsaPem);
  EXPECT_EQ(fault_of(confused, all_keys()), TokenFault::wrong_algorithm);
}

TEST(TokenVerifier, KeepsAKeyToTheOneAlgorithmThatIsNamed) {
  const auto only = KeySet::from_pem(kRsaPem, {.algorithm = "RS256"}).keys;
  for (const SignedToken& each : kTokens) {
    const TokenFault expected =
        each.algorithm == "RS256" ? TokenFault::none : TokenFault::unknown_key;
    EXPECT_EQ(fault_of(each.token, only), expected) << each.algorithm;
  }
}

TEST(TokenVerifier, LooksForTheKeyWithTheTokensId) {
  EXPECT_EQ(fault_of(make_token(R"({"alg":"HS256","kid":"secret"})", kPayload), all_keys()),
            TokenFault::none);
  EXPECT_EQ(fault_of(make_token(R"({"alg":"HS256","kid":"new"})", kPayload), all_keys()),
            TokenFault::unknown_key);
  EXPECT_EQ(fault_of(make_token(R"({"alg":"HS256","kid":""})", kPayload), all_keys()),
            TokenFault::unknown_key);
  for (const std::string_view trick : {"../../dev/null", "' OR 1=1", "secret\\u0000", "SECRET"}) {
    const std::string header = R"({"alg":"HS256","kid":")" + std::string{trick} + "\"}";
    EXPECT_EQ(fault_of(make_token(header, kPayload), all_keys()), TokenFault::unknown_key) << trick;
  }
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","kid":7})"), TokenFault::bad_header);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","kid":"any"})"), TokenFault::none)
      << "a key without an id is for all";
  EXPECT_EQ(fault_of(token_of(kPayload), all_keys()), TokenFault::none) << "no id: all are tried";
}

TEST(TokenVerifier, TakesAKeyWithAnIdFromTheConfigurationForThatIdOnly) {
  const auto named = secret_keys({.key_id = "k1"});
  EXPECT_EQ(fault_of(make_token(R"({"alg":"HS256","kid":"k1"})", kPayload), named),
            TokenFault::none);
  EXPECT_EQ(fault_of(make_token(R"({"alg":"HS256","kid":"k2"})", kPayload), named),
            TokenFault::unknown_key);
  EXPECT_EQ(fault_of(token_of(kPayload), named), TokenFault::unknown_key);
}

TEST(TokenVerifier, TriesNoMoreThanEightKeys) {
  std::string list;
  for (int i = 0; i < 9; ++i) {
    const std::string_view secret = i == 8 ? kSecret : "another secret of 32 bytes or more";
    list += (i == 0 ? "" : ",") + std::string{R"({"kty":"oct","k":")"} + base64url(secret) + "\"}";
  }
  const auto keys = KeySet::from_jwks(R"({"keys":[)" + list + "]}", {}).keys;

  EXPECT_EQ(fault_of(token_of(kPayload), keys), TokenFault::bad_signature);
  EXPECT_EQ(fault_of(token_of(kPayload, "another secret of 32 bytes or more"), keys),
            TokenFault::none);
}

TEST(TokenVerifier, TakesNoKeyFromTheToken) {
  const std::string attacker = "the attacker's own secret, 32 bytes long";
  const std::string own = R"({"kty":"oct","k":")" + base64url(attacker) + "\"}";
  for (const std::string& extra :
       {R"("jwk":)" + own, R"("jwk":)" + own + R"(,"kid":"attacker")",
        std::string{R"("jku":"http://127.0.0.1:1/keys")"}, std::string{R"("x5u":"file:///x")"},
        std::string{R"("x5c":["MIIB"])"}}) {
    const std::string header = R"({"alg":"HS256",)" + extra + '}';
    EXPECT_EQ(fault_of(make_token(header, kPayload, attacker)), TokenFault::bad_signature) << extra;
    EXPECT_EQ(fault_of(make_token(header, kPayload)), TokenFault::none) << extra;
  }
}

TEST(TokenVerifier, RefusesExtensionsItDoesNotKnow) {
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","crit":["exp"],"exp":1})"),
            TokenFault::critical_extension);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","crit":[]})"), TokenFault::critical_extension);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","crit":["b64"],"b64":false})"),
            TokenFault::critical_extension);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","b64":false})"), TokenFault::unencoded_payload);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","b64":"true"})"), TokenFault::unencoded_payload);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","b64":0})"), TokenFault::unencoded_payload);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","b64":true})"), TokenFault::none);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","cty":"JWT"})"), TokenFault::nested);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","cty":"application/jwt"})"), TokenFault::nested);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","cty":1})"), TokenFault::bad_header);
  EXPECT_EQ(fault_of_header(R"({"alg":"dir","enc":"A128GCM"})"), TokenFault::unknown_algorithm);
  EXPECT_EQ(fault_of_header(R"({"enc":"A128GCM","alg":"HS256"})"), TokenFault::encrypted);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","typ":"at+jwt","x":{"alg":"none"},"y":[1,null]})"),
            TokenFault::none);
}

TEST(TokenVerifier, RefusesHeadersThatAreNoJsonObject) {
  for (const std::string_view header :
       {"", "x", "[]", "null", "1", "\"HS256\"", "{", "{}}", R"({"alg":"HS256",})",
        R"({"alg":"HS256"} x)", R"({'alg':'HS256'})", "{\"alg\":\"HS256\",\"x\":\"\xff\"}",
        "\xef\xbb\xbf{\"alg\":\"HS256\"}"}) {
    EXPECT_EQ(fault_of_header(header), TokenFault::bad_header) << header;
  }
  EXPECT_EQ(fault_of_header(std::string(4000, '[')), TokenFault::bad_header);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","x":)" + std::string(4000, '[') + '}'),
            TokenFault::bad_header);
}

TEST(TokenVerifier, RefusesHeadersThatSaySomethingTwice) {
  EXPECT_EQ(fault_of_header(R"({"alg":"none","alg":"HS256"})"), TokenFault::algorithm_none);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","alg":"none"})"), TokenFault::duplicate_member);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","al\u0067":"HS256"})"), TokenFault::duplicate_member);
  EXPECT_EQ(fault_of_header(R"({"alg":"HS256","x":1,"x":1})"), TokenFault::duplicate_member);
  std::string many = R"({"alg":"HS256")";
  for (int i = 0; i < 40; ++i) many += ",\"x" + std::to_string(i) + "\":1";
  EXPECT_EQ(fault_of_header(many + '}'), TokenFault::bad_header);
}

TEST(TokenVerifier, RemembersOnlyHeadersOfGenuineTokens) {
  TokenVerifier verifier{secret_keys(), subject()};
  for (int i = 0; i < 50; ++i) {
    const std::string header = R"({"alg":"HS256","n":)" + std::to_string(i) + '}';
    EXPECT_EQ(verifier.verify(make_token(header, kPayload, "wrong"), kNow).fault,
              TokenFault::bad_signature);
    EXPECT_EQ(verifier.verify(make_token(header, kPayload), kNow).fault, TokenFault::none);
    EXPECT_EQ(verifier.verify(make_token(header, kPayload, "wrong"), kNow).fault,
              TokenFault::bad_signature);
  }
}

}  // namespace
}  // namespace pushgate::agent
