#include "agent/script/script_state.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <utility>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "agent/script/sandbox.hpp"

namespace pushgate::agent {

namespace {

// More Lua threads than this are not kept for later calls.
constexpr std::size_t kMaxIdle = 256;

int make_thread(lua_State* lua) {
  Call& call = *static_cast<Call*>(lua_touserdata(lua, 1));
  lua_State* const thread = lua_newthread(lua);
  call.anchor = luaL_ref(lua, LUA_REGISTRYINDEX);
  call.lua = thread;
  return 0;
}

int open_state(lua_State* lua) {
  open_sandbox(lua);
  return 0;
}

/// What an error object says. Runs nothing of the script: no __tostring, no __name.
std::string describe_error(lua_State* lua) {
  if (lua_gettop(lua) == 0) return "(no error object)";
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING:
      return std::string{text_at(lua, -1).substr(0, 2'000)};
    case LUA_TNUMBER:
      return std::to_string(lua_tonumber(lua, -1));
    default:
      return std::string{"(error object is a "} + luaL_typename(lua, -1) + " value)";
  }
}

/// Takes "file:12: " off the front.
void split_place(CallFailure& failure) {
  const std::string& text = failure.message;
  for (std::size_t colon = text.find(':'); colon != std::string::npos;
       colon = text.find(':', colon + 1)) {
    unsigned line = 0;
    const char* const from = text.data() + colon + 1;
    const auto [end, error] = std::from_chars(from, text.data() + text.size(), line);
    if (error != std::errc{} || end + 1 >= text.data() + text.size()) continue;
    if (end[0] != ':' || end[1] != ' ') continue;
    failure.file = text.substr(0, colon);
    failure.line = line;
    failure.message = text.substr(static_cast<std::size_t>(end + 2 - text.data()));
    return;
  }
}

/// Where the script stands, from the innermost function that has lines.
void find_place(lua_State* lua, CallFailure& failure) {
  lua_Debug where{};
  for (int level = 0; lua_getstack(lua, level, &where) != 0; ++level) {
    if (lua_getinfo(lua, "Sl", &where) == 0 || where.currentline <= 0) continue;
    failure.file = static_cast<const char*>(where.short_src);
    failure.line = static_cast<unsigned>(where.currentline);
    return;
  }
}

struct Traced {
  lua_State* of;
  std::string text;
};

int trace(lua_State* lua) {
  Traced& traced = *static_cast<Traced*>(lua_touserdata(lua, 1));
  luaL_traceback(lua, traced.of, nullptr, 0);
  traced.text = text_at(lua, -1);
  return 0;
}

}  // namespace

ScriptState::ScriptState(const config::HookConfig& config)
    : meter_({config.instructions, config.memory, config.memory * kStateFactor}),
      deadline_(config.deadline),
      slice_(static_cast<int>(
          std::clamp<std::uint64_t>(config.instructions, 1, static_cast<std::uint64_t>(kSlice)))),
      cache_(config.cache_entries),
      lua_(lua_newstate(Meter::allocate, &meter_)) {
  if (!lua_) throw std::bad_alloc{};
  *static_cast<ScriptState**>(lua_getextraspace(lua_.get())) = this;
  if (!protect(open_state, nullptr)) throw std::bad_alloc{};
}

ScriptState::~ScriptState() = default;

bool ScriptState::protect(lua_CFunction function, void* argument) {
  lua_State* const lua = lua_.get();
  lua_pushcfunction(lua, function);
  lua_pushlightuserdata(lua, argument);
  const bool done = lua_pcall(lua, 1, 0, 0) == LUA_OK;
  lua_settop(lua, 0);
  return done;
}

Call* ScriptState::begin(const RequestView* request, CallBody& body) {
  if (idle_.empty()) {
    calls_.push_back(std::make_unique<Call>());
    idle_.push_back(calls_.back().get());
  }
  Call& call = *idle_.back();
  if (call.lua == nullptr && !protect(make_thread, &call)) return nullptr;
  idle_.pop_back();
  TimePoint start{};
  if (request != nullptr) {
    call.head = &request->head;
    call.client = &request->client;
    call.thread = request->thread;
    start = call.thread->reactor().now();
  } else {
    start = Clock::now();
  }
  call.body = &body;
  call.allowance = meter_.allowance(start + deadline_);
  return &call;
}

int ScriptState::body(lua_State* lua) {
  Call& call = state_of(lua).running();
  const int arguments = call.body->push(lua);
  lua_callk(lua, arguments, 1, 0, after_body);
  return after_body(lua, LUA_OK, 0);
}

int ScriptState::after_body(lua_State* lua, int, lua_KContext) {
  state_of(lua).running().body->take(lua);
  return 0;
}

Progress ScriptState::run(Call& call) {
  lua_State* const lua = call.lua;
  running_ = &call;
  meter_.open(call.allowance);
  call.wait = NoWait{};
  lua_sethook(lua, on_count, LUA_MASKCOUNT, slice_);
  if (!std::exchange(call.started, true)) lua_pushcfunction(lua, body);
  int results = 0;
  const int status = lua_resume(lua, nullptr, 0, &results);
  call.woken = NoWait{};
  meter_.close();
  running_ = nullptr;
  if (status == LUA_YIELD) return Progress::waiting;
  if (status != LUA_OK) return Progress::failed;
  call.started = false;
  lua_settop(lua, 0);
  return Progress::done;
}

CallFailure ScriptState::failure(const Call& call) {
  CallFailure failure;
  if (call.allowance.excess == Excess::time) failure.kind = CallFailure::Kind::timeout;
  if (call.bad_claim != BadClaim::none) failure.kind = CallFailure::Kind::bad_claim;
  failure.bad_claim = call.bad_claim;
  if (lua_status(call.lua) == LUA_YIELD) {
    failure.message = excess_text(call.allowance.excess);
  } else {
    failure.message = describe_error(call.lua);
    split_place(failure);
  }
  if (failure.file.empty()) find_place(call.lua, failure);
  Traced traced{call.lua, {}};
  if (protect(trace, &traced)) failure.traceback = std::move(traced.text);
  return failure;
}

void ScriptState::end(Call& call) noexcept {
  ++call.serial;
  call.head = nullptr;
  call.client = nullptr;
  call.thread = nullptr;
  call.body = nullptr;
  call.bad_claim = BadClaim::none;
  // What did not come to its end is left to the collector: its __close handlers do not run.
  const bool abandoned = std::exchange(call.started, false);
  if (abandoned || idle_.size() >= kMaxIdle) {
    luaL_unref(lua_.get(), LUA_REGISTRYINDEX, std::exchange(call.anchor, LUA_NOREF));
    call.lua = nullptr;
  }
  for (const std::string& key : std::exchange(call.flights, {})) flights_.land(key, false);
  idle_.push_back(&call);
}

void ScriptState::on_count(lua_State* lua, lua_Debug* where) {
  ScriptState& state = state_of(lua);
  state.meter_.charge(static_cast<std::uint64_t>(lua_gethookcount(lua)));
  state.meter_.look_at_clock();
  if (state.meter_.excess() == Excess::none) return;
  // From now on at every instruction, so that nothing that catches errors gets far.
  lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
  lua_getinfo(lua, "Sl", where);
  lua_pushfstring(lua, "%s:%d: ", where->short_src, where->currentline);
  lua_pushstring(lua, excess_text(state.meter_.excess()));
  lua_concat(lua, 2);
  lua_error(lua);
}

const char* ScriptState::excess_text(Excess excess) noexcept {
  return excess == Excess::time ? "the hook's deadline has passed"
                                : "the hook has used up its instructions";
}

void ScriptState::raise_excess(lua_State* lua) {
  const Excess excess = state_of(lua).meter_.excess();
  if (excess != Excess::none) luaL_error(lua, "%s", excess_text(excess));
}

void ScriptState::charge(lua_State* lua, std::uint64_t work) {
  state_of(lua).meter_.charge(work);
  raise_excess(lua);
}

void ScriptState::watch_coroutine(lua_State* coroutine) {
  state_of(coroutine).meter_.charge(kCoroutineSlice);
  lua_sethook(coroutine, on_count, LUA_MASKCOUNT, kCoroutineSlice);
}

}  // namespace pushgate::agent
