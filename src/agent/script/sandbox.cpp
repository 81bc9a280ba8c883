#include "agent/script/sandbox.hpp"

#include <array>

#include "agent/script/api.hpp"
#include "agent/script/loader.hpp"
#include "agent/script/request_object.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

constexpr const char* kReadOnlyMark = "read-only";

/// __newindex of a read-only table; upvalue 1: what is behind it, upvalue 2: whether it is open
/// while files are loaded.
int refuse_assignment(lua_State* lua) {
  if (lua_toboolean(lua, lua_upvalueindex(2)) != 0 && !state_of(lua).frozen()) {
    lua_settop(lua, 3);
    lua_rawset(lua, lua_upvalueindex(1));
    return 0;
  }
  const char* const key = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
  if (lua_toboolean(lua, lua_upvalueindex(2)) != 0) {
    return luaL_error(lua, "global '%s' cannot be set while a hook runs: write local", key);
  }
  return luaL_error(lua, "'%s' cannot be set: this table is read-only", key);
}

int next_hidden(lua_State* lua) {
  lua_settop(lua, 2);
  return lua_next(lua, lua_upvalueindex(1)) != 0 ? 2 : (lua_pushnil(lua), 1);
}

/// __pairs: an iterator that does not give away the table behind.
int pairs_of_hidden(lua_State* lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_pushcclosure(lua, next_hidden, 1);
  return 1;
}

void open_library(lua_State* lua, lua_CFunction open) {
  lua_pushcfunction(lua, open);
  lua_call(lua, 0, 1);
}

/// Leaves in the table at the top only the fields that are named.
template <std::size_t N>
void keep_only(lua_State* lua, const std::array<const char*, N>& names) {
  lua_createtable(lua, 0, static_cast<int>(N));
  for (const char* const name : names) {
    lua_getfield(lua, -2, name);
    lua_setfield(lua, -2, name);
  }
  lua_remove(lua, -2);
}

constexpr std::array kBase{"assert",   "error",        "ipairs",   "next",         "pairs",
                           "pcall",    "rawequal",     "rawget",   "rawlen",       "rawset",
                           "select",   "setmetatable", "tonumber", "getmetatable", "type",
                           "tostring", "xpcall",       "load",     "_VERSION"};
constexpr std::array kOs{"time", "date", "clock", "difftime"};

/// Adds the library, read-only, to the table below it.
void add_library(lua_State* lua, const char* name) {
  make_read_only(lua);
  lua_setfield(lua, -2, name);
}

/// Strings find their methods here; scripts do not find this metatable.
void seal_string_methods(lua_State* lua) {
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 2);
}

void add_libraries(lua_State* lua) {
  open_library(lua, luaopen_string);
  guard_string(lua);
  seal_string_methods(lua);
  add_library(lua, "string");
  open_library(lua, luaopen_table);
  guard_table(lua);
  add_library(lua, "table");
  open_library(lua, luaopen_math);
  add_library(lua, "math");
  open_library(lua, luaopen_utf8);
  guard_utf8(lua);
  add_library(lua, "utf8");
  open_library(lua, luaopen_os);
  keep_only(lua, kOs);
  add_library(lua, "os");
  open_library(lua, luaopen_coroutine);
  guard_coroutine(lua);
  add_library(lua, "coroutine");
  open_api(lua);
  add_library(lua, "pushgate");
}

}  // namespace

void guard_function(lua_State* lua, const char* name, lua_CFunction guard) {
  lua_getfield(lua, -1, name);
  lua_pushcclosure(lua, guard, 1);
  lua_setfield(lua, -2, name);
}

void set_function(lua_State* lua, const char* name, lua_CFunction function) {
  lua_pushcfunction(lua, function);
  lua_setfield(lua, -2, name);
}

void make_read_only(lua_State* lua, bool open_while_loading) {
  lua_createtable(lua, 0, 0);
  lua_createtable(lua, 0, 4);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushvalue(lua, -3);
  lua_pushboolean(lua, open_while_loading ? 1 : 0);
  lua_pushcclosure(lua, refuse_assignment, 2);
  lua_setfield(lua, -2, "__newindex");
  lua_pushvalue(lua, -3);
  lua_pushcclosure(lua, pairs_of_hidden, 1);
  lua_setfield(lua, -2, "__pairs");
  lua_pushstring(lua, kReadOnlyMark);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

bool is_read_only(lua_State* lua, int index) {
  if (luaL_getmetafield(lua, index, "__newindex") == LUA_TNIL) return false;
  const bool ours = lua_tocfunction(lua, -1) == refuse_assignment;
  lua_pop(lua, 1);
  return ours;
}

void open_sandbox(lua_State* lua) {
  open_library(lua, luaopen_base);
  guard_base(lua);
  keep_only(lua, kBase);
  set_function(lua, "collectgarbage", count_garbage);
  add_libraries(lua);
  open_request_objects(lua);
  set_function(lua, "require", require_module);
  make_read_only(lua, true);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -2, "_G");
  // What `load` and compiled files take for their globals.
  lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

}  // namespace pushgate::agent
