// pushgate.cache: what a function returned, for a while, and only one call at a time to find out.

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "agent/script/api.hpp"
#include "agent/script/json_text.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

constexpr std::size_t kMaxKeyBytes = 1'024;
constexpr std::size_t kMaxValueBytes = 65'536;

int look(lua_State* lua, int status, lua_KContext context);

void push_value(lua_State* lua, const CachedValue& value) {
  if (const auto* const flag = std::get_if<bool>(&value)) {
    lua_pushboolean(lua, *flag ? 1 : 0);
  } else if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
    lua_pushinteger(lua, *integer);
  } else if (const auto* const number = std::get_if<double>(&value)) {
    lua_pushnumber(lua, *number);
  } else if (const auto* const text = std::get_if<std::string>(&value)) {
    push(lua, *text);
  } else if (const auto* const table = std::get_if<TableText>(&value)) {
    std::string fault;
    if (!push_json(lua, table->json, fault)) luaL_error(lua, "cache: %s", fault.c_str());
  } else {
    lua_pushnil(lua);
  }
}

CachedValue value_at(lua_State* lua, int index) {
  switch (lua_type(lua, index)) {
    case LUA_TNIL:
      return {};
    case LUA_TBOOLEAN:
      return lua_toboolean(lua, index) != 0;
    case LUA_TNUMBER:
      if (lua_isinteger(lua, index) != 0) return std::int64_t{lua_tointeger(lua, index)};
      return lua_tonumber(lua, index);
    case LUA_TSTRING: {
      std::string text{text_at(lua, index)};
      if (text.size() > kMaxValueBytes) luaL_error(lua, "cache: a value of more than 64 KiB");
      return text;
    }
    default: {
      TableText table{to_json(lua, index)};
      if (table.json.size() > kMaxValueBytes) luaL_error(lua, "cache: a value of more than 64 KiB");
      return table;
    }
  }
}

void land(lua_State* lua, const std::string& key, bool with_value) {
  std::erase(state_of(lua).running().flights, key);
  state_of(lua).flights().land(key, with_value);
}

/// The function has returned, or raised. Stack: key, seconds, function, its two results or an
/// error.
int fetched(lua_State* lua, int status, lua_KContext) {
  ScriptState& state = state_of(lua);
  const std::string key{text_at(lua, 1)};
  if (status != LUA_OK && status != LUA_YIELD) {
    land(lua, key, false);
    return lua_error(lua);
  }
  lua_settop(lua, 5);
  // nil and a reason is how look-ups fail: that is not remembered.
  if (lua_isnil(lua, 4) && !lua_isnil(lua, 5)) {
    land(lua, key, false);
    return 2;
  }
  const TimePoint now = state.running().thread->reactor().now();
  const auto time = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>{lua_tonumber(lua, 2)});
  CachedValue value = value_at(lua, 4);  // raises what is no such value: lands when the call ends
  state.cache().put(key, std::move(value), now + time);
  land(lua, key, true);
  lua_settop(lua, 4);
  return 1;
}

/// Stack: key, seconds, function.
int look(lua_State* lua, int, lua_KContext) {
  ScriptState& state = state_of(lua);
  Call& call = state.running();
  lua_settop(lua, 3);
  const std::string key{text_at(lua, 1)};
  SourceThread& thread = *call.thread;
  if (const CachedValue* const value = state.cache().find(key, thread.reactor().now())) {
    thread.metrics().lookup_cache_hits.add();
    push_value(lua, *value);
    return 1;
  }
  if (!state.flights().take_off(key)) {
    if (std::find(call.flights.begin(), call.flights.end(), key) != call.flights.end()) {
      return luaL_error(lua, "cache: the function asks for its own key");
    }
    thread.metrics().lookups_shared.add();
    return wait_for(lua, FlightWait{key}, look);
  }
  call.flights.push_back(key);
  lua_pushvalue(lua, 3);
  const int status = lua_pcallk(lua, 0, 2, 0, 0, fetched);
  return fetched(lua, status, 0);
}

/// cache(key, seconds, function)
int cache(lua_State* lua) {
  const std::string_view key = check_text(lua, 1);
  luaL_argcheck(lua, !key.empty() && key.size() <= kMaxKeyBytes, 1, "1 to 1024 bytes");
  const lua_Number seconds = luaL_checknumber(lua, 2);
  luaL_argcheck(lua, seconds >= 0 && seconds <= 86'400.0 * 365, 2, "0 seconds to a year");
  luaL_checktype(lua, 3, LUA_TFUNCTION);
  if (state_of(lua).running().thread == nullptr) {
    return luaL_error(lua, "pushgate.cache is for running hooks, not for loading");
  }
  return look(lua, LUA_OK, 0);
}

}  // namespace

void add_cache_api(lua_State* lua) {
  lua_pushcfunction(lua, cache);
  lua_setfield(lua, -2, "cache");
}

}  // namespace pushgate::agent
