#pragma once
// return_value.hpp - what hooks return, read and checked. Every function may raise.

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/agent/routing/route_hook.hpp"

#include "agent/script/lua.hpp"

namespace pushgate::agent {

/// The value at the top of the stack as the answer of an identity hook: nil and false are missing,
/// a string or an integer is the uid, a table is {uid, product, headers} or a refusal {status,
/// body, contentType, location, answerHeaders}.
SourceValue read_identity(lua_State* lua);

/// The value at the top as the answer of a route function: nil is by hash, a string the id of a
/// node of the product, a table {ip, port}, {pool, node} or a refusal as above.
RouteDecision read_route(lua_State* lua);

}  // namespace pushgate::agent
