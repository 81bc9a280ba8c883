#pragma once
// request_object.hpp - `req`: the request as a script sees it, read from the parsed head when
// asked.

#include "agent/script/lua.hpp"

namespace pushgate::agent {

struct Call;

/// Prepares a state. Leaves the stack as it was. May raise.
void open_request_objects(lua_State* lua);

/// Pushes `req` of a call that has a request. It is good until that call ends, and raises an error
/// afterwards.
void push_request(lua_State* lua, Call& call);

}  // namespace pushgate::agent
