#pragma once
// call.hpp - one call of a hook: what it is about, what it may use, and what it waits for.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/fetch/client.hpp"
#include "pushgate/redis/command.hpp"
#include "pushgate/redis/reply.hpp"

#include "agent/script/flights.hpp"
#include "agent/script/lua.hpp"
#include "agent/script/meter.hpp"

namespace pushgate::agent {

/// What a call may wait for. `NoWait`: it does not.
struct NoWait {};
struct SleepWait {
  std::chrono::milliseconds time;
};
struct RedisWait {
  redis::Command command;
  std::string key;
};
struct HttpWait {
  fetch::Request request;
};
/// For another call that is about to have the same value (pushgate.cache).
struct FlightWait {
  std::string key;
};
using Wait = std::variant<NoWait, SleepWait, RedisWait, HttpWait, FlightWait>;

/// What has come of it. `NoWait`: the time is over, or the other call has ended.
using Woken = std::variant<NoWait, Result<redis::Reply>, Result<fetch::Response>>;

/// What a call is for. Both functions run within the call, on its account: they may raise.
class CallBody {
 public:
  /// Pushes the function and its arguments; returns how many arguments.
  virtual int push(lua_State* lua) = 0;
  /// Takes its one result from the top of the stack.
  virtual void take(lua_State* lua) = 0;

 protected:
  ~CallBody() = default;
};

/// Something that the request says in a way that no claim may be said. It ends the call, unless the
/// script catches it.
enum class BadClaim : std::uint8_t { none, malformed, conflicting };

/// Used again for one request after the other, and never freed before the state: an object of a
/// script that points here finds out by `serial` that its request is gone.
struct Call {
  lua_State* lua = nullptr;  ///< the Lua thread it runs in
  int anchor = LUA_NOREF;    ///< keeps that thread in the registry
  std::uint64_t serial = 0;

  // Of the present request. A file that is loaded has none of these.
  const http::RequestHead* head = nullptr;
  const IpAddress* client = nullptr;
  SourceThread* thread = nullptr;

  CallBody* body = nullptr;
  bool started = false;
  Allowance allowance;
  BadClaim bad_claim = BadClaim::none;
  Wait wait;
  Woken woken;
  std::vector<std::string> flights;  ///< keys of pushgate.cache that others wait for
};

}  // namespace pushgate::agent
