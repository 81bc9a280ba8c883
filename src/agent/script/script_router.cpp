// The route hook that is a table of functions in Lua.

#include <utility>

#include "agent/script/hook_runner.hpp"
#include "agent/script/request_object.hpp"
#include "agent/script/return_value.hpp"
#include "agent/script/script_set.hpp"

namespace pushgate::agent {

namespace {

class RouteBody final : public CallBody {
 public:
  RouteBody(int function, std::string_view uid) noexcept : function_(function), uid_(uid) {}

  int push(lua_State* lua) override {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, function_);
    push_request(lua, state_of(lua).running());
    pushgate::agent::push(lua, uid_);
    return 2;
  }
  void take(lua_State* lua) override { decision = read_route(lua); }

  RouteDecision decision;

 private:
  int function_;
  std::string_view uid_;
};

RouteDecision failed(const CallLease& lease, SourceThread& thread, const HookPolicy& policy) {
  RouteDecision decision;
  if (const std::optional<Refusal> refusal = give_up(lease, thread, policy)) {
    decision.kind = RouteDecision::Kind::refused;
    decision.refusal = *refusal;
  }
  return decision;
}

runtime::Task<RouteDecision> go_on(CallLease lease, SourceThread* thread, HookPolicy policy) {
  RouteBody body{LUA_NOREF, {}};  // the function has been pushed long ago
  lease.call().body = &body;
  const Progress progress = co_await finish_call(lease);
  if (progress != Progress::done) co_return failed(lease, *thread, policy);
  co_return std::move(body.decision);
}

class ScriptRouter final : public RouteHook {
 public:
  explicit ScriptRouter(std::shared_ptr<const ScriptSet> scripts) : scripts_(std::move(scripts)) {}

  bool decides(std::string_view product) const noexcept override {
    return scripts_->impl().functions.front().of_products.contains(product);
  }

  RouteDecision decide(const RequestView& request, const Identity& identity) const override {
    SourceThread& thread = *request.thread;
    const std::size_t index = thread.index();
    const ScriptSet::Impl& scripts = scripts_->impl();
    thread.metrics().hook_calls.add();
    ScriptState& state = *scripts.states[index];
    const int function =
        ScriptFunctions::find(scripts.functions[index].of_products, identity.product());
    RouteBody body{function, identity.uid()};
    const HookPolicy policy{scripts.config.on_error, "router.lua"};
    CallLease lease{state, state.begin(&request, body)};
    if (!lease) return failed(lease, thread, policy);
    switch (state.run(lease.call())) {
      case Progress::done:
        return std::move(body.decision);
      case Progress::waiting: {
        RouteDecision decision;
        decision.kind = RouteDecision::Kind::later;
        decision.task.emplace(go_on(std::move(lease), &thread, policy));
        return decision;
      }
      case Progress::failed:
        break;
    }
    return failed(lease, thread, policy);
  }

  std::string describe() const override { return "hook router.lua"; }

 private:
  std::shared_ptr<const ScriptSet> scripts_;
};

}  // namespace

std::unique_ptr<const RouteHook> make_script_router(std::shared_ptr<const ScriptSet> scripts) {
  return std::make_unique<ScriptRouter>(std::move(scripts));
}

}  // namespace pushgate::agent
