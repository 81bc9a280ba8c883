// Scripts that loop, recurse, allocate without end, raise, or wait from the wrong place: each costs
// its own request, and nothing else.

#include "agent/script/script_fixture.hpp"

namespace pushgate::agent {
namespace {

class ScriptLimits : public ScriptTest {
 protected:
  ScriptLimits() {
    config_.instructions = 200'000;
    config_.memory = 1024 * 1024;
    config_.deadline = std::chrono::seconds{20};  // the work ends these, not the time
  }
};

struct Bad {
  const char* name;
  const char* body;
};
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class EndsTheCall : public ScriptLimits, public testing::WithParamInterface<Bad> {};

TEST_P(EndsTheCall, AndLeavesTheNextOneAlone) {
  const SourcePtr source = hook(std::string{"return function(req) if req.query.bad then "} +
                                GetParam().body + " end return 'good' end");

  EXPECT_EQ(shown(ask(*source, "/?bad=1")), kFailed);
  EXPECT_EQ(shown(ask(*source)), "good");
  EXPECT_EQ(shown(ask(*source, "/?bad=1")), kFailed);
  EXPECT_EQ(shown(ask(*source)), "good");

  EXPECT_EQ(errors(), 2U);
  EXPECT_THAT(thread_->logged(), testing::HasSubstr("hook failed"));
}

const Bad kBad[] = {
    {"loop", "while true do end"},
    {"goto_loop", "::again:: goto again"},
    {"repeat_with_calls", "local function f() end while true do f() end"},
    {"recursion", "local function f() return 1 + f() end f()"},
    {"tail_recursion", "local function f() return f() end f()"},
    {"recursion_through_metamethods",
     "local t = setmetatable({}, {__index = function(t, k) return t[k .. 'x'] end}) return t.a"},
    {"recursion_through_pcall", "local function f() return pcall(f) end while true do f() end"},
    {"recursion_in_tostring",
     "local t = setmetatable({}, {}) getmetatable(t).__tostring = tostring return tostring(t) .. "
     "t"},
    {"table_without_end", "local t = {} local i = 0 while true do i = i + 1 t[i] = {} end"},
    {"string_without_end", "local s = 'x' while true do s = s .. s end"},
    {"strings_that_are_dropped", "while true do local s = string.rep('x', 500000) end"},
    {"concatenations_that_are_dropped",
     "local s = string.rep('x', 400000) while true do local t = s .. 'y' end"},
    {"rep_bomb", "return string.rep('x', 1e10)"},
    {"rep_of_nothing_is_done_but_loops", "while true do string.rep('', 1e15) end"},
    {"rep_method", "return ('x'):rep(1e9)"},
    {"format_width", "while true do string.format('%99d', 1) end"},
    {"concat_bomb", "return table.concat(setmetatable({}, {__index = tostring}), 'x', 1, 2^53)"},
    {"unpack_bomb", "return select('#', table.unpack({}, 1, 1e7))"},
    {"move_of_nothing", "table.move({}, 1, 2^53, 2)"},
    {"insert_with_forged_length",
     "table.insert(setmetatable({}, {__len = function() return 2^53 end}), 1, 0)"},
    {"remove_with_forged_length",
     "table.remove(setmetatable({}, {__len = function() return 2^53 end}), 1)"},
    {"sort_with_forged_length",
     "table.sort(setmetatable({}, {__len = function() return 2^30 end}), rawequal)"},
    {"sort_with_bad_order",
     "local t = {} for i = 1, 1000 do t[i] = i end while true do table.sort(t, function() return "
     "true "
     "end) end"},
    {"pattern_backtracking", "return string.find(string.rep('a', 3000), '.-.-.-.-b')"},
    {"pattern_options",
     "return string.find(string.rep('a', 40), string.rep('a?', 40) .. "
     "string.rep('a', 40) .. 'b')"},
    {"gsub_bomb", "return (string.gsub(string.rep('x', 1000), '', string.rep('y', 10000)))"},
    {"gmatch_loop", "while true do for _ in ('abc'):gmatch('.') do end end"},
    {"find_plain_loop", "local s = string.rep('a', 200000) while true do s:find('b', 1, true) end"},
    {"load_loop", "local s = string.rep('local a = 1 ', 1000) while true do load(s) end"},
    {"load_deep", "return load(string.rep('(', 10000))()"},
    {"json_loop", "while true do pushgate.json.decode('[1,2,3,4,5,6,7,8]') end"},
    {"json_circle", "local t = {} t.t = t return pushgate.json.encode(t)"},
    {"sha_loop", "local s = string.rep('x', 100000) while true do pushgate.sha256(s) end"},
    {"pcall_loop", "while true do pcall(function() while true do end end) end"},
    {"pcall_around_everything",
     "pcall(pcall, pcall, function() while true do end end) return 'alive'"},
    {"pcall_and_answer", "pcall(function() while true do end end) return 'alive'"},
    {"xpcall_handler_loop",
     "xpcall(function() while true do end end, function() while true do end end) return 'alive'"},
    {"xpcall_handler_raises",
     "xpcall(error, function(e) error(e) end, 'x') xpcall(function() while true do end end, "
     "function(e) error(e) end)"},
    {"coroutine_hides_the_loop",
     "local c = coroutine.create(function() while true do end end) coroutine.resume(c) return "
     "'alive'"},
    {"coroutines_without_end",
     "while true do coroutine.wrap(function() for i = 1, 20 do end end)() end"},
    {"coroutines_in_coroutines", "local function f() coroutine.wrap(f)() end f()"},
    {"coroutine_pingpong",
     "local c = coroutine.wrap(function() while true do coroutine.yield() end end) "
     "while true do c() end"},
    {"close_handler_loops",
     "local t <close> = setmetatable({}, {__close = function() while true do end end}) error('x')"},
    {"close_handler_of_coroutine",
     "local c = coroutine.create(function() local t <close> = setmetatable({}, {__close = "
     "function() "
     "while true do end end}) coroutine.yield() end) coroutine.resume(c) coroutine.close(c) "
     "return 'alive'"},
    {"close_handlers_pile_up",
     "local function f(n) local t <close> = setmetatable({}, {__close = function() pcall(error) "
     "while "
     "true do end end}) return f(n + 1) end f(1)"},
    {"error_string", "error('no')"},
    {"error_table", "error({code = 1})"},
    {"error_nil", "error(nil)"},
    {"error_number", "error(42)"},
    {"error_function", "error(function() end)"},
    {"error_with_nasty_tostring",
     "error(setmetatable({}, {__tostring = function() while true do end end, __name = 'x'}))"},
    {"error_that_is_long", "error(string.rep('x', 100000))"},
    {"index_nil", "return req.nothing"},
    {"arithmetic_on_nil", "local x return x + 1"},
    {"yield_of_the_hook", "coroutine.yield('x')"},
    {"sleep_in_a_coroutine", "coroutine.wrap(function() pushgate.sleep(0) end)()"},
    {"sleep_in_sort", "table.sort({2, 1}, function() pushgate.sleep(0) return false end)"},
    {"sleep_in_gsub", "return (('x'):gsub('x', function() pushgate.sleep(0) end))"},
    {"sleep_in_gsub_callback_of_iterator",
     "for _ in function() ('x'):gsub('x', pushgate.sleep) end do end"},
    {"require_while_running", "require('x')"},
};

INSTANTIATE_TEST_SUITE_P(Script, EndsTheCall, testing::ValuesIn(kBad),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST_F(ScriptLimits, EndAtTheDeadlineWhileRunning) {
  config_.deadline = std::chrono::milliseconds{1};
  config_.instructions = 1'000'000'000'000;

  EXPECT_EQ(run("while true do end"), kTimedOut);

  EXPECT_EQ(timeouts(), 1U);
  EXPECT_EQ(errors(), 0U);
}

TEST_F(ScriptLimits, LetAnErrorOfMemoryBeCaught) {
  EXPECT_EQ(run("return tostring(pcall(string.rep, 'x', 1e8))"), "false");
}

TEST_F(ScriptLimits, LeaveRoomForOrdinaryWork) {
  EXPECT_EQ(run("local t = {} for i = 1, 5000 do t[#t + 1] = i end table.sort(t) "
                "return #table.concat(t, ',')"),
            "23892");
}

TEST_F(ScriptLimits, CountOverAllCallsOfOneRequestOnly) {
  const SourcePtr source = hook("return function() for i = 1, 20000 do end return 'done' end");

  for (int i = 0; i < 50; ++i) EXPECT_EQ(shown(ask(*source)), "done");
}

TEST_F(ScriptLimits, DoNotLeakFromOneCallToTheNext) {
  const SourcePtr source =
      hook("return function() local t = {} for i = 1, 5000 do t[i] = {i} end return 'done' end");

  for (int i = 0; i < 300; ++i) ASSERT_EQ(shown(ask(*source)), "done") << i;
}

TEST_F(ScriptLimits, BoundWhatAllCallsKeep) {
  // Each call keeps less than it may, but it is never given back.
  const SourcePtr source = hook(
      "local kept = {} return function() kept[#kept + 1] = string.rep('x', 400000) return 'ok' "
      "end");
  int answered = 0;

  while (answered < 1'000 && shown(ask(*source)) == "ok") ++answered;

  EXPECT_GT(answered, 100);
  EXPECT_LT(answered, 200) << "64 times what one call may hold";
}

}  // namespace
}  // namespace pushgate::agent
