// pushgate.base64, pushgate.hash and pushgate.match.

#include <algorithm>
#include <string>
#include <vector>

#include <re2/re2.h>
#include <xxhash.h>

#include "pushgate/base/base64.hpp"

#include "agent/routing/crc32.hpp"
#include "agent/script/api.hpp"
#include "agent/script/pattern_cache.hpp"
#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

int base64_encode(lua_State* lua) {
  std::string text;
  append_base64(text, check_text(lua, 1));
  push(lua, text);
  return 1;
}

/// The bytes, or nil if the text is not strictly base64.
int base64_decode(lua_State* lua) {
  std::string bytes;
  if (append_base64_decoded(bytes, check_text(lua, 1)))
    push(lua, bytes);
  else
    lua_pushnil(lua);
  return 1;
}

int base64url_encode(lua_State* lua) {
  const std::string_view bytes = check_text(lua, 1);
  std::string text(base64url_size(bytes.size()), '\0');
  write_base64url(text.data(), bytes);
  push(lua, text);
  return 1;
}

int base64url_decode(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  std::string bytes(text.size() * 3 / 4, '\0');
  if (read_base64url(bytes.data(), text))
    push(lua, bytes);
  else
    lua_pushnil(lua);
  return 1;
}

/// hash(text[, algorithm]): an integer that is not negative, for percentages and shards.
int hash(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  const std::string_view algorithm = luaL_optstring(lua, 2, "xxh3");
  ScriptState::charge(lua, text.size() / 16);
  if (algorithm == "xxh3") {
    const std::uint64_t value = XXH3_64bits(text.data(), text.size());
    lua_pushinteger(lua, static_cast<lua_Integer>(value >> 1));
  } else if (algorithm == "crc32") {
    lua_pushinteger(lua, Crc32{}.add(text).value());
  } else {
    return luaL_argerror(lua, 2, "\"xxh3\" or \"crc32\"");
  }
  return 1;
}

void push_group(lua_State* lua, const re2::StringPiece& group) {
  if (group.data() == nullptr)
    lua_pushnil(lua);
  else
    lua_pushlstring(lua, group.data(), group.size());
}

/// match(text, pattern): the groups of an RE2 pattern that is searched for, or all that it matches
/// if it has none; nil if it does not match. Linear in the text, whatever the pattern.
int match(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  const std::string_view pattern = check_text(lua, 2);
  ScriptState::charge(lua, text.size());
  const RE2& compiled = state_of(lua).patterns().get(lua, pattern);
  const int groups = std::min(compiled.NumberOfCapturingGroups(), 31);
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(groups) + 1);
  const re2::StringPiece subject{text.data(), text.size()};
  if (!compiled.Match(subject, 0, text.size(), RE2::UNANCHORED, found.data(), groups + 1)) {
    lua_pushnil(lua);
    return 1;
  }
  if (groups == 0) {
    push_group(lua, found.front());
    return 1;
  }
  luaL_checkstack(lua, groups, "match");
  for (int i = 1; i <= groups; ++i) push_group(lua, found[static_cast<std::size_t>(i)]);
  return groups;
}

}  // namespace

void add_text_api(lua_State* lua) {
  lua_createtable(lua, 0, 4);
  set_function(lua, "encode", base64_encode);
  set_function(lua, "decode", base64_decode);
  set_function(lua, "urlEncode", base64url_encode);
  set_function(lua, "urlDecode", base64url_decode);
  make_read_only(lua);
  lua_setfield(lua, -2, "base64");
  set_function(lua, "hash", hash);
  set_function(lua, "match", match);
}

}  // namespace pushgate::agent
