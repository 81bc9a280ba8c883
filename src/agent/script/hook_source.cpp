// The identity sources that are functions in Lua.

#include <utility>

#include "agent/script/hook_runner.hpp"
#include "agent/script/request_object.hpp"
#include "agent/script/return_value.hpp"
#include "agent/script/script_set.hpp"

namespace pushgate::agent {

namespace {

class IdentityBody final : public CallBody {
 public:
  explicit IdentityBody(int function) noexcept : function_(function) {}

  int push(lua_State* lua) override {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, function_);
    push_request(lua, state_of(lua).running());
    return 1;
  }
  void take(lua_State* lua) override { value = read_identity(lua); }

  SourceValue value;

 private:
  int function_;
};

SourceValue failed(const CallLease& lease, SourceThread& thread, const HookPolicy& policy) {
  const std::optional<Refusal> refusal = give_up(lease, thread, policy);
  return refusal ? SourceValue::refused(*refusal) : SourceValue{};
}

/// Goes on with a call that look() has begun. Everything it needs is in its frame.
runtime::Task<SourceValue> go_on(CallLease lease, int function, SourceThread* thread,
                                 HookPolicy policy) {
  IdentityBody body{function};
  lease.call().body = &body;
  const Progress progress = co_await finish_call(lease);
  if (progress != Progress::done) co_return failed(lease, *thread, policy);
  co_return std::move(body.value);
}

std::string base_name(const std::string& file) { return file.substr(file.rfind('/') + 1); }

class ScriptSource final : public IdentitySource {
 public:
  ScriptSource(std::shared_ptr<const ScriptSet> scripts, const std::string& plain,
               const std::string& upgrade, std::string name)
      : scripts_(std::move(scripts)),
        plain_(base_name(plain)),
        upgrade_(base_name(upgrade)),
        name_(std::move(name)) {
    for (const ScriptFunctions& functions : scripts_->impl().functions) {
      references_.push_back({ScriptFunctions::find(functions.of_files, plain),
                             ScriptFunctions::find(functions.of_files, upgrade)});
    }
  }

  SourceValue look(const RequestView& request) const override {
    SourceThread& thread = *request.thread;
    const References& here = references_[thread.index()];
    const bool upgrade = request.head.wants_upgrade;
    const int function = upgrade ? here.upgrade : here.plain;
    if (function == LUA_NOREF) return {};
    thread.metrics().hook_calls.add();
    ScriptState& state = *scripts_->impl().states[thread.index()];
    const HookPolicy policy{scripts_->impl().config.on_error, upgrade ? upgrade_ : plain_};
    IdentityBody body{function};
    CallLease lease{state, state.begin(&request, body)};
    if (!lease) return failed(lease, thread, policy);
    switch (state.run(lease.call())) {
      case Progress::done:
        return std::move(body.value);
      case Progress::waiting:
        return SourceValue::later(go_on(std::move(lease), function, &thread, policy));
      case Progress::failed:
        break;
    }
    return failed(lease, thread, policy);
  }

  std::string describe() const override { return name_; }

 private:
  struct References {
    int plain;
    int upgrade;
  };

  std::shared_ptr<const ScriptSet> scripts_;
  std::vector<References> references_;  // by SourceThread::index()
  std::string plain_;
  std::string upgrade_;
  std::string name_;
};

}  // namespace

SourcePtr make_hook_source(std::shared_ptr<const ScriptSet> scripts) {
  const config::HookConfig& config = scripts->impl().config;
  const std::string& upgrade = config.onupgrade.empty() ? config.agent : config.onupgrade;
  std::string name = "hook " + base_name(config.agent.empty() ? upgrade : config.agent);
  return std::make_unique<ScriptSource>(std::move(scripts), config.agent, upgrade, std::move(name));
}

SourcePtr make_lua_source(std::shared_ptr<const ScriptSet> scripts, const std::string& file) {
  return std::make_unique<ScriptSource>(std::move(scripts), file, file,
                                        "lua \"" + base_name(file) + '"');
}

}  // namespace pushgate::agent
