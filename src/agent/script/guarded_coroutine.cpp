// Coroutines that a script makes for itself. They are counted like the rest of the call, and they
// are another thing than the waiting of a hook, which is the call's own coroutine.

#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

/// Resumes `coroutine` with the top `count` values of `lua`. Returns how many values it has left on
/// `lua`; -1: one, which is an error.
int resume_into(lua_State* lua, lua_State* coroutine, int count) {
  ScriptState::watch_coroutine(coroutine);
  ScriptState::raise_excess(lua);
  if (lua_checkstack(coroutine, count) == 0) {
    lua_pushliteral(lua, "too many arguments to resume");
    return -1;
  }
  lua_xmove(lua, coroutine, count);
  int results = 0;
  const int status = lua_resume(coroutine, lua, count, &results);
  ScriptState::raise_excess(lua);
  if (status == LUA_OK || status == LUA_YIELD) {
    if (lua_checkstack(lua, results + 1) == 0) {
      lua_pop(coroutine, results);
      lua_pushliteral(lua, "too many results to resume");
      return -1;
    }
    lua_xmove(coroutine, lua, results);
    return results;
  }
  lua_xmove(coroutine, lua, 1);
  return -1;
}

lua_State* check_coroutine(lua_State* lua) {
  lua_State* const coroutine = lua_tothread(lua, 1);
  luaL_argexpected(lua, coroutine != nullptr, 1, "coroutine");
  return coroutine;
}

int resume(lua_State* lua) {
  lua_State* const coroutine = check_coroutine(lua);
  const int results = resume_into(lua, coroutine, lua_gettop(lua) - 1);
  lua_pushboolean(lua, results < 0 ? 0 : 1);
  const int count = results < 0 ? 1 : results;
  lua_insert(lua, -(count + 1));
  return count + 1;
}

int resume_wrapped(lua_State* lua) {
  lua_State* const coroutine = lua_tothread(lua, lua_upvalueindex(1));
  const int results = resume_into(lua, coroutine, lua_gettop(lua));
  if (results < 0) return lua_error(lua);
  return results;
}

int create(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TFUNCTION);
  lua_State* const coroutine = lua_newthread(lua);
  lua_pushvalue(lua, 1);
  lua_xmove(lua, coroutine, 1);
  return 1;
}

int wrap(lua_State* lua) {
  create(lua);
  lua_pushcclosure(lua, resume_wrapped, 1);
  return 1;
}

int yield(lua_State* lua) {
  if (lua == state_of(lua).running().lua) {
    return luaL_error(lua,
                      "coroutine.yield outside of a coroutine: a hook waits with pushgate.sleep"
                      " and its like only");
  }
  return lua_yield(lua, lua_gettop(lua));
}

/// A hook's own coroutine is not for scripts: another call could resume it.
int running(lua_State* lua) {
  if (lua == state_of(lua).running().lua) {
    lua_pushnil(lua);
    lua_pushboolean(lua, 1);
    return 2;
  }
  lua_pushthread(lua);
  lua_pushboolean(lua, 0);
  return 2;
}

int is_yieldable(lua_State* lua) {
  lua_pushboolean(lua, lua != state_of(lua).running().lua && lua_isyieldable(lua) != 0);
  return 1;
}

int close(lua_State* lua) {
  lua_State* const coroutine = check_coroutine(lua);
  ScriptState::watch_coroutine(coroutine);
  const int results = lua_tocfunction(lua, lua_upvalueindex(1))(lua);
  ScriptState::raise_excess(lua);
  return results;
}

}  // namespace

void guard_coroutine(lua_State* lua) {
  set_function(lua, "create", create);
  set_function(lua, "wrap", wrap);
  set_function(lua, "resume", resume);
  set_function(lua, "yield", yield);
  set_function(lua, "running", running);
  set_function(lua, "isyieldable", is_yieldable);
  guard_function(lua, "close", close);
}

}  // namespace pushgate::agent
