#include "agent/script/return_value.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/field_text.hpp"
#include "pushgate/base/text.hpp"
#include "pushgate/http/head.hpp"

#include "agent/script/header_lines.hpp"

namespace pushgate::agent {

namespace {

/// Pushes a field of the table at the top, past any metatable; returns its type.
int push_raw(lua_State* lua, const char* name) {
  lua_pushstring(lua, name);
  return lua_rawget(lua, -2);
}

/// A text field; integers are text too. Empty if it is absent.
std::string text_field(lua_State* lua, const char* name) {
  const int type = push_raw(lua, name);
  std::string text;
  if (type == LUA_TSTRING || (type == LUA_TNUMBER && lua_isinteger(lua, -1) != 0)) {
    text = text_at(lua, -1);
  } else if (type != LUA_TNIL) {
    luaL_error(lua, "the hook returned '%s' as a %s, where text belongs", name,
               luaL_typename(lua, -1));
  }
  lua_pop(lua, 1);
  return text;
}

std::string lines_field(lua_State* lua, const char* name) {
  const int type = push_raw(lua, name);
  std::string lines;
  if (type == LUA_TTABLE) {
    append_header_lines(lua, lines);
  } else if (type != LUA_TNIL) {
    luaL_error(lua, "the hook returned '%s' as a %s, where a table belongs", name,
               luaL_typename(lua, -1));
  }
  lua_pop(lua, 1);
  return lines;
}

bool has_field(lua_State* lua, const char* name) {
  const bool there = push_raw(lua, name) != LUA_TNIL;
  lua_pop(lua, 1);
  return there;
}

/// Refuses what is spelled wrongly: `statuts = 403` must not let somebody in.
void check_names(lua_State* lua, std::initializer_list<std::string_view> known) {
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    lua_pop(lua, 1);
    const bool text = lua_type(lua, -1) == LUA_TSTRING;
    if (text && std::find(known.begin(), known.end(), text_at(lua, -1)) != known.end()) continue;
    luaL_error(lua, "the hook returned a table with the unknown field '%s'",
               text ? lua_tostring(lua, -1) : luaL_typename(lua, -1));
  }
}

/// `status` and what belongs to it, from the table at the top.
Refusal read_refusal(lua_State* lua, SourceExtras& extras) {
  push_raw(lua, "status");
  int exact = 0;
  const lua_Integer status = lua_tointegerx(lua, -1, &exact);
  lua_pop(lua, 1);
  const bool redirect =
      status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  if (exact == 0 || (!redirect && (status < 400 || status > 599))) {
    luaL_error(lua, "the hook returned a status that is neither a redirect nor 400 to 599");
  }
  extras.answer_fields = lines_field(lua, "answerHeaders");
  const std::string location = text_field(lua, "location");
  if (redirect != !location.empty()) {
    luaL_error(lua, redirect ? "the hook returned a redirect without 'location'"
                             : "the hook returned 'location' with a status that is no redirect");
  }
  if (redirect) append_header_line(lua, "Location", location, extras.answer_fields);
  extras.body = text_field(lua, "body");
  extras.content_type = text_field(lua, "contentType");
  if (!is_field_value(extras.content_type)) {
    luaL_error(lua, "the hook returned a 'contentType' with control characters");
  }
  if (!extras.body.empty() && extras.content_type.empty()) {
    extras.content_type = "text/plain; charset=utf-8";
  }
  return {static_cast<std::uint16_t>(status), redirect ? "hook_redirect" : "hook_denied",
          "A hook has refused the request."};
}

SourceValue read_identity_table(lua_State* lua) {
  check_names(lua, {"uid", "product", "headers", "status", "body", "contentType", "location",
                    "answerHeaders"});
  SourceValue value;
  auto extras = std::make_unique<SourceExtras>();
  if (has_field(lua, "status")) {
    value = SourceValue::refused(read_refusal(lua, *extras));
  } else {
    value = SourceValue::found(text_field(lua, "uid"));
    // { uid = req.cookies.uid } is how people write it; without that cookie it is an empty table.
    if (value.value.empty()) return {};
    extras->product = text_field(lua, "product");
    extras->node_fields = lines_field(lua, "headers");
  }
  value.extras = std::move(extras);
  return value;
}

RouteDecision of_kind(RouteDecision::Kind kind) {
  RouteDecision decision;
  decision.kind = kind;
  return decision;
}

RouteDecision read_endpoint(lua_State* lua) {
  const std::string ip = text_field(lua, "ip");
  const std::optional<IpAddress> address = IpAddress::parse(ip);
  if (!address) luaL_error(lua, "the hook returned the ip '%s', which is no address", ip.c_str());
  push_raw(lua, "port");
  int exact = 0;
  const lua_Integer port = lua_tointegerx(lua, -1, &exact);
  lua_pop(lua, 1);
  if (exact == 0 || port < 1 || port > 65'535) {
    luaL_error(lua, "the hook returned a port that is none from 1 to 65535");
  }
  RouteDecision decision = of_kind(RouteDecision::Kind::endpoint);
  decision.endpoint = Endpoint{*address, static_cast<std::uint16_t>(port)};
  return decision;
}

RouteDecision read_route_table(lua_State* lua) {
  if (has_field(lua, "status")) {
    check_names(lua, {"status", "body", "contentType", "location", "answerHeaders"});
    RouteDecision decision = of_kind(RouteDecision::Kind::refused);
    decision.extras = std::make_unique<SourceExtras>();
    decision.refusal = read_refusal(lua, *decision.extras);
    return decision;
  }
  if (has_field(lua, "ip")) {
    check_names(lua, {"ip", "port"});
    return read_endpoint(lua);
  }
  check_names(lua, {"pool", "node"});
  const std::string node = text_field(lua, "node");
  RouteDecision decision =
      of_kind(node.empty() ? RouteDecision::Kind::pool : RouteDecision::Kind::node);
  decision.pool = text_field(lua, "pool");
  decision.name = node;
  if (decision.pool.empty() && node.empty()) {
    luaL_error(lua, "the hook returned a table without 'ip', 'pool', 'node' or 'status'");
  }
  return decision;
}

}  // namespace

