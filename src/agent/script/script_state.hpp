#pragma once
// script_state.hpp - the Lua state of one io thread: its limits, and the calls that run in it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pushgate/config/identity_config.hpp"

#include "agent/script/call.hpp"
#include "agent/script/flights.hpp"
#include "agent/script/lua.hpp"
#include "agent/script/meter.hpp"
#include "agent/script/pattern_cache.hpp"
#include "agent/script/value_cache.hpp"
#include "agent/script/verifier_cache.hpp"

namespace pushgate::agent {

class Loader;

/// Why a call came to nothing.
struct CallFailure {
  enum class Kind : std::uint8_t { error, timeout, bad_claim };
  Kind kind = Kind::error;
  std::string file;   ///< as Lua names it: of the chunk, without a folder; may be empty
  unsigned line = 0;  ///< 0: not known
  std::string message;
  std::string traceback;
  BadClaim bad_claim = BadClaim::none;
};

enum class Progress : std::uint8_t { done, waiting, failed };

/// One sandbox, and the calls in it. One of them runs at a time; any number may wait. Made on the
/// control thread, used there until frozen, and then on one io thread.
class ScriptState {
 public:
  /// How many instructions pass between two looks at the limits. Those of a coroutine that a script
  /// makes are looked at more often, because resuming it begins a new count.
  static constexpr int kSlice = 1'000;
  static constexpr int kCoroutineSlice = 100;
  /// The state may hold as much as so many calls at their limit.
  static constexpr std::size_t kStateFactor = 64;

  /// Throws std::bad_alloc.
  explicit ScriptState(const config::HookConfig& config);
  ScriptState(const ScriptState&) = delete;
  ScriptState& operator=(const ScriptState&) = delete;
  ~ScriptState();

  /// A call without a request, for loading; with `request`, for a hook. nullptr: out of memory.
  Call* begin(const RequestView* request, CallBody& body);
  /// Runs it until it is done, waits (`call.wait` says for what) or has failed. To go on with one
  /// that waited: put into `call.woken` what came of it, and run again.
  Progress run(Call& call);
  /// Why run() has just failed.
  CallFailure failure(const Call& call);
  /// Ends it, whatever it does. Its request may go now.
  void end(Call& call) noexcept;

  /// Of the functions that scripts call: the call that is running.
  Call& running() noexcept { return *running_; }
  Meter& meter() noexcept { return meter_; }
  Flights& flights() noexcept { return flights_; }
  ValueCache& cache() noexcept { return cache_; }
  PatternCache& patterns() noexcept { return patterns_; }
  VerifierCache& verifiers() noexcept { return verifiers_; }

  /// Who is loading files now; nullptr: nobody.
  Loader* loader() const noexcept { return loader_; }
  void set_loader(Loader* loader) noexcept { loader_ = loader; }

  /// Until then scripts may set globals, and not wait.
  void freeze() noexcept { frozen_ = true; }
  bool frozen() const noexcept { return frozen_; }

  /// Raises an error in place of whatever the script was about to do, if its call is beyond a
  /// limit.
  static void raise_excess(lua_State* lua);
  /// Charges so many instructions, and raises if that was too much.
  static void charge(lua_State* lua, std::uint64_t work);
  /// Watches a coroutine that a script has made.
  static void watch_coroutine(lua_State* coroutine);

  /// Runs a C function on the state's main thread, protected; false if it raised. For what belongs
  /// to no call. `argument` is its first.
  bool protect(lua_CFunction function, void* argument);

 private:
  struct Closer {
    void operator()(lua_State* lua) const noexcept { lua_close(lua); }
  };

  static const char* excess_text(Excess excess) noexcept;
  static void on_count(lua_State* lua, lua_Debug* where);
  static int body(lua_State* lua);
  static int after_body(lua_State* lua, int status, lua_KContext context);

  Meter meter_;
  std::chrono::milliseconds deadline_;
  int slice_;
  Flights flights_;
  ValueCache cache_;
  PatternCache patterns_;
  VerifierCache verifiers_;
  std::unique_ptr<lua_State, Closer> lua_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> idle_;
  Call* running_ = nullptr;
  Loader* loader_ = nullptr;
  bool frozen_ = false;
};

}  // namespace pushgate::agent
