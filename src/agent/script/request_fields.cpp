#include "agent/script/request_fields.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "pushgate/base/text.hpp"
#include "pushgate/http/cookies.hpp"
#include "pushgate/http/percent.hpp"
#include "pushgate/http/query.hpp"

#include "agent/identity/claims.hpp"
#include "agent/script/call.hpp"

namespace pushgate::agent {

namespace {

void refuse_claim(lua_State* lua, Call& call, BadClaim fault, const char* kind,
                  std::string_view name) {
  call.bad_claim = fault;
  const std::string shown{name.substr(0, 100)};
  luaL_error(lua,
             fault == BadClaim::conflicting ? "the request says %s '%s' twice, and differently"
                                            : "the request's %s '%s' cannot be decoded",
             kind, shown.c_str());
}

/// As the declarative sources do it (single_value), but without a string of its own for what is not
/// encoded.
template <class Values>
int push_single(lua_State* lua, Call& call, Values values, http::Plus plus, const char* kind,
                std::string_view name) {
  std::optional<std::string_view> raw = values.next();
  bool is_there = raw.has_value();
  while (raw && raw->empty()) raw = values.next();
  if (!raw) {
    if (is_there)
      push(lua, "");
    else
      lua_pushnil(lua);
    return 1;
  }
  if (!http::is_percent_encoded(*raw, plus)) {
    if (any_differs(values, *raw, plus)) {
      refuse_claim(lua, call, BadClaim::conflicting, kind, name);
    }
    push(lua, *raw);
    return 1;
  }
  const std::optional<std::string> decoded = http::percent_decode(*raw, plus);
  if (!decoded) refuse_claim(lua, call, BadClaim::malformed, kind, name);
  if (any_differs(values, *decoded, plus)) {
    refuse_claim(lua, call, BadClaim::conflicting, kind, name);
  }
  push(lua, *decoded);
  return 1;
}

void push_decoded(lua_State* lua, std::string_view raw, http::Plus plus) {
  const std::optional<std::string> decoded = http::percent_decode(raw, plus);
  push(lua, decoded ? std::string_view{*decoded} : raw);
}

/// Name and value are at the top of the stack, above the table.
void set_if_new(lua_State* lua) {
  lua_pushvalue(lua, -2);
  const bool known = lua_rawget(lua, -4) != LUA_TNIL;
  lua_pop(lua, 1);
  if (known)
    lua_pop(lua, 2);
  else
    lua_rawset(lua, -3);
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

int push_cookie(lua_State* lua, Call& call, std::string_view name) {
  return push_single(lua, call, http::CookieValues{call.head->fields, name}, http::Plus::literal,
                     "cookie", name);
}

int push_parameter(lua_State* lua, Call& call, std::string_view name) {
  return push_single(lua, call, http::ParameterValues{call.head->query, name}, http::Plus::space,
                     "query parameter", name);
}

int push_header(lua_State* lua, Call& call, std::string_view name) {
  const http::FieldId id = has_control(name) ? http::FieldId::other : http::field_id(name);
  const std::string_view separator = id == http::FieldId::cookie ? "; " : ", ";
  const http::Field* first = nullptr;
  std::string joined;
  for (const http::Field& field : call.head->fields) {
    if (field.id != id || (id == http::FieldId::other && !iequals(field.name, name))) continue;
    if (first == nullptr) {
      first = &field;
      continue;
    }
    if (joined.empty()) joined = first->value;
    joined.append(separator).append(field.value);
  }
  if (first == nullptr)
    lua_pushnil(lua);
  else
    push(lua, joined.empty() ? first->value : std::string_view{joined});
  return 1;
}

void fill_cookies(lua_State* lua, Call& call) {
  for (const http::Field& field : call.head->fields) {
    if (field.id != http::FieldId::cookie) continue;
    http::CookieReader reader{field.value};
    while (const std::optional<http::Cookie> cookie = reader.next()) {
      push(lua, cookie->name);
      push_decoded(lua, cookie->value, http::Plus::literal);
      set_if_new(lua);
    }
  }
}

void fill_parameters(lua_State* lua, Call& call) {
  http::ParameterReader reader{call.head->query};
  while (const std::optional<http::Parameter> parameter = reader.next()) {
    push_decoded(lua, parameter->name, http::Plus::space);
    push_decoded(lua, parameter->value, http::Plus::space);
    set_if_new(lua);
  }
}

void fill_headers(lua_State* lua, Call& call) {
  std::string name;
  for (const http::Field& field : call.head->fields) {
    name.assign(field.name);
    std::transform(name.begin(), name.end(), name.begin(), to_lower);
    push(lua, name);
    push_header(lua, call, field.name);
    set_if_new(lua);
  }
}

}  // namespace pushgate::agent
