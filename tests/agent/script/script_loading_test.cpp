// From files to a set of scripts: all of it works, or the faults say where it does not.

#include "agent/script/script_fixture.hpp"

namespace pushgate::agent {
namespace {

class ScriptLoading : public ScriptTest {
 protected:
  std::string path(const std::string& name) { return folder_.file(name); }
  /// "line: message" of the only fault.
  std::string fault_of(const std::string& text) {
    const std::vector<ScriptFault> faults = faults_of(text);
    if (faults.size() != 1) return std::to_string(faults.size()) + " faults";
    EXPECT_EQ(faults[0].file, path("agent.lua"));
    return std::to_string(faults[0].line) + ": " + faults[0].message;
  }
};

TEST_F(ScriptLoading, NamesTheLineOfASyntaxError) {
  EXPECT_EQ(fault_of("local x = 1\nreturn function(\n"), "3: <name> or '...' expected near <eof>");
}

TEST_F(ScriptLoading, NamesTheLineOfAnErrorAtTheTop) {
  EXPECT_EQ(fault_of("\n\nerror('not today')"), "3: not today");
}

TEST_F(ScriptLoading, WantsAFunction) {
  EXPECT_THAT(fault_of("return {}"), testing::HasSubstr("must return a function"));
  EXPECT_THAT(fault_of(""), testing::HasSubstr("returned a nil"));
}

TEST_F(ScriptLoading, EndsATopLevelThatDoesNot) {
  config_.instructions = 100'000;
  EXPECT_EQ(fault_of("\nwhile true do end"), "2: the hook has used up its instructions");
}

TEST_F(ScriptLoading, EndsATopLevelThatAllocatesWithoutEnd) {
  EXPECT_THAT(fault_of("local t = {} while true do t[#t + 1] = ('x'):rep(100000) end"),
              testing::HasSubstr("not enough memory"));
}

TEST_F(ScriptLoading, RefusesBytecode) {
  EXPECT_THAT(fault_of("\x1bLua\x54"), testing::HasSubstr("binary chunk"));
}

TEST_F(ScriptLoading, RefusesToWait) {
  EXPECT_EQ(fault_of("pushgate.sleep(1)"), "1: a file cannot wait while it is loaded");
}

TEST_F(ScriptLoading, SaysThatAFileIsMissing) {
  config_.agent = path("none.lua");
  LoadedScripts result = load();
  ASSERT_TRUE(std::holds_alternative<std::vector<ScriptFault>>(result));
  EXPECT_THAT(std::get<std::vector<ScriptFault>>(result)[0].message,
              testing::HasSubstr("cannot be read"));
}

TEST_F(ScriptLoading, TellsTheFaultsOfAllFiles) {
  config_.agent = write("agent.lua", "x x");
  config_.onupgrade = write("onupgrade.lua", "return 5");
  config_.router = write("router.lua", "return 6");
  LoadedScripts result = load();
  ASSERT_TRUE(std::holds_alternative<std::vector<ScriptFault>>(result));
  EXPECT_EQ(std::get<std::vector<ScriptFault>>(result).size(), 3U);
}

TEST_F(ScriptLoading, FindsWhatStandsBesideTheHook) {
  write("lib/names.lua", "return {prefix = 'u-'}");
  const SourcePtr source = hook(
      "local names = require('lib/names')\nassert(require('lib/names') == names)\n"
      "return function() return names.prefix .. 'alice' end");

  EXPECT_EQ(shown(ask(*source)), "u-alice");
  EXPECT_THAT(loaded()->files(), testing::ElementsAre(path("agent.lua"), path("lib/names.lua")));
}

TEST_F(ScriptLoading, NamesTheFileThatIsAtFault) {
  write("lib.lua", "\nerror('here')");
  const std::vector<ScriptFault> faults = faults_of("require('lib')");

  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].file, path("lib.lua"));
  EXPECT_EQ(faults[0].line, 2U);
}

