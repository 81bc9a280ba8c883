#pragma once
// header_lines.hpp - header fields that a script gives, as lines of a message.

#include <string>
#include <string_view>

#include "agent/script/lua.hpp"

namespace pushgate::agent {

/// Appends "Name: value" CR LF. Raises if the name is not a token, if it frames or routes the
/// message or belongs to one connection only (Host, Content-Length, Transfer-Encoding, Connection
/// …), or if the value has control characters.
void append_header_line(lua_State* lua, std::string_view name, std::string_view value,
                        std::string& lines);

/// The same of every pair of the table at the top, in the order of the names, so that one request
/// looks like the other.
void append_header_lines(lua_State* lua, std::string& lines);

}  // namespace pushgate::agent
