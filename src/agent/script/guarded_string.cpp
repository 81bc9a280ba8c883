// The library "string" without what runs long on little.

#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

/// Repeating nothing as often as an integer can say would take years. (Repeating something ends at
/// the limit of memory.) Upvalue 1: Lua's own.
int repeat(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  const lua_Integer times = luaL_checkinteger(lua, 2);
  const std::string_view separator = lua_isnoneornil(lua, 3) ? "" : check_text(lua, 3);
  if (times <= 0 || (text.empty() && separator.empty())) {
    push(lua, "");
    return 1;
  }
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

}  // namespace

void guard_string(lua_State* lua) {
  lua_pushnil(lua);
  lua_setfield(lua, -2, "dump");
  lua_getfield(lua, -1, "rep");
  lua_pushcclosure(lua, repeat, 1);
  lua_setfield(lua, -2, "rep");
}

}  // namespace pushgate::agent
