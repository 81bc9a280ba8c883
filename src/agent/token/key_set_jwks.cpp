// key_set_jwks.cpp - JSON Web Key Sets (RFC 7517).

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "pushgate/base/base64.hpp"

#include "agent/token/json_web_key.hpp"
#include "agent/token/key_set.hpp"
#include "agent/token/token_key.hpp"

namespace pushgate::agent {

namespace {

using Json = nlohmann::json;

/// Empty if it is not there or no text.
std::string_view text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

/// Empty if it is not there or no base64url. Padding is not forgiven (RFC 7518 section 2).
std::string bytes_of(const Json& object, const char* name) {
  const std::string_view text = text_of(object, name);
  std::string bytes(text.size() * 3 / 4, '\0');
  if (!read_base64url(bytes.data(), text)) bytes.clear();
  return bytes;
}

bool is_for_verifying(const Json& jwk) {
  if (const auto use = jwk.find("use"); use != jwk.end() && *use != "sig") return false;
  const auto operations = jwk.find("key_ops");
  if (operations == jwk.end()) return true;
  return operations->is_array() &&
         std::find(operations->begin(), operations->end(), "verify") != operations->end();
}

/// nullopt: a kind of key that is left out without a word.
std::optional<KeyOutcome> key_of(const Json& jwk, std::string_view algorithm) {
  const std::string_view kind = text_of(jwk, "kty");
  if (kind == "oct") return make_secret_key(bytes_of(jwk, "k"), algorithm);

  PublicKey key;
  const std::string_view curve = text_of(jwk, "crv");
  if (kind == "RSA") {
    key = rsa_public_key(bytes_of(jwk, "n"), bytes_of(jwk, "e"));
  } else if (kind == "EC" && (curve == "P-256" || curve == "P-384" || curve == "P-521")) {
    key = curve_public_key(curve, bytes_of(jwk, "x"), bytes_of(jwk, "y"));
  } else if (kind == "OKP" && curve == "Ed25519") {
    key = ed25519_public_key(bytes_of(jwk, "x"));
  } else {
    return std::nullopt;
  }
  if (!key) return KeyOutcome{nullptr, "its numbers make no key"};
  return make_public_key(std::move(key), algorithm);
}

/// nullopt: left out, because it is for something else.
std::optional<KeyOutcome> read_jwk(const Json& jwk, const KeySet::Options& options) {
  if (!jwk.is_object()) return KeyOutcome{nullptr, "not a JSON object"};
  if (!is_for_verifying(jwk)) return std::nullopt;
  const std::string_view id = text_of(jwk, "kid");
  if (jwk.contains("kid") && id.empty()) return KeyOutcome{nullptr, "\"kid\" is no text"};
  if (!options.key_id.empty() && id != options.key_id) return std::nullopt;

  std::string_view algorithm = options.algorithm;
  if (jwk.contains("alg")) {
    const std::string_view own = text_of(jwk, "alg");
    if (!parse_algorithm(own) || (!algorithm.empty() && own != algorithm)) return std::nullopt;
    algorithm = own;
  }
  std::optional<KeyOutcome> outcome = key_of(jwk, algorithm);
  if (outcome && outcome->key) {
    outcome->key->id = id;
    outcome->key->only_with_id = !options.key_id.empty();
  }
  return outcome;
}

std::string fault_of(std::size_t index, const Json& jwk, const std::string& fault) {
  std::string text = "key " + std::to_string(index + 1) + " of the set";
  if (jwk.is_object()) {
    if (const std::string_view id = text_of(jwk, "kid"); !id.empty()) {
      text += " (kid \"" + std::string{id} + "\")";
    }
  }
  return text + ": " + fault;
}

}  // namespace

LoadedKeys KeySet::from_jwks(std::string_view text, const Options& options) {
  // Never copied: to copy a deeply nested value takes as deep a stack.
  const Json set = Json::parse(text, nullptr, false);
  if (!set.is_object()) return {nullptr, "it is not a JSON object"};
  const auto found = set.find("keys");
  const bool lone = found == set.end() && set.contains("kty");
  if (!lone && (found == set.end() || !found->is_array())) {
    return {nullptr, "it has no list \"keys\""};
  }
  const std::size_t count = lone ? 1 : found->size();
  if (count > kMaxKeys) {
    return {nullptr, "it has " + std::to_string(count) + " keys; 64 at most"};
  }

  Keys keys;
  std::string fault;
  for (std::size_t i = 0; i < count; ++i) {
    const Json& jwk = lone ? set : (*found)[i];
    std::optional<KeyOutcome> outcome = read_jwk(jwk, options);
    if (!outcome) continue;
    if (outcome->key) {
      keys.push_back(std::move(outcome->key));
    } else if (fault.empty()) {
      fault = fault_of(i, jwk, outcome->fault);
    }
  }
  if (!keys.empty()) return {std::make_shared<const KeySet>(std::move(keys)), std::move(fault)};
  return {nullptr, fault.empty() ? "it has no key that tokens can be verified with" : fault};
}

}  // namespace pushgate::agent
