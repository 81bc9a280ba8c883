#pragma once
// loader.hpp - from files to compiled functions, in one state.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/script/lua.hpp"
#include "agent/script/script_set.hpp"

namespace pushgate::agent {

class ScriptState;

/// The text of every file of one load. Each is read once, so that all threads run the same.
class ScriptFiles {
 public:
  static constexpr std::size_t kMaxBytes = 1024 * 1024;

  /// nullptr: `why` says why not. The text lives as long as this.
  const std::string* read(const std::string& path, std::string& why);
  /// In the order of reading; those that cannot be read as well, since they may appear.
  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::map<std::string, std::optional<std::string>> texts_;
  std::map<std::string, std::string> reasons_;
  std::vector<std::string> names_;
};

/// Runs the top level of files. While it lives, `require` works in its state.
class Loader {
 public:
  Loader(ScriptState& state, ScriptFiles& files);
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader();

  /// Compiles and runs `path`, and has `take` look at the one value it returns, at the top of the
  /// stack, from within the call (so it may raise). Nullopt: it worked.
  std::optional<ScriptFault> run(const std::string& path,
                                 const std::function<void(lua_State*)>& take);

  /// Compiles a file and pushes it as a function; raises. Its name in messages is relative to the
  /// folder of the file that is run.
  void compile(lua_State* lua, const std::string& path);
  const std::string& folder() const noexcept { return folder_; }

 private:
  ScriptState& state_;
  ScriptFiles& files_;
  std::string folder_;                        // of the file that is run, with a slash
  std::map<std::string, std::string> paths_;  // by the name in messages
};

/// The Lua function `require`.
int require_module(lua_State* lua);

}  // namespace pushgate::agent
