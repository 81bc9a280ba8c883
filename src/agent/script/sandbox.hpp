#pragma once
// sandbox.hpp - what a script finds when it starts: Lua's harmless functions, and ours.

#include "agent/script/lua.hpp"

namespace pushgate::agent {

/// Opens a new state: libraries without what reaches beyond the script, the table `pushgate`,
/// `require`, and a table of globals that is read-only from ScriptState::freeze() on. May raise.
void open_sandbox(lua_State* lua);

/// collectgarbage, of which "count" is left.
int count_garbage(lua_State* lua);

// Its parts. Each takes a table at the top of the stack and changes or adds functions in it.

/// pcall, xpcall, setmetatable, rawset, load, collectgarbage in place of Lua's own.
void guard_base(lua_State* lua);
/// The library "coroutine": what a script resumes is counted, and a hook itself does not yield.
void guard_coroutine(lua_State* lua);
/// The library "table": walking over many elements is charged.
void guard_table(lua_State* lua);
/// The library "string": no endless repetition of nothing, patterns are charged by the step.
void guard_string(lua_State* lua);
void guard_utf8(lua_State* lua);

/// Replaces the table at the top by one that reads like it and cannot be changed; not even looked
/// behind. `open_while_loading`: assignments go through until the state is frozen.
void make_read_only(lua_State* lua, bool open_while_loading = false);
/// True if the value at `index` is such a table.
bool is_read_only(lua_State* lua, int index);

/// Sets field `name` of the table at the top.
void set_function(lua_State* lua, const char* name, lua_CFunction function);
/// Puts `guard` in the place of the function of this name in the table at the top; it finds that
/// one as its first upvalue.
void guard_function(lua_State* lua, const char* name, lua_CFunction guard);

}  // namespace pushgate::agent
