// Library functions that walk over as many elements as they are told, or as __len says, without an
// instruction of the Lua machine. They are charged for it before they start.

#include <algorithm>
#include <cstdint>

#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

std::uint64_t distance(lua_Integer from, lua_Integer to) {
  if (to < from) return 0;
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

std::uint64_t length_of_first(lua_State* lua) {
  if (lua_type(lua, 1) != LUA_TTABLE) return 0;  // Lua's own function complains
  return static_cast<std::uint64_t>(std::max<lua_Integer>(luaL_len(lua, 1), 0));
}

int call_original(lua_State* lua) { return lua_tocfunction(lua, lua_upvalueindex(1))(lua); }

/// insert(t, place, value) and remove(t, place): they move what is behind the place. Without one
/// they work at the end and move nothing.
int by_tail(lua_State* lua, int arguments_without_place) {
  if (lua_gettop(lua) > arguments_without_place) {
    const std::uint64_t length = length_of_first(lua);
    const lua_Integer place = luaL_checkinteger(lua, 2);
    const std::uint64_t before = place > 0 ? static_cast<std::uint64_t>(place) : 0;
    ScriptState::charge(lua, length - std::min(length, before));
  }
  return call_original(lua);
}

int insert(lua_State* lua) { return by_tail(lua, 2); }
int remove(lua_State* lua) { return by_tail(lua, 1); }

int sort(lua_State* lua) {
  const std::uint64_t length = length_of_first(lua);
  std::uint64_t depth = 1;
  while (depth < 64 && (length >> depth) != 0) ++depth;
  ScriptState::charge(lua, length > UINT64_MAX / 64 ? UINT64_MAX : length * depth);
  return call_original(lua);
}

/// concat(t, separator, from, to) and unpack(t, from, to).
int by_range(lua_State* lua, int first) {
  const lua_Integer from = luaL_optinteger(lua, first, 1);
  const lua_Integer to =
      lua_isnoneornil(lua, first + 1)
          ? static_cast<lua_Integer>(std::min<std::uint64_t>(length_of_first(lua), LUA_MAXINTEGER))
          : luaL_checkinteger(lua, first + 1);
  ScriptState::charge(lua, distance(from, to));
  return call_original(lua);
}

int concat(lua_State* lua) { return by_range(lua, 3); }
int unpack(lua_State* lua) { return by_range(lua, 2); }

int move(lua_State* lua) {
  ScriptState::charge(lua, distance(luaL_checkinteger(lua, 2), luaL_checkinteger(lua, 3)));
  return call_original(lua);
}

int by_text(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TSTRING) ScriptState::charge(lua, text_at(lua, 1).size() / 16);
  return call_original(lua);
}

}  // namespace

void guard_table(lua_State* lua) {
  guard_function(lua, "insert", insert);
  guard_function(lua, "remove", remove);
  guard_function(lua, "sort", sort);
  guard_function(lua, "concat", concat);
  guard_function(lua, "unpack", unpack);
  guard_function(lua, "move", move);
}

void guard_utf8(lua_State* lua) {
  guard_function(lua, "len", by_text);
  guard_function(lua, "offset", by_text);
  guard_function(lua, "codepoint", by_text);
}

}  // namespace pushgate::agent
