// pushgate.redis: a command and its answer. A failure is nil and a text, not an error: a hook
// decides what it means that Redis is away.

#include <string>
#include <utility>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/base/text.hpp"

#include "agent/script/api.hpp"
#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxCommandBytes = 1024 * 1024;

int push_fault(lua_State* lua, std::string_view fault) {
  lua_pushnil(lua);
  push(lua, fault);
  return 2;
}

/// One value of an answer. Errors inside of an array are their text.
void push_reply(lua_State* lua, const redis::Reply& reply, int depth) {
  luaL_checkstack(lua, 4, "redis");
  switch (reply.type) {
    case redis::Reply::Type::nil:
      lua_pushnil(lua);
      return;
    case redis::Reply::Type::integer:
      lua_pushinteger(lua, reply.integer);
      return;
    case redis::Reply::Type::status:
    case redis::Reply::Type::error:
    case redis::Reply::Type::bulk:
      push(lua, reply.text);
      return;
    case redis::Reply::Type::array:
      break;
  }
  if (depth > kMaxDepth) luaL_error(lua, "redis: the answer is nested too deep");
  lua_createtable(lua, 0, 0);
  lua_Integer index = 0;
  for (const redis::Reply& element : reply.elements) {
    push_reply(lua, element, depth + 1);
    // A hole would hide the length: what is not there is false, as in Redis' own scripts.
    if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
      lua_pushboolean(lua, 0);
    }
    lua_rawseti(lua, -2, ++index);
  }
}

int answered(lua_State* lua, int, lua_KContext) {
  ScriptState& state = state_of(lua);
  const Woken woken = std::exchange(state.running().woken, NoWait{});
  const auto* const result = std::get_if<Result<redis::Reply>>(&woken);
  SourceMetrics& metrics = state.running().thread->metrics();
  if (result == nullptr || !*result) {
    metrics.lookup_failures.add();
    return push_fault(lua, result == nullptr ? "no answer" : result->error().message());
  }
  if ((*result)->is_error()) {
    metrics.lookup_failures.add();
    return push_fault(lua, (*result)->text);
  }
  push_reply(lua, **result, 1);
  return 1;
}

/// Sends `name` with the arguments from `first` on; the first of them is the key.
int send(lua_State* lua, std::string_view name, int first) {
  check_may_wait(lua);
  const int count = lua_gettop(lua);
  redis::Command command{name};
  for (int i = first; i <= count; ++i) command.arg(check_text(lua, i));
  if (command.encoded_bytes() > kMaxCommandBytes) {
    return luaL_error(lua, "redis: the command is longer than 1 MiB");
  }
  if (state_of(lua).running().thread->redis() == nullptr) {
    return push_fault(lua, "no Redis is configured");
  }
  std::string key = count >= first ? std::string{check_text(lua, first)} : std::string{};
  return wait_for(lua, RedisWait{std::move(command), std::move(key)}, answered);
}

int get(lua_State* lua) {
  luaL_checkany(lua, 1);
  lua_settop(lua, 1);
  return send(lua, "GET", 1);
}

int hget(lua_State* lua) {
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  return send(lua, "HGET", 1);
}

/// Commands that would hold up or change the connection that everybody shares.
bool is_refused(std::string_view name) {
  for (const std::string_view refused :
       {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
        "MONITOR",   "MULTI",      "EXEC",       "DISCARD",     "WATCH",        "UNWATCH",
        "SELECT",    "AUTH",       "HELLO",      "QUIT",        "RESET",        "CLIENT",
        "BLPOP",     "BRPOP",      "BLMOVE",     "BLMPOP",      "BRPOPLPUSH",   "BZPOPMIN",
        "BZPOPMAX",  "BZMPOP",     "WAIT",       "WAITAOF",     "SYNC",         "PSYNC",
        "SHUTDOWN",  "DEBUG",      "XREAD",      "XREADGROUP",  "READONLY",     "READWRITE",
        "ASKING"}) {
    if (iequals(name, refused)) return true;
  }
  return false;
}

int command(lua_State* lua) {
  const std::string name{check_text(lua, 1)};
  if (name.empty() || is_refused(name)) {
    return luaL_error(lua, "redis: the command '%s' is not for hooks", name.c_str());
  }
  return send(lua, name, 2);
}

}  // namespace

void add_redis_api(lua_State* lua) {
  lua_createtable(lua, 0, 3);
  set_function(lua, "get", get);
  set_function(lua, "hget", hget);
  set_function(lua, "command", command);
  make_read_only(lua);
  lua_setfield(lua, -2, "redis");
}

}  // namespace pushgate::agent
