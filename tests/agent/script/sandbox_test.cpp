// Ways out of a sandbox that are known for Lua, and the shared state that a hook could leave
// behind.

#include "agent/script/script_fixture.hpp"

namespace pushgate::agent {
namespace {

class Sandbox : public ScriptTest {};

TEST_F(Sandbox, HasNothingThatReachesOut) {
  EXPECT_EQ(run(R"(
    local found = {}
    for _, name in ipairs{"io", "package", "debug", "dofile", "loadfile", "loadstring", "print",
                          "warn", "module", "arg", "jit", "ffi", "newproxy", "setfenv"} do
      if _G[name] ~= nil then found[#found + 1] = name end
    end
    for _, name in ipairs{"execute", "exit", "getenv", "remove", "rename", "tmpname", "setlocale"} do
      if os[name] ~= nil then found[#found + 1] = "os." .. name end
    end
    if string.dump then found[#found + 1] = "string.dump" end
    if ("").dump then found[#found + 1] = "method dump" end
    return "found:" .. table.concat(found, " ")
  )"),
            "found:");
}

TEST_F(Sandbox, KeepsWhatIsHarmless) {
  EXPECT_EQ(run("return type(os.time()) .. type(os.date()) .. type(os.clock()) .. "
                "math.floor(os.difftime(2, 1)) .. utf8.char(228) .. math.max(1, 2) .. "
                "type(collectgarbage('count'))"),
            "numberstringnumber1\u00e42number");
}

struct Trick {
  const char* name;
  const char* body;
  const char* answer;
};
void PrintTo(const Trick& trick, std::ostream* out) { *out << trick.name; }

class KnownTrick : public ScriptTest, public testing::WithParamInterface<Trick> {};

TEST_P(KnownTrick, DoesNotWork) {
  EXPECT_EQ(run(GetParam().body), GetParam().answer) << GetParam().body;
}

const Trick kTricks[] = {
    {"load_bytecode", "return tostring((load('\\27Lua', 'x', 'b')))", "nil"},
    {"load_bytecode_by_function",
     "local once = true return tostring((load(function() if once then once = false return "
     "'\\27Lua' "
     "end end)))",
     "nil"},
    {"load_text", "return load('return 1 + 1')()", "2"},
    {"load_in_own_environment", "return tostring(load('return os', 'x', 't', {})())", "nil"},
    {"load_sees_the_same_globals", "return tostring(load('return io')())", "nil"},
    {"string_metatable", "return tostring(getmetatable(''))", "false"},
    {"string_metatable_index",
     "return tostring(pcall(function() getmetatable('').__index = {} end))", "false"},
    {"global_table", "return tostring(pcall(setmetatable, _G, {}))", "false"},
    {"metatable_of_globals", "return getmetatable(_G)", "read-only"},
    {"set_global", "return tostring(pcall(function() leak = 1 end))", "false"},
    {"set_global_by_rawset", "return tostring(pcall(rawset, _G, 'leak', 1))", "false"},
    {"set_global_by_insert", "return tostring(pcall(table.insert, _G, 1))", "false"},
    {"replace_function", "return tostring(pcall(function() string.format = 1 end))", "false"},
    {"replace_function_raw", "return tostring(pcall(rawset, string, 'format', 1))", "false"},
    {"replace_method", "return tostring(pcall(function() local s = '' s.x = 1 end))", "false"},
    {"replace_api", "return tostring(pcall(function() pushgate.log = nil end))", "false"},
    {"replace_deep_api", "return tostring(pcall(function() pushgate.redis.get = nil end))",
     "false"},
    {"behind_pairs",
     "local f, t = pairs(string) local ok = pcall(function() t.format = 1 end) "
     "return tostring(t) .. tostring(ok)",
     "nilfalse"},
    {"finalizer", "return tostring(pcall(setmetatable, {}, {__gc = function() end}))", "false"},
    {"finalizer_afterwards",
     "local m = {} local t = setmetatable({}, m) m.__gc = function() while true do end end t = nil "
     "for i = 1, 2000 do local x = {} end return 'alive'",
     "alive"},
    {"finalizer_true_first", "return tostring(pcall(setmetatable, {}, {__gc = true}))", "false"},
    {"request_metatable",
     "return tostring(getmetatable(req)) .. tostring(getmetatable(req.headers))", "falsefalse"},
    {"set_request", "return tostring(pcall(function() req.uid = 1 end))", "false"},
    {"own_coroutine", "local c, main = coroutine.running() return tostring(c) .. tostring(main)",
     "niltrue"},
    {"collect", "return tostring(pcall(collectgarbage, 'stop'))", "false"},
    {"collect_full", "return tostring(pcall(collectgarbage))", "true"},
    {"require_debug", "return tostring(pcall(require, 'debug'))", "false"},
    {"mode_of_weak_table",
     "local t = setmetatable({}, {__mode = 'k'}) t[{}] = 1 return next(t) and 'ok' or 'gone'",
     "ok"},
    {"protected_metatable",
     "local t = setmetatable({}, {__metatable = 'mine'}) return tostring(pcall(setmetatable, t, "
     "{}))",
     "false"},
};

INSTANTIATE_TEST_SUITE_P(Script, KnownTrick, testing::ValuesIn(kTricks),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST_F(Sandbox, HasGlobalsWhileFilesAreLoaded) {
  EXPECT_EQ(answer("prefix = 'u-'\nreturn function(req) return prefix .. 'alice' end"), "u-alice");
}

TEST_F(Sandbox, NamesTheGlobalThatAHookSets) {
  EXPECT_EQ(run("usr = 'alice' return usr"), kFailed);
  EXPECT_THAT(thread_->logged(), testing::HasSubstr("global 'usr' cannot be set"));
}

TEST_F(Sandbox, KeepsStringMethods) {
  EXPECT_EQ(run("return ('%s-%d'):format('a', 5):upper():gsub('-', '+')"), "A+5");
}

TEST_F(Sandbox, LetsCoroutinesBeUsedForIteration) {
  EXPECT_EQ(run(R"(
    local function each(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
    local sum = 0
    for i in each(10) do sum = sum + i end
    local c = coroutine.create(function(a) local b = coroutine.yield(a + 1) error("e" .. b) end)
    local ok1, one = coroutine.resume(c, 1)
    local ok2, err = coroutine.resume(c, 7)
    return sum .. tostring(ok1) .. one .. tostring(ok2) .. err:match("e%d+$") .. coroutine.status(c)
  )"),
            "55true2falsee7dead");
}

TEST_F(Sandbox, HasPcallAndXpcallAsUsual) {
  EXPECT_EQ(run(R"(
    local ok, e = pcall(error, {code = 5})
    local ok2, handled = xpcall(function(a, b) return a + b end, print, 2, 3)
    return tostring(ok) .. e.code
  )"),
            kFailed)
      << "print is nil, and xpcall wants a function";
  EXPECT_EQ(run(R"(
    local ok, e = pcall(error, {code = 5})
    local ok2, sum = xpcall(function(a, b) return a + b end, tostring, 2, 3)
    local ok3, handled = xpcall(error, function(e) return "<" .. e .. ">" end, "x")
    return tostring(ok) .. e.code .. tostring(ok2) .. sum .. tostring(ok3) .. handled
  )"),
            "false5true5false<x>");
}

}  // namespace
}  // namespace pushgate::agent
