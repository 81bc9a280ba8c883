#pragma once
// script_set.hpp - the hooks of one configuration that are written in Lua.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pushgate/agent/routing/route_hook.hpp"
#include "pushgate/config/identity_config.hpp"

#include "agent/identity/sources.hpp"

namespace pushgate::agent {

/// What is wrong with a script, for the person who wrote it.
struct ScriptFault {
  std::string file;   ///< absolute
  unsigned line = 0;  ///< 0: not one line's fault
  std::string message;

  friend bool operator==(const ScriptFault&, const ScriptFault&) = default;
};

/// All scripts of one configuration, compiled and run once for each io thread: the top level of
/// each file has been run in every thread's Lua state, and has returned what it should.
///
/// Shared by the sources made from it, which keep it. What belongs to an io thread is used on that
/// thread only (by SourceThread::index). Destroyed on any thread, when no source is left.
class ScriptSet {
 public:
  struct Impl;
  explicit ScriptSet(std::unique_ptr<Impl> impl);
  ScriptSet(const ScriptSet&) = delete;
  ScriptSet& operator=(const ScriptSet&) = delete;
  ~ScriptSet();

  /// Whether there is a script for identities (HookConfig::agent or onupgrade), and for routes.
  bool has_identity_hook() const noexcept;
  bool has_router() const noexcept;
  /// The products that router.lua gives as plain lists, as the text of a router file
  /// (config::load_router_text): `{"chat":[{"ip":"10.0.0.1","ports":[4000,4001]}]}`. "{}" if none.
  const std::string& products_json() const noexcept;
  /// The products that router.lua gives as functions.
  std::vector<std::string> products_with_function() const;
  /// Every file that was read, those of `require` included: a change of one is a reason to reload.
  const std::vector<std::string>& files() const noexcept;

  Impl& impl() const noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

using LoadedScripts = std::variant<std::shared_ptr<const ScriptSet>, std::vector<ScriptFault>>;

/// Reads, compiles and runs the files of `hooks` (those that are not empty) and `source_files`
/// (which {"lua": file} names) for `threads` io threads. Reads files, and runs for as long as
/// HookConfig::instructions allows each of them: call it on the control thread. Nothing of it is
/// undone halfway: with a fault there is no set. Each file's first fault is reported.
LoadedScripts load_scripts(const config::HookConfig& hooks,
                           const std::vector<std::string>& source_files, std::size_t threads);

/// Asks HookConfig::agent for the uid of plain requests and onupgrade for that of WebSocket
/// handshakes; without onupgrade, agent for both; without agent, plain requests have no value here.
/// Not a claim. Precondition: has_identity_hook().
SourcePtr make_hook_source(std::shared_ptr<const ScriptSet> scripts);

/// Asks one of `source_files`. Precondition: `file` was among them.
SourcePtr make_lua_source(std::shared_ptr<const ScriptSet> scripts, const std::string& file);

/// The functions of router.lua. Precondition: has_router().
std::unique_ptr<const RouteHook> make_script_router(std::shared_ptr<const ScriptSet> scripts);

}  // namespace pushgate::agent
