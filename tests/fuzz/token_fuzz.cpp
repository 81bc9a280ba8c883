// Any bytes as a token, as a key set, and as the payload of a genuine token.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pushgate/base/base64.hpp"

#include "agent/token/jose_header.hpp"
#include "agent/token/key_set.hpp"
#include "agent/token/token_claims.hpp"
#include "agent/token/token_key.hpp"
#include "agent/token/token_verifier.hpp"

namespace {

using namespace pushgate::agent;

constexpr WallTime kNow{std::chrono::seconds{1'700'000'000}};

void require(bool holds) {
  if (!holds) std::abort();
}

/// Nobody who writes the input knows this.
const std::shared_ptr<const KeySet>& unknown_secret() {
  static const auto keys =
      KeySet::from_secret("no input of the fuzzer is signed with this secret of many bytes 64", {})
          .keys;
  return keys;
}

TokenPolicy strict() { return {.claim = "user.id", .issuers = {"joe"}, .audiences = {"chat"}}; }

void check_token(std::string_view token) {
  static TokenVerifier verifier{unknown_secret(), strict()};
  const TokenVerdict verdict = verifier.verify(token, kNow);
  require(verdict.fault != TokenFault::none && verdict.uid.empty() && verdict.claims.empty());
  require(!name_of(verdict.fault).empty() && !message_of(verdict.fault).empty());
}

void check_header(std::string_view json) {
  const JoseHeader header = read_jose_header(json);
  if (header.fault == TokenFault::none) require(json.find('{') != std::string_view::npos);
}

void check_payload(std::string_view json) {
  static const ClaimPath path{"user.id"};
  const TokenVerdict verdict = judge_claims(json, strict(), path, kNow);
  if (verdict.fault != TokenFault::none) return;
  require(!verdict.uid.empty() && verdict.expires > kNow);
}

void check_keys(std::string_view text) {
  const LoadedKeys loaded = KeySet::from_jwks(text, {});
  require(loaded.keys != nullptr || !loaded.fault.empty());
  if (!loaded.keys) return;
  TokenVerifier verifier{loaded.keys, strict()};
  for (const auto& key : loaded.keys->keys()) {
    require(!key->algorithms.empty() && (key->public_key != nullptr) == key->secret.empty());
    for (std::size_t i = 0; i < kAlgorithms; ++i) {
      if (!key->algorithms.has(static_cast<Algorithm>(i))) continue;
      const std::string header = R"({"alg":")" + std::string{kAlgorithmNames[i]} + "\"}";
      std::string token(pushgate::base64url_size(header.size()), '?');
      pushgate::write_base64url(token.data(), header);
      require(verifier.verify(token + ".e30.AAAA", kNow).fault == TokenFault::bad_signature);
    }
  }
}

}  // namespace

/// The first byte chooses who reads the rest.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch ((data[0] + 2u) % 5) {  // "0" to "4"
    case 0:
      check_token(text);
      break;
    case 1:
      check_header(text);
      break;
    case 2:
      check_payload(text);
      break;
    case 3:
      check_keys(text);
      break;
    default:
      static_cast<void>(KeySet::from_pem(text, {}));
      break;
  }
  return 0;
}
