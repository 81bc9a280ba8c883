// What a hook is asked, and what it may answer.

#include "agent/script/script_fixture.hpp"

namespace pushgate::agent {
namespace {

class HookSource : public ScriptTest {};

TEST_F(HookSource, ReadsTheRequest) {
  const std::string fields =
      "Cookie: uid=alice%20b; theme=dark\r\nX-Plan: gold\r\nx-plan: more\r\n";
  const std::string text = R"(return function(req)
    return table.concat({req.method, req.path, req.query.product, req.query["b c"], req.cookies.uid,
      req.headers["X-PLAN"], req.ip, tostring(req.tls), tostring(req.isUpgrade), req.host,
      req.target, tostring(req.cookies.none)}, "|")
  end)";

  EXPECT_EQ(answer(text, "/a/b?product=ch%61t&b+c=d+e", fields),
            "GET|/a/b|chat|d e|alice b|gold, more|192.0.2.7|false|false|example.com|"
            "/a/b?product=ch%61t&b+c=d+e|nil");
}

TEST_F(HookSource, IteratesOverHeadersCookiesAndQuery) {
  const std::string text = R"(return function(req)
    local found = {}
    for _, part in ipairs{"headers", "cookies", "query"} do
      for name, value in pairs(req[part]) do found[#found + 1] = name .. "=" .. value end
    end
    table.sort(found)
    return table.concat(found, "|")
  end)";

  EXPECT_EQ(answer(text, "/?q=1&q=2", "X-A: 1\r\nCookie: a=1; b=2\r\n"),
            "a=1|b=2|cookie=a=1; b=2|host=example.com|q=1|x-a=1");
}

TEST_F(HookSource, SaysThatThereIsNothing) {
  EXPECT_EQ(run("return nil"), "(missing)");
  EXPECT_EQ(run("return false"), "(missing)");
  EXPECT_EQ(run("return ''"), "(missing)");
  EXPECT_EQ(run(""), "(missing)");
  EXPECT_EQ(errors(), 0U);
}

TEST_F(HookSource, AnswersWithAnInteger) { EXPECT_EQ(run("return 42"), "42"); }

TEST_F(HookSource, AnswersWithProductAndHeaders) {
  const SourcePtr source = hook(R"(return function()
    return {uid = "alice", product = "chat", headers = {["X-Plan"] = "gold", ["X-Age"] = 7}}
  end)");

  const SourceValue value = ask(*source);

  EXPECT_EQ(shown(value), "alice");
  ASSERT_TRUE(value.extras);
  EXPECT_EQ(value.extras->product, "chat");
  EXPECT_EQ(value.extras->node_fields, "X-Age: 7\r\nX-Plan: gold\r\n");
}

TEST_F(HookSource, RefusesWithItsOwnAnswer) {
  const SourcePtr source = hook(R"(return function()
    return {status = 402, body = "pay", contentType = "text/x", answerHeaders = {["X-Why"] = "plan"}}
  end)");

  const SourceValue value = ask(*source);

  EXPECT_EQ(shown(value), "(402 hook_denied)");
  ASSERT_TRUE(value.extras);
  EXPECT_EQ(value.extras->body, "pay");
  EXPECT_EQ(value.extras->content_type, "text/x");
  EXPECT_EQ(value.extras->answer_fields, "X-Why: plan\r\n");
}

TEST_F(HookSource, Redirects) {
  const SourcePtr source = hook("return function() return {status = 302, location = '/login'} end");

  const SourceValue value = ask(*source);

  EXPECT_EQ(shown(value), "(302 hook_redirect)");
  EXPECT_EQ(value.extras->answer_fields, "Location: /login\r\n");
}

TEST_F(HookSource, RefusesClaimsThatAreSaidTwiceOrCannotBeDecoded) {
  const std::string text = "return function(req) return req.cookies.uid or req.query.uid end";

  EXPECT_EQ(answer(text, "/", "Cookie: uid=a; uid=b\r\n"), "(400 conflicting_claim)");
  EXPECT_EQ(answer(text, "/?uid=%zz"), "(400 malformed_claim)");
  EXPECT_EQ(answer(text, "/", "Cookie: uid=; uid=a; uid=%61\r\n"), "a");
  EXPECT_EQ(errors(), 0U) << "the request's fault, not the script's";
}

TEST_F(HookSource, AsksOnupgradeForHandshakes) {
  config_.onupgrade = write("onupgrade.lua", "return function() return 'socket' end");
  const SourcePtr source = hook("return function() return 'plain' end");
  const std::string upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\n";

  EXPECT_EQ(shown(ask(*source)), "plain");
  EXPECT_EQ(shown(ask(*source, "/", upgrade)), "socket");
}

TEST_F(HookSource, AsksAgentForHandshakesWithoutOnupgrade) {
  EXPECT_EQ(answer("return function(req) return tostring(req.isUpgrade) end", "/",
                   "Connection: upgrade\r\nUpgrade: websocket\r\n"),
            "true");
}

TEST_F(HookSource, HasNothingForPlainRequestsWithOnupgradeAlone) {
  config_.onupgrade = write("onupgrade.lua", "return function() return 'socket' end");

  EXPECT_EQ(shown(ask(*make_hook_source(loaded()))), "(missing)");
}

TEST_F(HookSource, IsAFileOfItsOwnInTheListOfSources) {
  const std::string file = write("vip.lua", "return function() return 'vip' end");
  LoadedScripts result = load_scripts(config_, {file}, 2);
  const SourcePtr source =
      make_lua_source(std::get<std::shared_ptr<const ScriptSet>>(result), file);

  EXPECT_EQ(shown(ask(*source)), "vip");
  EXPECT_EQ(source->describe(), "lua \"vip.lua\"");
}

struct Wrong {
  const char* body;
  const char* message;
};

TEST_F(HookSource, TakesNothingElseForAnAnswer) {
  const std::vector<Wrong> all{
      {"return true", "returned a boolean"},
      {"return 1.5", "number with a fraction"},
      {"return function() end", "returned a function"},
      {"return {uid = {}}", "'uid' as a table"},
      {"return {uid = 'a', prodct = 'x'}", "unknown field 'prodct'"},
      {"return {uid = 'a', headers = 'X: y'}", "'headers' as a string"},
      {"return {uid = 'a', headers = {['X Y'] = 'z'}}", "'X Y' as the name of a header"},
      {"return {uid = 'a', headers = {['X-Y'] = 'a\\r\\nb'}}", "control characters"},
      {"return {uid = 'a', headers = {['content-length'] = '5'}}", "not for a hook to set"},
      {"return {uid = 'a', headers = {['Host'] = 'b'}}", "not for a hook to set"},
      {"return {uid = 'a', headers = {['Transfer_Encoding'] = 'b'}}", "not for a hook to set"},
      {"return {uid = 'a', headers = {['X-Y'] = {}}}", "not pairs of texts"},
      {"return {status = 200}", "neither a redirect nor"},
      {"return {status = 302}", "without 'location'"},
      {"return {status = 403, location = '/'}", "no redirect"},
      {"return {status = 302, location = 'a\\nb'}", "control characters"},
  };
  std::uint64_t expected = 0;
  for (const Wrong& wrong : all) {
    EXPECT_EQ(run(wrong.body), kFailed) << wrong.body;
    EXPECT_EQ(errors(), ++expected) << wrong.body;
  }
  const std::string log = thread_->logged();
  EXPECT_THAT(log, testing::HasSubstr("returned a boolean"));
  EXPECT_THAT(log, testing::HasSubstr("at=agent.lua"));
}

TEST_F(HookSource, TakesATableWithoutAUidForNone) {
  for (const char* const body :
       {"return {}", "return {uid = nil, headers = {['X-Y'] = 'z'}}", "return {uid = ''}",
        "return setmetatable({}, {__index = {uid = 'a'}})"}) {
    EXPECT_EQ(run(body), "(missing)") << body;
  }
  EXPECT_EQ(errors(), 0u);
}

TEST_F(HookSource, RaisesWhenTheRequestHasEnded) {
  const SourcePtr source = hook(R"(
    local kept, part
    return function(req)
      if kept then return part.uid end
      kept, part = req, req.cookies
      return "first"
    end)");
  EXPECT_EQ(shown(ask(*source)), "first");

  EXPECT_EQ(shown(ask(*source, "/", "Cookie: uid=b\r\n")), kFailed);

  EXPECT_THAT(thread_->logged(), testing::HasSubstr("the request has ended"));
}

TEST_F(HookSource, MayLetTheNextSourceAnswerWhenItFails) {
  config_.on_error = config::OnSourceError::next;

  EXPECT_EQ(run("error('no')"), "(missing)");
  EXPECT_EQ(errors(), 1U);
}

TEST_F(HookSource, LogsWhereItFailed) {
  EXPECT_EQ(answer("local function inner() error('broken') end\n"
                   "return function(req)\n  inner()\nend"),
            kFailed);

  const std::string log = thread_->logged();
  EXPECT_THAT(log, testing::HasSubstr("agent.lua:1"));
  EXPECT_THAT(log, testing::HasSubstr("broken"));
  EXPECT_THAT(log, testing::HasSubstr("agent.lua:3: in function"));
}

}  // namespace
}  // namespace pushgate::agent
