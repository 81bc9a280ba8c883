#pragma once
// request_fields.hpp - headers, cookies and query parameters of a request as Lua values.

#include <string_view>

#include "agent/script/lua.hpp"

namespace pushgate::agent {

struct Call;

/// Push the value of that name, or nil; return 1. Cookies and parameters are decoded once. What the
/// request says twice and differently, or cannot be decoded, raises an error that is answered with
/// 400 (Call::bad_claim): a node may read the other one than we did.
int push_cookie(lua_State* lua, Call& call, std::string_view name);
int push_parameter(lua_State* lua, Call& call, std::string_view name);
/// Names in any case; several fields of one name are joined with ", ", of cookies with "; ".
int push_header(lua_State* lua, Call& call, std::string_view name);

/// Fill the table at the top: names (of headers: in lower case) and values. Of what is said twice
/// the first counts; what cannot be decoded stays as it is.
void fill_cookies(lua_State* lua, Call& call);
void fill_parameters(lua_State* lua, Call& call);
void fill_headers(lua_State* lua, Call& call);

}  // namespace pushgate::agent
