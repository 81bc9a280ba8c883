// Hooks that wait: for time, a real Redis, an HTTP service, and for each other.

#include "agent/script/script_fixture.hpp"
#include "support/redis_server.hpp"
#include "support/scripted_service.hpp"

namespace pushgate::agent {
namespace {

using test::answered;
using test::ScriptedService;
using test::ServiceAnswer;
using test::StartedTask;

class ScriptWaiting : public ScriptTest {
 protected:
  ScriptWaiting() { config_.deadline = std::chrono::seconds{30}; }

  /// Begins to ask; the hook has to wait.
  std::unique_ptr<StartedTask<SourceValue>> begin(const IdentitySource& source,
                                                  const ParsedRequest& request) {
    SourceValue value = source.look(thread_->on_this_thread(request.view()));
    if (value.kind != Kind::later) throw std::runtime_error("answered at once: " + shown(value));
    return std::make_unique<StartedTask<SourceValue>>(std::move(*value.task));
  }
  std::string finish(StartedTask<SourceValue>& task) {
    if (!thread_->run_until([&] { return task.done(); })) return "(still waiting)";
    return shown(task.take());
  }
};

TEST_F(ScriptWaiting, Sleeps) {
  EXPECT_EQ(run("pushgate.sleep(0.02) return 'awake'"), "awake");
  EXPECT_EQ(run("for i = 1, 3 do pushgate.sleep(0) end return 'awake'"), "awake");
}

TEST_F(ScriptWaiting, WaitsInsideOfPcallAndIterators) {
  EXPECT_EQ(run(R"(
    local ok, e = pcall(function() pushgate.sleep(0) error("after") end)
    local ok2 = xpcall(function() pushgate.sleep(0) return 1 end, tostring)
    local got
    for v in function(_, last) pushgate.sleep(0) if not last then return "x" end end do got = v end
    return tostring(ok) .. e:match("after") .. tostring(ok2) .. got)"),
            "falseaftertruex");
}

TEST_F(ScriptWaiting, LeavesTheThreadToOthers) {
  const SourcePtr source = hook(
      "return function(req) if req.query.slow then pushgate.sleep(3600) end return 'quick' end");
  config_.deadline = std::chrono::seconds{7'200};
  const ParsedRequest slow{"/?slow=1"};
  const auto waiting = begin(*source, slow);

  for (int i = 0; i < 100; ++i) EXPECT_EQ(shown(ask(*source)), "quick");

  EXPECT_FALSE(waiting->done());
}

TEST_F(ScriptWaiting, EndsAtTheDeadline) {
  config_.deadline = std::chrono::milliseconds{20};

  EXPECT_EQ(run("pushgate.sleep(3600) return 'late'"), kTimedOut);

  EXPECT_EQ(timeouts(), 1U);
  EXPECT_THAT(thread_->logged(),
              testing::HasSubstr("at=agent.lua:2 error=\"the hook's deadline has passed\""));
}

TEST_F(ScriptWaiting, CannotCatchItsDeadline) {
  config_.deadline = std::chrono::milliseconds{20};
  EXPECT_EQ(run("pcall(pushgate.sleep, 3600) return 'late'"), kTimedOut);
}

TEST_F(ScriptWaiting, CountsInstructionsOverAllItsParts) {
  config_.instructions = 100'000;
  EXPECT_EQ(run("while true do for i = 1, 2000 do end pushgate.sleep(0) end"), kFailed);
}

TEST_F(ScriptWaiting, CountsMemoryOverAllItsParts) {
  config_.memory = 1024 * 1024;
  EXPECT_EQ(
      run("local t = {} while true do t[#t + 1] = ('x'):rep(100000 + #t) pushgate.sleep(0) end"),
      kFailed);
}

TEST_F(ScriptWaiting, IsGivenUpWithItsClient) {
  config_.memory = 1024 * 1024;
  const SourcePtr source = hook(
      "return function(req) local t = ('x'):rep(400000) if req.query.wait then "
      "pushgate.sleep(3600) "
      "end return 'ok' end");
  for (int i = 0; i < 400; ++i) {
    const ParsedRequest request{"/?wait=1"};
    const auto waiting = begin(*source, request);
  }
  EXPECT_EQ(shown(ask(*source)), "ok") << "what the abandoned calls held has been collected";
}

TEST_F(ScriptWaiting, MayBeGivenUpBeforeItHasBegunToWait) {
  const SourcePtr source = hook("return function() pushgate.sleep(1) end");
  const ParsedRequest request{"/"};
  SourceValue value = source->look(thread_->on_this_thread(request.view()));
  EXPECT_EQ(value.kind, Kind::later);
}

class ScriptRedis : public ScriptWaiting {
 protected:
  ScriptRedis() {
    redis::RedisSettings settings;
    settings.server = server_.address();
    thread_ = std::make_unique<test::TestSourceThread>(
        test::TestSourceThread::Settings{.redis = settings});
  }
  test::RedisServer server_;
};

TEST_F(ScriptRedis, GetsValues) {
  server_.command({"SET", "a", "alice"});
  server_.command({"HSET", "h", "f", "bob"});
  EXPECT_EQ(run("return pushgate.redis.get('a')"), "alice");
  EXPECT_EQ(run("return pushgate.redis.hget('h', 'f')"), "bob");
  EXPECT_EQ(run("return pushgate.redis.get('none')"), "(missing)");
  EXPECT_EQ(run("return pushgate.redis.command('INCR', 'n') + pushgate.redis.command('incr', 'n')"),
            "3");
  EXPECT_EQ(run("local t = pushgate.redis.command('HMGET', 'h', 'f', 'g') "
                "return #t .. t[1] .. tostring(t[2])"),
            "2bobfalse");
}

TEST_F(ScriptRedis, TellsErrorsAsValues) {
  server_.command({"SET", "a", "alice"});
  EXPECT_EQ(run("local v, e = pushgate.redis.hget('a', 'f') return tostring(v) .. e:match('%u+')"),
            "nilWRONGTYPE");
  EXPECT_EQ(run("return pushgate.redis.command('SUBSCRIBE', 'x')"), kFailed);
}

TEST_F(ScriptRedis, AnswersWhileRedisIsAway) {
  const SourcePtr source =
      hook("return function() local v, e = pushgate.redis.get('a') return v or 'no: ' .. e end");
  server_.command({"SET", "a", "alice"});
  EXPECT_EQ(shown(ask(*source)), "alice");
  server_.kill();

  std::string said;
  EXPECT_TRUE(thread_->run_until([&] {
    said = shown(ask(*source));
    return said.starts_with("no: ");
  })) << said;
}

TEST_F(ScriptRedis, LeavesTimeToDecideWhatItMeansThatRedisIsAway) {
  config_.deadline = std::chrono::seconds{2};
  server_.kill();
  EXPECT_THAT(run("local v, e = pushgate.redis.get('a') return v or 'no: ' .. e"),
              testing::StartsWith("no: "));
}

TEST_F(ScriptWaiting, HasNoRedisIfNoneIsConfigured) {
  EXPECT_EQ(run("local v, e = pushgate.redis.get('a') return e"), "no Redis is configured");
}

class ScriptHttp : public ScriptWaiting {
 protected:
  ScriptedService service_{thread_->io(), [](const std::string& request) {
                             return answered(200, request, "X-A: 1\r\nX-A: 2\r\n");
                           }};
};

TEST_F(ScriptHttp, GetsAResponse) {
  EXPECT_EQ(run("local r = pushgate.http.get('" + service_.url("/who?x=1") +
                "', {headers = {['X-Token'] = 'abc'}}) "
                "return r.status .. r.headers['x-a'] .. r.body:match('^GET [^ ]+') .. "
                "r.body:match('X%-Token: (%w+)')"),
            "2001, 2GET /who?x=1abc");
}

TEST_F(ScriptHttp, Posts) {
  EXPECT_EQ(
      run("local r = pushgate.http.post('" + service_.url() +
          "', 'the body', {timeout = 5}) return r.body:match('^POST') .. r.body:match('the body')"),
      "POSTthe body");
}

TEST_F(ScriptHttp, TellsFailuresAsValues) {
  const std::string url = service_.url();
  service_.stop();
  EXPECT_EQ(run("local r, e = pushgate.http.get('" + url + "') return type(r) .. type(e)"),
            "nilstring");
  EXPECT_EQ(run("local r, e = pushgate.http.get('nonsense') return type(r) .. type(e)"),
            "nilstring");
  EXPECT_EQ(run("return pushgate.http.get('" + url + "', {tmeout = 1})"), kFailed);
  EXPECT_EQ(run("return pushgate.http.get('" + url + "', {headers = {Host = 'x'}})"), kFailed);
}

TEST_F(ScriptHttp, EndsAtTheDeadlineOfAServiceThatHangs) {
  config_.deadline = std::chrono::milliseconds{50};
  service_.answer_with([](const std::string&) { return ServiceAnswer{.hold_back = true}; });

  EXPECT_EQ(run("return pushgate.http.get('" + service_.url() + "').body"), kTimedOut);
}

TEST_F(ScriptHttp, MayGiveUpEarlierThanItsDeadline) {
  service_.answer_with([](const std::string&) { return ServiceAnswer{.hold_back = true}; });

  EXPECT_EQ(run("local r, e = pushgate.http.get('" + service_.url() +
                "', {timeout = 0.03}) return r == nil and 'gave up'"),
            "gave up");
  EXPECT_EQ(thread_->metrics().lookup_timeouts.value(), 1U);
}

TEST_F(ScriptHttp, IsAskedOnceForAllWhoWaitForOneKey) {
  const SourcePtr source = hook(
      "return function(req) return pushgate.cache('k', 60, function() "
      "return pushgate.http.get('" +
      service_.url() + "').headers['x-a'] end) end");
  service_.answer_with([](const std::string&) {
    ServiceAnswer answer = answered(200, "", "X-A: shared\r\n");
    answer.hold_back = true;
    return answer;
  });
  const ParsedRequest request{"/"};
  std::vector<std::unique_ptr<StartedTask<SourceValue>>> all;
  for (int i = 0; i < 20; ++i) all.push_back(begin(*source, request));
  ASSERT_TRUE(thread_->run_until([&] { return service_.requests().size() == 1; }));

  service_.release();

  for (const auto& one : all) EXPECT_EQ(finish(*one), "shared");
  EXPECT_EQ(shown(ask(*source)), "shared");
  EXPECT_EQ(service_.requests().size(), 1U);
  EXPECT_EQ(thread_->metrics().lookups_shared.value(), 19U);
}

TEST_F(ScriptHttp, LetsOneOfThemTryAgainAfterAFailure) {
  const SourcePtr source = hook(
      "return function(req) return pushgate.cache('k', 60, function() "
      "local r = pushgate.http.get('" +
      service_.url() + "') if r.status ~= 200 then error('status') end return 'found' end) end");
  int asked = 0;
  service_.answer_with(
      [&](const std::string&) { return ++asked < 3 ? answered(500) : answered(200); });
  const ParsedRequest request{"/"};
  std::vector<std::unique_ptr<StartedTask<SourceValue>>> all;
  for (int i = 0; i < 6; ++i) all.push_back(begin(*source, request));

  int found = 0;
  for (const auto& one : all) {
    const std::string said = finish(*one);
    EXPECT_TRUE(said == "found" || said == kFailed) << said;
    if (said == "found") ++found;
  }

  EXPECT_EQ(found, 4) << "two had the failures, one fetched, three shared";
  EXPECT_EQ(asked, 3);
}

TEST_F(ScriptHttp, LetsAnotherTryWhenTheOneWhoFetchesGoesAway) {
  const SourcePtr source = hook(
      "return function(req) return pushgate.cache('k', 60, function() "
      "pushgate.http.get('" +
      service_.url() + "') return req.query.n end) end");
  service_.answer_with([](const std::string&) {
    ServiceAnswer answer = answered(200);
    answer.hold_back = true;
    return answer;
  });
  const ParsedRequest one{"/?n=1"};
  const ParsedRequest two{"/?n=2"};
  const ParsedRequest three{"/?n=3"};
  auto first = begin(*source, one);
  auto second = begin(*source, two);
  auto third = begin(*source, three);
  ASSERT_TRUE(thread_->run_until([&] { return service_.requests().size() == 1; }));

  first.reset();   // the second is woken
  second.reset();  // and goes away before it has gone on: the third is woken
  ASSERT_TRUE(thread_->run_until([&] { return service_.requests().size() == 2; }));
  service_.release();

  EXPECT_EQ(finish(*third), "3");
}

class ScriptCache : public ScriptWaiting {};

TEST_F(ScriptCache, KeepsValuesOfEveryKind) {
  const SourcePtr source = hook(R"(
    local calls = 0
    return function(req)
      local t = pushgate.cache("table", 60, function() calls = calls + 1 return {a = {1, 2}} end)
      t.a[3] = 3  -- a copy: the next call does not see it
      local s = pushgate.cache("text", 60, function() calls = calls + 1 return "x" end)
      local n = pushgate.cache("nil", 60, function() calls = calls + 1 return nil end)
      local b = pushgate.cache("false", 60, function() calls = calls + 1 return false end)
      local f = pushgate.cache("float", 60, function() calls = calls + 1 return 1.5 end)
      return #t.a .. s .. tostring(n) .. tostring(b) .. f .. "/" .. calls
    end)");

  EXPECT_EQ(shown(ask(*source)), "3xnilfalse1.5/5");
  EXPECT_EQ(shown(ask(*source)), "3xnilfalse1.5/5");
}

TEST_F(ScriptCache, DoesNotKeepFailures) {
  const SourcePtr source = hook(R"(
    local calls = 0
    return function(req)
      local ok = pcall(pushgate.cache, "raised", 60, function() calls = calls + 1 error("x") end)
      local v, e = pushgate.cache("absent", 60, function() calls = calls + 1 return nil, "why" end)
      return tostring(ok) .. tostring(v) .. tostring(e) .. calls
    end)");

  EXPECT_EQ(shown(ask(*source)), "falsenilwhy2");
  EXPECT_EQ(shown(ask(*source)), "falsenilwhy4");
}

TEST_F(ScriptCache, EndsWithItsTime) {
  const SourcePtr source = hook(
      "local n = 0 return function() return pushgate.cache('k', 0.02, function() n = n + 1 return "
      "n "
      "end) end");
  EXPECT_EQ(shown(ask(*source)), "1");

  EXPECT_TRUE(thread_->run_until([&] { return shown(ask(*source)) == "2"; }));
}

TEST_F(ScriptCache, IsBounded) {
  config_.cache_entries = 2;
  const SourcePtr source = hook(
      "local n = 0 return function(req) return pushgate.cache(req.query.k, 60, function() n = n + "
      "1 "
      "return n end) end");
  EXPECT_EQ(shown(ask(*source, "/?k=a")), "1");
  EXPECT_EQ(shown(ask(*source, "/?k=b")), "2");
  EXPECT_EQ(shown(ask(*source, "/?k=a")), "1");
  EXPECT_EQ(shown(ask(*source, "/?k=c")), "3");
  EXPECT_EQ(shown(ask(*source, "/?k=a")), "1");
  EXPECT_EQ(shown(ask(*source, "/?k=b")), "4");
}

TEST_F(ScriptCache, SeesAFunctionThatAsksForItsOwnKey) {
  EXPECT_EQ(run("local function f() return pushgate.cache('k', 1, f) end return f()"), kFailed);
  EXPECT_THAT(thread_->logged(), testing::HasSubstr("asks for its own key"));
}

TEST_F(ScriptCache, RefusesValuesThatAreNone) {
  EXPECT_EQ(run("return pushgate.cache('k', 1, function() return function() end end)"), kFailed);
  EXPECT_EQ(run("return pushgate.cache('k', 1, function() return ('x'):rep(100000) end)"), kFailed);
  EXPECT_EQ(run("return pushgate.cache('k', 1, function() return 'fine' end)"), "fine");
}

}  // namespace
}  // namespace pushgate::agent
