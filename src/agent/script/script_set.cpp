#include "agent/script/script_set.hpp"

#include <algorithm>
#include <new>
#include <set>

#include "pushgate/base/text.hpp"

#include "agent/script/json_text.hpp"
#include "agent/script/loader.hpp"
#include "agent/script/script_set_impl.hpp"

namespace pushgate::agent {

namespace {

void take_function(lua_State* lua, int& reference) {
  if (!lua_isfunction(lua, -1)) {
    luaL_error(lua, "the file must return a function of the request, and returned a %s",
               luaL_typename(lua, -1));
  }
  lua_pushvalue(lua, -1);
  reference = luaL_ref(lua, LUA_REGISTRYINDEX);
}

/// One product of router.lua: its name and value are at the top of the stack.
void take_product(lua_State* lua, ScriptFunctions& functions) {
  if (lua_type(lua, -2) != LUA_TSTRING || !Identity::valid_product(text_at(lua, -2))) {
    luaL_error(lua,
               "the table must have names of products as its keys (1 to 64 of A-Z a-z 0-9 _ . -)");
  }
  const std::string name{text_at(lua, -2)};
  if (lua_isfunction(lua, -1)) {
    take_function(lua, functions.of_products[name]);
  } else if (lua_istable(lua, -1)) {
    functions.lists[name] = to_json(lua, -1);
  } else {
    luaL_error(lua, "product '%s' must be a function or a list of nodes, and is a %s", name.c_str(),
               luaL_typename(lua, -1));
  }
}

void take_products(lua_State* lua, ScriptFunctions& functions) {
  if (!lua_istable(lua, -1)) {
    luaL_error(lua, "the file must return a table of products, and returned a %s",
               luaL_typename(lua, -1));
  }
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    take_product(lua, functions);
    lua_pop(lua, 1);
  }
}

/// Runs every file in one state.
class StateLoading {
 public:
  StateLoading(ScriptState& state, ScriptFiles& files) : loader_(state, files) {}

  void load_function(const std::string& file) {
    int reference = LUA_NOREF;
    note(loader_.run(file, [&](lua_State* lua) { take_function(lua, reference); }));
    functions_.of_files[file] = reference;
  }
  void load_router(const std::string& file) {
    note(loader_.run(file, [&](lua_State* lua) { take_products(lua, functions_); }));
  }
  ScriptFunctions& functions() noexcept { return functions_; }
  std::vector<ScriptFault>& faults() noexcept { return faults_; }

 private:
  void note(std::optional<ScriptFault> fault) {
    if (fault) faults_.push_back(std::move(*fault));
  }

  Loader loader_;
  ScriptFunctions functions_;
  std::vector<ScriptFault> faults_;
};

std::set<std::string> function_files(const config::HookConfig& hooks,
                                     const std::vector<std::string>& source_files) {
  std::set<std::string> files{source_files.begin(), source_files.end()};
  for (const std::string& file : {hooks.agent, hooks.onupgrade}) {
    if (!file.empty()) files.insert(file);
  }
  return files;
}

std::string products_text(const std::map<std::string, std::string>& lists) {
  std::string text = "{";
  for (const auto& [name, list] : lists) {
    if (text.size() > 1) text += ',';
    text += '"';
    append_json_escaped(text, name);
    text.append("\":").append(list);
  }
  return text + '}';
}

bool same_products(const ScriptFunctions& a, const ScriptFunctions& b) {
  const auto same_name = [](const auto& x, const auto& y) { return x.first == y.first; };
  return a.lists == b.lists && std::equal(a.of_products.begin(), a.of_products.end(),
                                          b.of_products.begin(), b.of_products.end(), same_name);
}

/// The faults of this thread's state; empty: it has been added.
std::vector<ScriptFault> add_state(ScriptSet::Impl& impl, ScriptFiles& files,
                                   const std::set<std::string>& functions) {
  auto state = std::make_unique<ScriptState>(impl.config);
  {
    StateLoading loading{*state, files};
    for (const std::string& file : functions) loading.load_function(file);
    if (!impl.config.router.empty()) loading.load_router(impl.config.router);
    if (!loading.faults().empty()) return std::move(loading.faults());
    if (!impl.functions.empty() && !same_products(impl.functions.front(), loading.functions())) {
      return {{impl.config.router, 0, "the products must be the same every time it is run"}};
    }
    impl.functions.push_back(std::move(loading.functions()));
  }
  state->freeze();
  impl.states.push_back(std::move(state));
  return {};
}

}  // namespace

ScriptSet::ScriptSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ScriptSet::~ScriptSet() = default;

bool ScriptSet::has_identity_hook() const noexcept {
  return !impl_->config.agent.empty() || !impl_->config.onupgrade.empty();
}

bool ScriptSet::has_router() const noexcept { return !impl_->config.router.empty(); }

const std::string& ScriptSet::products_json() const noexcept { return impl_->products_json; }

std::vector<std::string> ScriptSet::products_with_function() const {
  std::vector<std::string> names;
  for (const auto& [name, reference] : impl_->functions.front().of_products) names.push_back(name);
  return names;
}

const std::vector<std::string>& ScriptSet::files() const noexcept { return impl_->files; }

LoadedScripts load_scripts(const config::HookConfig& hooks,
                           const std::vector<std::string>& source_files, std::size_t threads) {
  auto impl = std::make_unique<ScriptSet::Impl>();
  impl->config = hooks;
  ScriptFiles files;
  const std::set<std::string> functions = function_files(hooks, source_files);
  try {
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
      std::vector<ScriptFault> faults = add_state(*impl, files, functions);
      if (!faults.empty()) return faults;
    }
  } catch (const std::bad_alloc&) {
    return std::vector<ScriptFault>{{hooks.agent, 0, "not enough memory"}};
  }
  impl->products_json = products_text(impl->functions.front().lists);
  impl->files = files.names();
  return std::shared_ptr<const ScriptSet>{std::make_shared<ScriptSet>(std::move(impl))};
}

}  // namespace pushgate::agent
