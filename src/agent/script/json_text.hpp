#pragma once
// json_text.hpp - Lua values as JSON text, and back. Every function may raise.

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/script/lua.hpp"

namespace pushgate::agent {

constexpr int kMaxJsonDepth = 64;
constexpr std::size_t kMaxJsonBytes = 1024 * 1024;

/// The value at `index` as JSON. A table with the keys 1 to n and no others is an array, an empty
/// one an object; other keys must be text. Bytes that are not UTF-8 become U+FFFD. Raises for
/// values that JSON has not, numbers that are not finite, and beyond kMaxJsonDepth or
/// kMaxJsonBytes.
std::string to_json(lua_State* lua, int index);

/// Pushes the value of a JSON text, null as push_json_null() does; or pushes nothing and returns
/// false: `fault` says what is wrong, limits as above included.
bool push_json(lua_State* lua, std::string_view text, std::string& fault);

/// The value that stands for JSON's null, since a table cannot hold nil.
void push_json_null(lua_State* lua);

}  // namespace pushgate::agent
