// The library "string" without what runs long on little: endless repetition of nothing, and
// patterns whose matching nobody counts.

#include <algorithm>
#include <cstring>
#include <string>

#include "agent/script/pattern.hpp"
#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

// Steps of the matcher are shorter than instructions.
constexpr std::uint64_t kStepsPerInstruction = 2;

/// Repeating nothing as often as an integer can say would take years. (Repeating something ends at
/// the limit of memory.) Upvalue 1: Lua's own.
int repeat(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  const lua_Integer times = luaL_checkinteger(lua, 2);
  const std::string_view separator = lua_isnoneornil(lua, 3) ? "" : check_text(lua, 3);
  if (times <= 0 || (text.empty() && separator.empty())) {
    push(lua, "");
    return 1;
  }
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

/// A pattern, a text, and the account of the call that matches them.
class Matching {
 public:
  /// `may_anchor`: a "^" at the start of the pattern is no character.
  Matching(lua_State* lua, std::string_view text, std::string_view pattern, bool may_anchor = true)
      : lua_(lua),
        text_(text),
        anchored_(may_anchor && pattern.starts_with('^')),
        given_(state_of(lua).meter().work_left() * kStepsPerInstruction),
        match_(text, anchored_ ? pattern.substr(1) : pattern, given_) {}

  bool anchored() const noexcept { return anchored_; }
  std::size_t from() const noexcept { return from_; }
  std::size_t end() const noexcept { return end_; }

  /// At `at` alone. Raises what the pattern is at fault for.
  bool match_at(std::size_t at) {
    try {
      const std::optional<std::size_t> end = match_.match_at(at);
      from_ = at;
      if (end) end_ = *end;
      return end.has_value();
    } catch (const PatternError& error) {
      fault_ = error.what();
    } catch (const PatternTooSlow&) {
      fault_ = "the pattern takes too long";
    }
    pay();
    luaL_error(lua_, "%s", fault_.c_str());
    return false;
  }
  /// At `at` or, unless the pattern is anchored, the first place after it.
  bool search(std::size_t at) {
    for (; at <= text_.size(); ++at) {
      if (match_at(at)) return true;
      if (anchored_) break;
    }
    return false;
  }
  /// Charges the steps taken since the last time.
  void pay() {
    const std::uint64_t taken = given_ - match_.steps_left();
    given_ = match_.steps_left();
    ScriptState::charge(lua_, taken / kStepsPerInstruction);
  }

  std::size_t captures() const noexcept { return match_.captures(); }
  void push_capture(std::size_t index) {
    const PatternMatch::Capture& capture = match_.capture(index);
    if (capture.is_open) luaL_error(lua_, "unfinished capture");
    if (capture.is_position)
      lua_pushinteger(lua_, static_cast<lua_Integer>(capture.from) + 1);
    else
      push(lua_, text_.substr(capture.from, capture.size));
  }
  void push_whole() { push(lua_, text_.substr(from_, end_ - from_)); }
  /// All captures; without any, the whole match if `or_whole`. Returns how many.
  int push_captures(bool or_whole) {
    if (captures() == 0 && or_whole) return push_whole(), 1;
    luaL_checkstack(lua_, static_cast<int>(captures()), "too many captures");
    for (std::size_t i = 0; i < captures(); ++i) push_capture(i);
    return static_cast<int>(captures());
  }

 private:
  lua_State* lua_;
  std::string_view text_;
  bool anchored_;
  std::uint64_t given_;
  PatternMatch match_;
  std::string fault_;
  std::size_t from_ = 0;
  std::size_t end_ = 0;
};

/// Where to begin, from an argument that counts from 1 and from the end if negative; npos: behind
/// it.
std::size_t start_of(lua_State* lua, int index, std::size_t size) {
  const lua_Integer given = luaL_optinteger(lua, index, 1);
  if (given > 0) {
    const auto start = static_cast<std::uint64_t>(given) - 1;
    return start > size ? std::string_view::npos : static_cast<std::size_t>(start);
  }
  if (given == 0 || given < -static_cast<lua_Integer>(size)) return 0;
  return static_cast<std::size_t>(static_cast<lua_Integer>(size) + given);
}

int push_found(lua_State* lua, std::size_t from, std::size_t end) {
  lua_pushinteger(lua, static_cast<lua_Integer>(from) + 1);
  lua_pushinteger(lua, static_cast<lua_Integer>(end));
  return 2;
}

/// memmem takes linear time; std::string_view::find does not.
int find_plain(lua_State* lua, std::string_view text, std::string_view wanted, std::size_t start) {
  ScriptState::charge(lua, text.size() / 16);
  const void* const found = wanted.empty() ? text.data() + start
                                           : ::memmem(text.data() + start, text.size() - start,
                                                      wanted.data(), wanted.size());
  if (found == nullptr) return lua_pushnil(lua), 1;
  const auto from = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
  return push_found(lua, from, from + wanted.size());
}

int find_or_match(lua_State* lua, bool find) {
  const std::string_view text = check_text(lua, 1);
  const std::string_view pattern = check_text(lua, 2);
  const std::size_t start = start_of(lua, 3, text.size());
  if (start == std::string_view::npos) return lua_pushnil(lua), 1;
  const bool plain =
      lua_toboolean(lua, 4) != 0 || pattern.find_first_of("^$*+?.([%-") == std::string_view::npos;
  if (find && plain) return find_plain(lua, text, pattern, start);
  Matching matching{lua, text, pattern};
  const bool found = matching.search(start);
  matching.pay();
  if (!found) return lua_pushnil(lua), 1;
  if (!find) return matching.push_captures(true);
  const int places = push_found(lua, matching.from(), matching.end());
  return places + matching.push_captures(false);
}

int find(lua_State* lua) { return find_or_match(lua, true); }
int match(lua_State* lua) { return find_or_match(lua, false); }

/// Upvalues: text, pattern, where to go on, end of the last match (-1: none). A "^" is no anchor
/// here.
int next_match(lua_State* lua) {
  const std::string_view text = text_at(lua, lua_upvalueindex(1));
  const std::string_view pattern = text_at(lua, lua_upvalueindex(2));
  const lua_Integer last = lua_tointeger(lua, lua_upvalueindex(4));
  Matching matching{lua, text, pattern, false};
  for (auto at = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(3)));
       at <= text.size(); ++at) {
    if (!matching.match_at(at)) continue;
    const auto end = static_cast<lua_Integer>(matching.end());
    if (end == last) continue;
    matching.pay();
    lua_pushinteger(lua, end);
    lua_copy(lua, -1, lua_upvalueindex(3));
    lua_replace(lua, lua_upvalueindex(4));
    return matching.push_captures(true);
  }
  matching.pay();
  return 0;
}

