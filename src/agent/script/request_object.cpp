#include "agent/script/request_object.hpp"

#include <array>
#include <optional>
#include <string>

#include "pushgate/base/text.hpp"
#include "pushgate/http/percent.hpp"

#include "agent/script/call.hpp"
#include "agent/script/request_fields.hpp"

namespace pushgate::agent {

namespace {

/// What the userdata is. Its call may serve another request by now: then `serial` differs.
struct RequestRef {
  Call* call;
  std::uint64_t serial;
};

enum class Kind : std::uint8_t { request, headers, cookies, query };

/// The key of a metatable in the registry.
const void* key_of(Kind kind) noexcept {
  static constexpr std::array<char, 4> kKeys{};
  return &kKeys.at(static_cast<std::size_t>(kind));
}

/// Scripts cannot get hold of these metatables, so argument 1 is what we made it.
Call& call_of_first(lua_State* lua) {
  const auto* const ref = static_cast<const RequestRef*>(lua_touserdata(lua, 1));
  if (ref->call->serial != ref->serial) {
    luaL_error(lua, "the request has ended: 'req' is of no use after its hook has returned");
  }
  return *ref->call;
}

void push_object(lua_State* lua, Call& call, Kind kind) {
  auto* const ref = static_cast<RequestRef*>(lua_newuserdatauv(lua, sizeof(RequestRef), 0));
  ref->call = &call;
  ref->serial = call.serial;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, key_of(kind));
  lua_setmetatable(lua, -2);
}

enum class Member : std::uint8_t {
  none,
  method,
  path,
  query,
  cookies,
  headers,
  ip,
  tls,
  is_upgrade,
  host,
  target,
};

Member member_of(std::string_view name) noexcept {
  constexpr std::array<std::pair<std::string_view, Member>, 10> kMembers{{
      {"cookies", Member::cookies},
      {"headers", Member::headers},
      {"query", Member::query},
      {"path", Member::path},
      {"method", Member::method},
      {"ip", Member::ip},
      {"host", Member::host},
      {"isUpgrade", Member::is_upgrade},
      {"tls", Member::tls},
      {"target", Member::target},
  }};
  for (const auto& [known, member] : kMembers) {
    if (known == name) return member;
  }
  return Member::none;
}

void push_address(lua_State* lua, const IpAddress& address) {
  char text[46];
  lua_pushlstring(lua, text, address.format(text));
}

int index_request(lua_State* lua) {
  Call& call = call_of_first(lua);
  const std::string_view name = lua_type(lua, 2) == LUA_TSTRING ? text_at(lua, 2) : "";
  switch (member_of(name)) {
    case Member::method:
      push(lua, call.head->method_name);
      break;
    case Member::path:
      push(lua, call.head->path);
      break;
    case Member::query:
      push_object(lua, call, Kind::query);
      break;
    case Member::cookies:
      push_object(lua, call, Kind::cookies);
      break;
    case Member::headers:
      push_object(lua, call, Kind::headers);
      break;
    case Member::ip:
      push_address(lua, *call.client);
      break;
    case Member::tls:
      lua_pushboolean(lua, 0);
      break;  // the agent's listeners do not speak TLS
    case Member::is_upgrade:
      lua_pushboolean(lua, call.head->wants_upgrade ? 1 : 0);
      break;
    case Member::host:
      push(lua, call.head->host);
      break;
    case Member::target:
      push(lua, call.head->target);
      break;
    case Member::none:
      return luaL_error(lua, "'req' has no field '%s'", luaL_tolstring(lua, 2, nullptr));
  }
  return 1;
}

template <int (*Read)(lua_State*, Call&, std::string_view)>
int index_fields(lua_State* lua) {
  Call& call = call_of_first(lua);
  if (lua_type(lua, 2) != LUA_TSTRING) {
    lua_pushnil(lua);
    return 1;
  }
  return Read(lua, call, text_at(lua, 2));
}

/// __pairs: the only place where a table is built.
template <void (*Fill)(lua_State*, Call&)>
int pairs_of(lua_State* lua) {
  Call& call = call_of_first(lua);
  lua_getglobal(lua, "next");
  lua_createtable(lua, 0, 8);
  Fill(lua, call);
  return 2;
}

void register_kind(lua_State* lua, Kind kind, const char* name, lua_CFunction index,
                   lua_CFunction pairs) {
  lua_createtable(lua, 0, 4);
  lua_pushcfunction(lua, index);
  lua_setfield(lua, -2, "__index");
  if (pairs != nullptr) {
    lua_pushcfunction(lua, pairs);
    lua_setfield(lua, -2, "__pairs");
  }
  lua_pushstring(lua, name);
  lua_setfield(lua, -2, "__name");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, key_of(kind));
}

}  // namespace

void open_request_objects(lua_State* lua) {
  register_kind(lua, Kind::request, "req", index_request, nullptr);
  register_kind(lua, Kind::headers, "req.headers", index_fields<push_header>,
                pairs_of<fill_headers>);
  register_kind(lua, Kind::cookies, "req.cookies", index_fields<push_cookie>,
                pairs_of<fill_cookies>);
  register_kind(lua, Kind::query, "req.query", index_fields<push_parameter>,
                pairs_of<fill_parameters>);
}

void push_request(lua_State* lua, Call& call) { push_object(lua, call, Kind::request); }

}  // namespace pushgate::agent