SourceValue read_identity(lua_State* lua) {
  switch (lua_type(lua, -1)) {
    case LUA_TNIL:
      return {};
    case LUA_TBOOLEAN:
      if (lua_toboolean(lua, -1) == 0) return {};
      break;
    case LUA_TSTRING:
      return text_at(lua, -1).empty() ? SourceValue{}
                                      : SourceValue::found(std::string{text_at(lua, -1)});
    case LUA_TNUMBER:
      if (lua_isinteger(lua, -1) == 0) break;
      return SourceValue::found(std::to_string(lua_tointeger(lua, -1)));
    case LUA_TTABLE:
      return read_identity_table(lua);
    default:
      break;
  }
  luaL_error(lua, "the hook returned a %s; a uid is a string or an integer",
             lua_type(lua, -1) == LUA_TNUMBER ? "number with a fraction" : luaL_typename(lua, -1));
  return {};
}

RouteDecision read_route(lua_State* lua) {
  switch (lua_type(lua, -1)) {
    case LUA_TNIL:
      return of_kind(RouteDecision::Kind::by_hash);
    case LUA_TTABLE:
      return read_route_table(lua);
    case LUA_TSTRING:
      if (!text_at(lua, -1).empty()) {
        RouteDecision decision = of_kind(RouteDecision::Kind::node);
        decision.name = text_at(lua, -1);
        return decision;
      }
      luaL_error(lua, "the hook returned an empty node id");
      break;
    default:
      luaL_error(lua, "the hook returned a %s; a route is nil, a node id or a table",
                 luaL_typename(lua, -1));
  }
  return {};
}

}  // namespace pushgate::agent
