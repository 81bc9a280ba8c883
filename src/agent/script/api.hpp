#pragma once
// api.hpp - the table `pushgate` that scripts find. One file for each family.

#include "agent/script/call.hpp"
#include "agent/script/lua.hpp"

namespace pushgate::agent {

/// Pushes the whole table.
void open_api(lua_State* lua);

// Each adds its functions to the table at the top.
void add_time_api(lua_State* lua);    ///< now, sleep
void add_log_api(lua_State* lua);     ///< log
void add_json_api(lua_State* lua);    ///< json.encode, decode, null
void add_text_api(lua_State* lua);    ///< base64.*, hash, match
void add_crypto_api(lua_State* lua);  ///< sha256, hmac
void add_jwt_api(lua_State* lua);     ///< jwt.verify
void add_redis_api(lua_State* lua);   ///< redis.get, hget, command
void add_http_api(lua_State* lua);    ///< http.get, post
void add_cache_api(lua_State* lua);   ///< cache

/// Suspends the running call until what it waits for has come: `then` goes on and finds it in
/// Call::woken. To be returned from the function that waits. Raises where waiting is not possible:
/// while files are loaded, in a coroutine of the script's own, below a C function.
int wait_for(lua_State* lua, Wait wait, lua_KFunction then, lua_KContext context = 0);
/// The same check alone.
void check_may_wait(lua_State* lua);

}  // namespace pushgate::agent
