// pushgate.jwt: the verification of tokens, which the source {"jwt": …} uses too.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "agent/script/api.hpp"
#include "agent/script/json_text.hpp"
#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"
#include "agent/script/verifier_cache.hpp"

namespace pushgate::agent {

namespace {

/// A text or a list of texts.
std::vector<std::string> texts_at(lua_State* lua, const char* name) {
  if (lua_type(lua, -1) == LUA_TSTRING) return {std::string{text_at(lua, -1)}};
  if (!lua_istable(lua, -1)) luaL_error(lua, "jwt: '%s' must be a text or a list of texts", name);
  std::vector<std::string> texts;
  const auto count = static_cast<lua_Integer>(lua_rawlen(lua, -1));
  for (lua_Integer i = 1; i <= count && i <= 64; ++i) {
    if (lua_rawgeti(lua, -1, i) != LUA_TSTRING) luaL_error(lua, "jwt: '%s' has other values", name);
    texts.emplace_back(text_at(lua, -1));
    lua_pop(lua, 1);
  }
  return texts;
}

std::string text_option(lua_State* lua, const char* name) {
  if (lua_type(lua, -1) != LUA_TSTRING) luaL_error(lua, "jwt: '%s' must be a text", name);
  return std::string{text_at(lua, -1)};
}

/// One option, whose value is at the top of the stack.
void read_option(lua_State* lua, std::string_view name, VerifierOptions& options) {
  using Kind = VerifierOptions::Kind;
  const auto key = [&](Kind kind) {
    if (options.kind != Kind::none) {
      luaL_error(lua, "jwt: one of 'secret', 'pem' and 'jwks', not several");
    }
    options.kind = kind;
    options.key = text_option(lua, "secret, pem or jwks");
  };
  if (name == "secret") {
    key(Kind::secret);
  } else if (name == "pem") {
    key(Kind::pem);
  } else if (name == "jwks") {
    key(Kind::jwks);
  } else if (name == "algorithm") {
    options.algorithm = text_option(lua, "algorithm");
  } else if (name == "issuer") {
    options.policy.issuers = texts_at(lua, "issuer");
  } else if (name == "audience") {
    options.policy.audiences = texts_at(lua, "audience");
  } else if (name == "leeway") {
    const lua_Number seconds = luaL_checknumber(lua, -1);
    if (!(seconds >= 0 && seconds <= 86'400))
      luaL_error(lua, "jwt: a leeway of 0 to 86400 seconds");
    options.policy.leeway = std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1'000)};
  } else if (name == "requireExpiry") {
    options.policy.require_expiry = lua_toboolean(lua, -1) != 0;
  } else {
    luaL_error(lua, "jwt: unknown option '%s'", std::string{name}.c_str());
  }
}

VerifierOptions read_options(lua_State* lua, int index) {
  luaL_checktype(lua, index, LUA_TTABLE);
  VerifierOptions options;
  for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
    read_option(lua, lua_type(lua, -2) == LUA_TSTRING ? text_at(lua, -2) : "?", options);
  }
  if (options.kind == VerifierOptions::Kind::none) {
    luaL_error(lua, "jwt: one of 'secret', 'pem' and 'jwks' is needed");
  }
  return options;
}

/// verify(token, {secret|pem|jwks, algorithm, issuer, audience, leeway, requireExpiry}): the claims
/// as a table; or nil and the reason, e.g. "expired". A key that is of no use is an error.
int verify(lua_State* lua) {
  const std::string_view token = luaL_optlstring(lua, 1, "", nullptr);
  const VerifierOptions options = read_options(lua, 2);
  ScriptState::charge(lua, 500 + token.size() / 4);
  TokenVerifier& verifier = state_of(lua).verifiers().get(lua, options);
  const TokenVerdict verdict = verifier.verify(token, wall_time_now());
  std::string fault;
  if (verdict.fault != TokenFault::none) {
    fault = name_of(verdict.fault);
  } else if (push_json(lua, verdict.claims, fault)) {
    return 1;
  }
  lua_pushnil(lua);
  push(lua, fault);
  return 2;
}

}  // namespace

void add_jwt_api(lua_State* lua) {
  lua_createtable(lua, 0, 1);
  set_function(lua, "verify", verify);
  make_read_only(lua);
  lua_setfield(lua, -2, "jwt");
}

}  // namespace pushgate::agent
