#include "agent/script/verifier_cache.hpp"

#include <utility>

#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

/// Different for different options: every text with its length before it.
std::string name_of_options(const VerifierOptions& options) {
  std::string name;
  const auto add = [&name](const std::string& text) {
    name.append(std::to_string(text.size())).append(1, ':').append(text);
  };
  add(std::to_string(static_cast<int>(options.kind)));
  add(options.key);
  add(options.algorithm);
  add(std::to_string(options.policy.leeway.count()));
  add(options.policy.require_expiry ? "1" : "0");
  add(std::to_string(options.policy.issuers.size()));
  for (const std::string& issuer : options.policy.issuers) add(issuer);
  for (const std::string& audience : options.policy.audiences) add(audience);
  return name;
}

LoadedKeys load(const VerifierOptions& options) {
  const KeySet::Options how{.algorithm = options.algorithm, .key_id = {}};
  switch (options.kind) {
    case VerifierOptions::Kind::pem:
      return KeySet::from_pem(options.key, how);
    case VerifierOptions::Kind::jwks:
      return KeySet::from_jwks(options.key, how);
    default:
      return KeySet::from_secret(options.key, how);
  }
}

}  // namespace

TokenVerifier& VerifierCache::get(lua_State* lua, const VerifierOptions& options) {
  std::string name = name_of_options(options);
  if (const auto found = verifiers_.find(name); found != verifiers_.end()) return found->second;
  // Reading a key takes tens of microseconds.
  ScriptState::charge(lua, 10'000 + options.key.size() * 4);
  const LoadedKeys loaded = load(options);
  if (!loaded.keys) luaL_error(lua, "jwt: %s", loaded.fault.c_str());
  if (verifiers_.size() >= kMaxVerifiers) verifiers_.clear();
  return verifiers_.try_emplace(std::move(name), loaded.keys, options.policy).first->second;
}

}  // namespace pushgate::agent
