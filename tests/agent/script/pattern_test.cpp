// Our matcher against Lua's own, on patterns and texts made up at random.

#include "agent/script/pattern.hpp"

#include <lua.hpp>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "agent/script/script_fixture.hpp"

namespace pushgate::agent {
namespace {

/// A plain Lua with its own string library.
class OriginalLua {
 public:
  OriginalLua() : lua_(luaL_newstate()) { luaL_openlibs(lua_.get()); }

  /// What the chunk returns for `text` and `pattern`, as text; errors are "error".
  std::string run(const std::string& chunk, const std::string& text, const std::string& pattern) {
    lua_State* const lua = lua_.get();
    lua_settop(lua, 0);
    EXPECT_EQ(luaL_loadstring(lua, chunk.c_str()), LUA_OK) << chunk;
    lua_pushlstring(lua, text.data(), text.size());
    lua_pushlstring(lua, pattern.data(), pattern.size());
    if (lua_pcall(lua, 2, 1, 0) != LUA_OK) return "error";
    return luaL_checkstring(lua, -1);
  }

 private:
  struct Close {
    void operator()(lua_State* lua) const { lua_close(lua); }
  };
  std::unique_ptr<lua_State, Close> lua_;
};

class Patterns : public ScriptTest {
 protected:
  Patterns() { config_.instructions = 100'000'000; }
};

// Everything that a pattern can do, as one text. Errors count as equal, whatever they say.
const std::string kAll = R"(
  local text, pattern = ...
  local out = {}
  local function add(...)
    for i = 1, select("#", ...) do out[#out + 1] = tostring((select(i, ...))) end
    out[#out + 1] = ";"
  end
  local function try(f, ...)
    local r = table.pack(pcall(f, ...))
    if r[1] then add(table.unpack(r, 2, r.n)) else add("error") end
  end
  try(string.find, text, pattern)
  try(string.find, text, pattern, 3)
  try(string.find, text, pattern, -2)
  try(string.find, text, pattern, 1, true)
  try(string.match, text, pattern)
  try(string.match, text, pattern, 100)
  try(string.gsub, text, pattern, "<%0>")
  try(string.gsub, text, pattern, "<%1%%>")
  try(string.gsub, text, pattern, "%2", 2)
  try(string.gsub, text, pattern, {a = "A", b = false, ab = 1})
  try(string.gsub, text, pattern, function(x) if x ~= "b" then return x end end)
  try(function() for a, b in string.gmatch(text, pattern) do add(a, b) end end)
  try(function() for a, b in string.gmatch(text, pattern, 2) do add(a, b) end end)
  return table.concat(out, ",")
)";

TEST_F(Patterns, MatchAsLuaDoes) {
  OriginalLua original;
  std::mt19937 random{20260101};
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[random() % from.size()];
  };
  const std::vector<std::string> pieces{
      "a",    "b", ".", "%a", "%d", "%S",   "%w",    "[ab]", "[^a]", "[a-c]", "[%d_]",
      "[]a]", "(", ")", "()", "%1", "%bab", "%f[a]", "%.",   "*",    "+",     "-",
      "?",    "^", "$", "%",  "[",  "]",    "[^]b]", "[a-]", "%f"};
  const std::vector<std::string> letters{"a", "b", "c", "1", "_", " ", ".", "-", "]", "a", "b"};
  std::vector<std::pair<std::string, std::string>> cases;
  for (int i = 0; i < 4'000; ++i) {
    std::string pattern;
    std::string text;
    for (auto n = random() % 7; n > 0; --n) pattern += pick(pieces);
    for (auto n = random() % 9; n > 0; --n) text += pick(letters);
    cases.emplace_back(text, pattern);
  }
  const SourcePtr source = hook("local all = function(...) " + kAll +
                                " end return function(req) return all(req.headers['x-text'] or '', "
                                "req.headers['x-pattern'] or '') end");
  std::size_t differing = 0;
  for (const auto& [text, pattern] : cases) {
    // Headers lose spaces at their ends: both sides see what is left.
    const ParsedRequest request{"/", "X-Text: " + text + "\r\nX-Pattern: " + pattern + "\r\n"};
    const std::string seen = shown(thread_->ask(*source, request.view()));
    const auto trimmed = [](std::string value) {
      value.erase(0, value.find_first_not_of(' '));
      return value.erase(value.find_last_not_of(' ') + 1);
    };
    const std::string expected = original.run(kAll, trimmed(text), trimmed(pattern));
    if (seen != expected && ++differing < 10) {
      ADD_FAILURE() << "text '" << text << "' pattern '" << pattern << "'\n"
                    << seen << '\n'
                    << expected;
    }
  }
  EXPECT_EQ(differing, 0U);
}

TEST(PatternMatch, StopsAfterItsSteps) {
  const std::string text(1'000, 'a');
  PatternMatch match{text, ".-.-.-b", 100'000};
  EXPECT_THROW(match.match_at(0), PatternTooSlow);
}

TEST(PatternMatch, StopsAtItsDepth) {
  const std::string text(1'000, 'a');
  std::string pattern;
  for (int i = 0; i < 300; ++i) pattern += "a?";
  PatternMatch match{text, pattern, 1'000'000};
  EXPECT_THROW(match.match_at(0), PatternError);
}

}  // namespace
}  // namespace pushgate::agent
