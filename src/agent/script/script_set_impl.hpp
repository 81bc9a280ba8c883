#pragma once
// script_set_impl.hpp - what a ScriptSet holds: a state for each io thread, and where in it the
// functions are.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/identity/source_thread.hpp"

#include "agent/script/script_set.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

/// The functions of one state, as references into its registry.
struct ScriptFunctions {
  std::map<std::string, int, std::less<>> of_files;
  std::map<std::string, int, std::less<>> of_products;
  std::map<std::string, std::string> lists;  ///< products of router.lua as JSON

  /// LUA_NOREF if there is none.
  static int find(const std::map<std::string, int, std::less<>>& in, std::string_view name) {
    const auto found = in.find(name);
    return found == in.end() ? LUA_NOREF : found->second;
  }
};

struct ScriptSet::Impl {
  config::HookConfig config;
  std::vector<std::unique_ptr<ScriptState>> states;  ///< by SourceThread::index()
  std::vector<ScriptFunctions> functions;            ///< the same
  std::string products_json = "{}";
  std::vector<std::string> files;
};

}  // namespace pushgate::agent
