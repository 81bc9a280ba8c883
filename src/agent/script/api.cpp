#include "agent/script/api.hpp"

#include <utility>

#include "agent/script/script_state.hpp"

namespace pushgate::agent {

void open_api(lua_State* lua) {
  lua_createtable(lua, 0, 16);
  add_time_api(lua);
  add_log_api(lua);
  add_json_api(lua);
  add_text_api(lua);
  add_crypto_api(lua);
  add_jwt_api(lua);
  add_redis_api(lua);
  add_http_api(lua);
  add_cache_api(lua);
}

void check_may_wait(lua_State* lua) {
  ScriptState::raise_excess(lua);
  const Call& call = state_of(lua).running();
  if (call.thread == nullptr) luaL_error(lua, "a file cannot wait while it is loaded");
  if (lua != call.lua) {
    luaL_error(lua, "a hook cannot wait in a coroutine of its own making");
  }
  if (lua_isyieldable(lua) == 0) {
    luaL_error(lua,
               "a hook cannot wait inside of table.sort, string.gsub, a metamethod and the like");
  }
}

int wait_for(lua_State* lua, Wait wait, lua_KFunction then, lua_KContext context) {
  check_may_wait(lua);
  state_of(lua).running().wait = std::move(wait);
  return lua_yieldk(lua, 0, context, then);
}

}  // namespace pushgate::agent
