// Lua's basic functions, where its own would let a script get around its limits or out of its
// sandbox.

#include <string_view>

#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

/// The end of pcall and xpcall, with or without a wait in between. `context`: how many values at
/// the bottom of the stack are not results.
int finish_protected(lua_State* lua, int status, lua_KContext context) {
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(lua) - static_cast<int>(context);
  // A call that has to end cannot be kept alive by catching what ends it.
  ScriptState& state = state_of(lua);
  if (state.meter().excess() != Excess::none) lua_error(lua);
  state.running().bad_claim = BadClaim::none;
  lua_pushboolean(lua, 0);
  lua_pushvalue(lua, -2);
  return 2;
}

int protected_call(lua_State* lua) {
  luaL_checkany(lua, 1);
  lua_pushboolean(lua, 1);
  lua_insert(lua, 1);
  const int status = lua_pcallk(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0, 0, finish_protected);
  return finish_protected(lua, status, 0);
}

/// Upvalue 1: the script's handler. It is not asked about what ends the call: then it would run
/// from within the count hook, where nothing counts.
int handle_message(lua_State* lua) {
  if (state_of(lua).meter().excess() != Excess::none) return 1;
  lua_settop(lua, 1);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, 1, 1);
  return 1;
}

int protected_call_with_handler(lua_State* lua) {
  const int count = lua_gettop(lua);
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_pushvalue(lua, 2);
  lua_pushcclosure(lua, handle_message, 1);
  lua_replace(lua, 2);
  lua_pushboolean(lua, 1);
  lua_pushvalue(lua, 1);
  lua_rotate(lua, 3, 2);  // function, handler, true, function, arguments
  const int status = lua_pcallk(lua, count - 2, LUA_MULTRET, 2, 2, finish_protected);
  return finish_protected(lua, status, 2);
}

/// Upvalue 1: Lua's own. A finalizer would run outside of every call and its limits.
int set_metatable(lua_State* lua) {
  if (lua_istable(lua, 2)) {
    lua_pushliteral(lua, "__gc");
    if (lua_rawget(lua, 2) != LUA_TNIL) {
      return luaL_error(lua, "__gc is not available in hooks");
    }
    lua_pop(lua, 1);
  }
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

int raw_set(lua_State* lua) {
  if (is_read_only(lua, 1)) return luaL_error(lua, "this table is read-only");
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

/// Text only: the virtual machine trusts precompiled code.
int load_text(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TSTRING) {
    ScriptState::charge(lua, text_at(lua, 1).size());
  }
  const int count = lua_gettop(lua);
  if (count < 3) lua_settop(lua, 3);
  lua_pushliteral(lua, "t");
  lua_replace(lua, 3);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

}  // namespace

int count_garbage(lua_State* lua) {
  const std::string_view option = luaL_optstring(lua, 1, "count");
  if (option != "count") return luaL_error(lua, "only collectgarbage(\"count\") is available");
  lua_pushnumber(lua, static_cast<lua_Number>(state_of(lua).meter().used_bytes()) / 1024);
  return 1;
}

void guard_base(lua_State* lua) {
  set_function(lua, "pcall", protected_call);
  set_function(lua, "xpcall", protected_call_with_handler);
  guard_function(lua, "setmetatable", set_metatable);
  guard_function(lua, "rawset", raw_set);
  guard_function(lua, "load", load_text);
}

}  // namespace pushgate::agent
