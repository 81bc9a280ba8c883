#pragma once
// lua.hpp - Lua 5.4 and what our functions for it have in common.
//
// The library is the one that was compiled as C++: an error is an exception to us, and unwinds
// whatever a function has on its stack. Such a function must not catch (...).

#include <lua.hpp>
#include <string_view>

namespace pushgate::agent {

class ScriptState;

/// The state that a Lua thread belongs to; every thread knows it.
inline ScriptState& state_of(lua_State* lua) noexcept {
  return **static_cast<ScriptState**>(lua_getextraspace(lua));
}

inline void push(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

/// The string at `index`, which is one (numbers are converted in place). Lives as long as it stays
/// there.
inline std::string_view text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const text = lua_tolstring(lua, index, &size);
  return {text, size};
}

/// The same of an argument; raises an error if it is neither string nor number.
inline std::string_view check_text(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(lua, index, &size);
  return {text, size};
}

}  // namespace pushgate::agent
