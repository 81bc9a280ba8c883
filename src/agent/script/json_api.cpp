// pushgate.json.

#include <string>

#include "agent/script/api.hpp"
#include "agent/script/json_text.hpp"
#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

int encode(lua_State* lua) {
  luaL_checkany(lua, 1);
  const std::string text = to_json(lua, 1);
  ScriptState::charge(lua, text.size() / 4);
  push(lua, text);
  return 1;
}

/// The value, or nil and what is wrong.
int decode(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  ScriptState::charge(lua, text.size() / 4);
  std::string fault;
  if (push_json(lua, text, fault)) return 1;
  lua_pushnil(lua);
  push(lua, fault);
  return 2;
}

}  // namespace

void add_json_api(lua_State* lua) {
  lua_createtable(lua, 0, 3);
  set_function(lua, "encode", encode);
  set_function(lua, "decode", decode);
  push_json_null(lua);
  lua_setfield(lua, -2, "null");
  make_read_only(lua);
  lua_setfield(lua, -2, "json");
}

}  // namespace pushgate::agent
