#include "agent/script/header_lines.hpp"

#include <algorithm>
#include <map>

#include "pushgate/base/field_text.hpp"
#include "pushgate/base/text.hpp"
#include "pushgate/http/head.hpp"
#include "pushgate/http/hop_by_hop.hpp"

namespace pushgate::agent {

namespace {

constexpr std::size_t kMaxBytes = 8'192;

/// Fields that say where a message ends, where it goes, or what this connection does.
bool is_of_the_message(std::string_view name) noexcept {
  switch (const http::FieldId id = http::field_id(name)) {
    case http::FieldId::content_length:
    case http::FieldId::host:
    case http::FieldId::expect:
    case http::FieldId::trailer:
    case http::FieldId::sec_websocket_accept:
    case http::FieldId::sec_websocket_extensions:
    case http::FieldId::sec_websocket_key:
    case http::FieldId::sec_websocket_protocol:
    case http::FieldId::sec_websocket_version:
      return true;
    default:
      return http::is_hop_by_hop(id) || http::is_alias_of_known_field(name);
  }
}

}  // namespace

void append_header_line(lua_State* lua, std::string_view name, std::string_view value,
                        std::string& lines) {
  const std::string shown{name.substr(0, 100)};
  if (!is_token(name))
    luaL_error(lua, "the hook returned '%s' as the name of a header", shown.c_str());
  if (is_of_the_message(name)) {
    luaL_error(lua, "the hook returned the header '%s', which is not for a hook to set",
               shown.c_str());
  }
  if (!is_field_value(value)) {
    luaL_error(lua, "the hook returned a header '%s' with control characters in its value",
               shown.c_str());
  }
  if (lines.size() + name.size() + value.size() > kMaxBytes) {
    luaL_error(lua, "the hook returned more than 8 KiB of headers");
  }
  lines.append(name).append(": ").append(value).append("\r\n");
}

void append_header_lines(lua_State* lua, std::string& lines) {
  std::map<std::string, std::string> fields;
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    const int type = lua_type(lua, -1);
    if (lua_type(lua, -2) != LUA_TSTRING || (type != LUA_TSTRING && type != LUA_TNUMBER)) {
      luaL_error(lua, "the hook returned headers that are not pairs of texts");
    }
    fields.emplace(text_at(lua, -2), text_at(lua, -1));
    lua_pop(lua, 1);
  }
  for (const auto& [name, value] : fields) append_header_line(lua, name, value, lines);
}

}  // namespace pushgate::agent