int gmatch(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  check_text(lua, 2);
  const std::size_t start = start_of(lua, 3, text.size());
  lua_settop(lua, 2);
  lua_pushinteger(
      lua, static_cast<lua_Integer>(start == std::string_view::npos ? text.size() + 1 : start));
  lua_pushinteger(lua, -1);
  lua_pushcclosure(lua, next_match, 4);
  return 1;
}

/// gsub(text, pattern, replacement[, most]): what takes the place of each match.
class Substitution {
 public:
  Substitution(lua_State* lua, Matching& matching) : lua_(lua), matching_(matching) {
    type_ = lua_type(lua, 3);
    if (type_ == LUA_TNUMBER) type_ = LUA_TSTRING;
    luaL_argexpected(lua, type_ == LUA_TSTRING || type_ == LUA_TTABLE || type_ == LUA_TFUNCTION, 3,
                     "string/function/table");
    most_bytes_ = state_of(lua).meter().limits().call_bytes;
  }

  void append(std::string& out, std::string_view piece) {
    if (out.size() + piece.size() > most_bytes_) luaL_error(lua_, "not enough memory");
    out.append(piece);
  }
  void replace(std::string& out) {
    if (type_ == LUA_TSTRING) return fill_in(out);
    if (type_ == LUA_TTABLE) {
      push_first();
      lua_gettable(lua_, 3);
    } else {
      lua_pushvalue(lua_, 3);
      matching_.pay();
      lua_call(lua_, matching_.push_captures(true), 1);
    }
    if (lua_toboolean(lua_, -1) == 0) {
      lua_pop(lua_, 1);
      matching_.push_whole();
    } else if (lua_isstring(lua_, -1) == 0) {
      luaL_error(lua_, "invalid replacement value (a %s)", luaL_typename(lua_, -1));
    }
    append(out, text_at(lua_, -1));
    lua_pop(lua_, 1);
  }

 private:
  void push_first() {
    if (matching_.captures() == 0)
      matching_.push_whole();
    else
      matching_.push_capture(0);
  }
  void append_top(std::string& out) {
    append(out, text_at(lua_, -1));
    lua_pop(lua_, 1);
  }
  /// A text with %0 to %9 and %%.
  void fill_in(std::string& out) {
    std::string_view rest = text_at(lua_, 3);
    for (;;) {
      const std::size_t percent = rest.find('%');
      append(out, rest.substr(0, percent));
      if (percent == std::string_view::npos) return;
      const char c = percent + 1 < rest.size() ? rest[percent + 1] : '\0';
      rest.remove_prefix(std::min(percent + 2, rest.size()));
      const bool whole = c == '0' || (c == '1' && matching_.captures() == 0);
      if (c == '%') {
        append(out, "%");
      } else if (whole) {
        matching_.push_whole();
        append_top(out);
      } else if (c >= '1' && c <= '9') {
        append_capture(out, static_cast<std::size_t>(c - '1'));
      } else {
        luaL_error(lua_, "invalid use of '%%' in replacement string");
      }
    }
  }
  void append_capture(std::string& out, std::size_t index) {
    if (index >= matching_.captures()) {
      luaL_error(lua_, "invalid capture index %%%d in replacement string",
                 static_cast<int>(index) + 1);
    }
    matching_.push_capture(index);
    append_top(out);
  }

  lua_State* lua_;
  Matching& matching_;
  int type_;
  std::size_t most_bytes_;
};

int gsub(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  const std::string_view pattern = check_text(lua, 2);
  Matching matching{lua, text, pattern};
  Substitution substitution{lua, matching};
  const lua_Integer most = luaL_optinteger(lua, 4, static_cast<lua_Integer>(text.size()) + 1);
  lua_settop(lua, 4);
  std::string out;
  lua_Integer count = 0;
  std::size_t at = 0;
  std::size_t last_end = std::string_view::npos;
  while (count < most) {
    if (matching.match_at(at) && matching.end() != last_end) {
      ++count;
      substitution.replace(out);
      at = last_end = matching.end();
    } else if (at < text.size()) {
      substitution.append(out, text.substr(at++, 1));
    } else {
      break;
    }
    if (matching.anchored()) break;
  }
  matching.pay();
  if (at < text.size()) substitution.append(out, text.substr(at));
  push(lua, out);
  lua_pushinteger(lua, count);
  return 2;
}

}  // namespace

void guard_string(lua_State* lua) {
  lua_pushnil(lua);
  lua_setfield(lua, -2, "dump");
  guard_function(lua, "rep", repeat);
  set_function(lua, "find", find);
  set_function(lua, "match", match);
  set_function(lua, "gmatch", gmatch);
  set_function(lua, "gsub", gsub);
}

}  // namespace pushgate::agent
