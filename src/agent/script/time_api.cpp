// pushgate.now and pushgate.sleep.

#include <chrono>

#include "agent/script/api.hpp"

namespace pushgate::agent {

namespace {

int now(lua_State* lua) {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  lua_pushinteger(lua, std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
  return 1;
}

int woken(lua_State*, int, lua_KContext) { return 0; }

int sleep(lua_State* lua) {
  const lua_Number seconds = luaL_checknumber(lua, 1);
  luaL_argcheck(lua, seconds >= 0 && seconds <= 86'400, 1, "0 to 86400 seconds");
  const auto time = std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1'000)};
  return wait_for(lua, SleepWait{time}, woken);
}

}  // namespace

void add_time_api(lua_State* lua) {
  lua_pushcfunction(lua, now);
  lua_setfield(lua, -2, "now");
  lua_pushcfunction(lua, sleep);
  lua_setfield(lua, -2, "sleep");
}

}  // namespace pushgate::agent