TEST_F(ScriptLoading, LeavesTheFolderAlone) {
  for (const char* const name :
       {"../x", "/etc/passwd", "a/../../x", "x\\0y", "X", "", ".", "a/.b"}) {
    EXPECT_THAT(fault_of(std::string{"require('"} + name + "')"),
                testing::HasSubstr("only files beside the hook"))
        << name;
  }
}

TEST_F(ScriptLoading, SeesCircles) {
  write("a.lua", "require('b')");
  write("b.lua", "require('a')");
  const std::vector<ScriptFault> faults = faults_of("require('a')");
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_THAT(faults[0].message, testing::HasSubstr("in a circle"));
}

TEST_F(ScriptLoading, KeepsTheOldSetWhenTheNewOneFails) {
  const SourcePtr old = hook("return function() return 'old' end");
  EXPECT_EQ(faults_of("return function( end").size(), 1U);

  EXPECT_EQ(shown(ask(*old)), "old");
  EXPECT_EQ(shown(ask(*hook("return function() return 'new' end"))), "new");
  EXPECT_EQ(shown(ask(*old)), "old");
}

TEST_F(ScriptLoading, HasAStateForEachThread) {
  config_.agent = write("agent.lua", "local n = 0 return function() n = n + 1 return n end");
  LoadedScripts result = load(2);
  const SourcePtr source = make_hook_source(std::get<std::shared_ptr<const ScriptSet>>(result));
  test::TestSourceThread second{{.index = 1}};
  const ParsedRequest request{"/"};

  EXPECT_EQ(shown(ask(*source)), "1");
  EXPECT_EQ(shown(ask(*source)), "2");
  EXPECT_EQ(shown(second.ask(*source, request.view())), "1");
}

TEST_F(ScriptLoading, GivesListsOfTheRouterAsJson) {
  config_.router = write("router.lua", R"(return {
    chat = {{ip = "10.0.0.1", ports = {4000, 4001}}, {ip = "10.0.0.2", ports = {4000}}},
    news = function() end,
  })");
  const auto scripts = loaded();

  EXPECT_EQ(scripts->products_json(),
            R"({"chat":[{"ip":"10.0.0.1","ports":[4000,4001]},{"ip":"10.0.0.2","ports":[4000]}]})");
  EXPECT_THAT(scripts->products_with_function(), testing::ElementsAre("news"));
  EXPECT_FALSE(scripts->has_identity_hook());
  EXPECT_TRUE(scripts->has_router());
}

TEST_F(ScriptLoading, FindsTheSameProductsInEveryState) {
  config_.router = write("router.lua", R"(
    local products = {}
    for i = 1, 20 do
      products["list" .. i] = {{ip = "10.0.0.1", ports = {4000}, zone = "a", weight = i}}
      products["call" .. i] = function() end
    end
    return products)");
  LoadedScripts result = load(8);
  ASSERT_TRUE(std::holds_alternative<std::shared_ptr<const ScriptSet>>(result))
      << std::get<std::vector<ScriptFault>>(result)[0].message;
}

TEST_F(ScriptLoading, RefusesProductsThatDifferFromOneRunToTheNext) {
  config_.router = write("router.lua", "return {['x' .. tostring({}):gsub('%W', '')] = {}}");
  LoadedScripts result = load(4);
  ASSERT_TRUE(std::holds_alternative<std::vector<ScriptFault>>(result));
  EXPECT_THAT(std::get<std::vector<ScriptFault>>(result)[0].message,
              testing::HasSubstr("the same every time"));
}

TEST_F(ScriptLoading, RefusesProductsThatAreNeitherFunctionNorList) {
  config_.router = write("router.lua", "return {chat = 5}");
  LoadedScripts result = load();
  EXPECT_THAT(std::get<std::vector<ScriptFault>>(result)[0].message,
              testing::HasSubstr("product 'chat'"));
  config_.router = write("router.lua", "return {['a b'] = function() end}");
  result = load();
  EXPECT_THAT(std::get<std::vector<ScriptFault>>(result)[0].message,
              testing::HasSubstr("names of products"));
}

}  // namespace
}  // namespace pushgate::agent
