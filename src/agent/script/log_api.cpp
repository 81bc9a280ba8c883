// pushgate.log.

#include <algorithm>
#include <string>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/runtime/rate_limit.hpp"

#include "agent/script/api.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

constexpr std::size_t kMaxBytes = 2'000;

/// Where the script stands: "agent.lua:12".
std::string place_of(lua_State* lua) {
  lua_Debug where{};
  if (lua_getstack(lua, 1, &where) == 0 || lua_getinfo(lua, "Sl", &where) == 0) return "?";
  return std::string{static_cast<const char*>(where.short_src)} + ':' +
         std::to_string(where.currentline);
}

/// log([level,] text, …): like print, to the log. A line of the script is let through a few times
/// in ten seconds. While files are loaded it says nothing.
int log(lua_State* lua) {
  const int count = lua_gettop(lua);
  int first = 1;
  runtime::LogLevel level = runtime::LogLevel::info;
  if (count > 1 && lua_type(lua, 1) == LUA_TSTRING) {
    if (const auto named = runtime::parse_log_level(text_at(lua, 1))) {
      level = *named;
      first = 2;
    }
  }
  std::string text;
  for (int i = first; i <= count && text.size() < kMaxBytes; ++i) {
    std::size_t size = 0;
    const char* const piece = luaL_tolstring(lua, i, &size);
    if (i > first) text += ' ';
    text.append(piece, size);
    lua_pop(lua, 1);
  }
  text.resize(std::min(text.size(), kMaxBytes));
  SourceThread* const thread = state_of(lua).running().thread;
  if (thread == nullptr) return 0;
  const std::string place = place_of(lua);
  thread->log().write(level, "hook", place, {{"at", place}, {"text", text}});
  return 0;
}

}  // namespace

void add_log_api(lua_State* lua) {
  lua_pushcfunction(lua, log);
  lua_setfield(lua, -2, "log");
}

}  // namespace pushgate::agent
