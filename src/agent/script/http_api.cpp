// pushgate.http: a request and its response. As with Redis, a failure is nil and a text.

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "agent/script/api.hpp"
#include "agent/script/header_lines.hpp"
#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

constexpr lua_Integer kMaxBody = 1024 * 1024;

/// {status, headers, body}. Names of headers are in lower case; several of one name are joined.
void push_response(lua_State* lua, const fetch::Response& response) {
  lua_createtable(lua, 0, 3);
  lua_pushinteger(lua, response.status);
  lua_setfield(lua, -2, "status");
  push(lua, response.body);
  lua_setfield(lua, -2, "body");
  lua_createtable(lua, 0, static_cast<int>(std::min<std::size_t>(response.fields.size(), 64)));
  for (const auto& [name, value] : response.fields) {
    push(lua, name);
    push(lua, name);
    if (lua_rawget(lua, -3) == LUA_TSTRING) {
      lua_pushliteral(lua, ", ");
      push(lua, value);
      lua_concat(lua, 3);
    } else {
      lua_pop(lua, 1);
      push(lua, value);
    }
    lua_rawset(lua, -3);
  }
  lua_setfield(lua, -2, "headers");
}

int answered(lua_State* lua, int, lua_KContext) {
  ScriptState& state = state_of(lua);
  const Woken woken = std::exchange(state.running().woken, NoWait{});
  const auto* const result = std::get_if<Result<fetch::Response>>(&woken);
  if (result != nullptr && *result) {
    push_response(lua, **result);
    return 1;
  }
  SourceMetrics& metrics = state.running().thread->metrics();
  const bool timeout =
      result != nullptr && result->error() == fetch::make_error_code(fetch::Error::timed_out);
  (timeout ? metrics.lookup_timeouts : metrics.lookup_failures).add();
  lua_pushnil(lua);
  push(lua, result == nullptr ? "no answer" : result->error().message());
  return 2;
}

void read_headers(lua_State* lua, fetch::Fields& fields) {
  luaL_checktype(lua, -1, LUA_TTABLE);
  std::string checked;
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    if (lua_type(lua, -2) != LUA_TSTRING || lua_isstring(lua, -1) == 0) {
      luaL_error(lua, "http: headers must be pairs of texts");
    }
    append_header_line(lua, text_at(lua, -2), text_at(lua, -1), checked);
    fields.emplace_back(text_at(lua, -2), text_at(lua, -1));
    lua_pop(lua, 1);
  }
}

/// {headers = {…}, timeout = seconds, maxBody = bytes, method = "PUT"}; nothing else.
void read_options(lua_State* lua, int index, fetch::Request& request) {
  if (lua_isnoneornil(lua, index)) return;
  luaL_checktype(lua, index, LUA_TTABLE);
  for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
    const std::string_view name = lua_type(lua, -2) == LUA_TSTRING ? text_at(lua, -2) : "";
    if (name == "headers") {
      read_headers(lua, request.fields);
    } else if (name == "timeout") {
      const lua_Number seconds = luaL_checknumber(lua, -1);
      if (!(seconds > 0 && seconds <= 3'600))
        luaL_error(lua, "http: a timeout of 0 to 3600 seconds");
      request.timeout =
          std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>{seconds});
    } else if (name == "maxBody") {
      const lua_Integer bytes = luaL_checkinteger(lua, -1);
      if (bytes < 0 || bytes > kMaxBody) luaL_error(lua, "http: a maxBody of 0 to 1048576 bytes");
      request.max_body = static_cast<std::size_t>(bytes);
    } else if (name == "method") {
      request.method = check_text(lua, -1);
    } else {
      luaL_error(lua, "http: unknown option '%s'", std::string{name}.c_str());
    }
  }
}

int send(lua_State* lua, fetch::Request request, int options) {
  check_may_wait(lua);
  const Call& call = state_of(lua).running();
  request.timeout = std::chrono::hours{1};
  read_options(lua, options, request);
  // The call's own deadline is what ends it, unless the script wants less.
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(call.allowance.deadline -
                                                                 call.thread->reactor().now());
  request.timeout = std::min(request.timeout, rest + std::chrono::seconds{1});
  return wait_for(lua, HttpWait{std::move(request)}, answered);
}

int get(lua_State* lua) {
  fetch::Request request;
  request.url = check_text(lua, 1);
  return send(lua, std::move(request), 2);
}

int post(lua_State* lua) {
  fetch::Request request;
  request.method = "POST";
  request.url = check_text(lua, 1);
  if (!lua_isnoneornil(lua, 2)) request.body = check_text(lua, 2);
  return send(lua, std::move(request), 3);
}

}  // namespace

void add_http_api(lua_State* lua) {
  lua_createtable(lua, 0, 2);
  set_function(lua, "get", get);
  set_function(lua, "post", post);
  make_read_only(lua);
  lua_setfield(lua, -2, "http");
}

}  // namespace pushgate::agent
