// The table `pushgate`, but for what waits.

#include "agent/script/script_fixture.hpp"
#include "agent/token/token_maker.hpp"

namespace pushgate::agent {
namespace {

class ScriptApi : public ScriptTest {};

TEST_F(ScriptApi, WritesAndReadsJson) {
  EXPECT_EQ(run("return pushgate.json.encode({1, 'a\"\\n', true, {}, 1.5})"),
            R"([1,"a\"\u000a",true,{},1.5])");
  EXPECT_EQ(run(R"(local t = pushgate.json.decode('{"a":[1,2.5,{"b":null}],"c":"\\u00e4"}')
                   return t.a[1] .. t.a[2] .. tostring(t.a[3].b == pushgate.json.null) .. t.c)"),
            "12.5true\u00e4");
  EXPECT_EQ(run("return pushgate.json.encode(pushgate.json.decode('[9007199254740993,-1,1e2]'))"),
            "[9007199254740993,-1,100]");
}

TEST_F(ScriptApi, BoundsJson) {
  EXPECT_EQ(run("local v, e = pushgate.json.decode('[1,') return tostring(v) .. e"),
            "nilnot JSON at byte 4");
  EXPECT_EQ(run("local v, e = pushgate.json.decode(('['):rep(1000)) return e"),
            "nested more than 64 deep");
  EXPECT_EQ(run("return pushgate.json.encode({1, x = 2})"), kFailed);
  EXPECT_EQ(run("return pushgate.json.encode(function() end)"), kFailed);
  EXPECT_EQ(run("return pushgate.json.encode(0/0)"), kFailed);
  EXPECT_EQ(run("local v, e = pushgate.json.decode(('x'):rep(1100000)) return e"),
            "longer than 1 MiB");
}

TEST_F(ScriptApi, KnowsBase64) {
  EXPECT_EQ(
      run("local b = pushgate.base64 return b.encode('\\251\\255') .. b.urlEncode('\\251\\255') "
          ".. b.decode('YWI=') .. b.urlDecode('YWI') .. tostring(b.decode('YWI')) .. "
          "tostring(b.urlDecode('Y!'))"),
      "+/8=-_8ababnilnil");
}

TEST_F(ScriptApi, KnowsDigests) {
  // FIPS 180-4 and RFC 4231 (test case 2).
  EXPECT_EQ(run("return pushgate.sha256('abc')"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(run("return #pushgate.sha256('abc', true)"), "32");
  EXPECT_EQ(run("return pushgate.hmac('sha256', 'Jefe', 'what do ya want for nothing?')"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(run("return pushgate.hmac('md5', 'k', 'x')"), kFailed);
}

TEST_F(ScriptApi, HashesForShards) {
  EXPECT_EQ(run("return pushgate.hash('123456789', 'crc32')"), std::to_string(0xcbf43926U));
  EXPECT_EQ(run("local h = pushgate.hash('alice') return math.type(h) .. tostring(h >= 0) .. "
                "tostring(h == pushgate.hash('alice')) .. tostring(h == pushgate.hash('bob'))"),
            "integertruetruefalse");
}

TEST_F(ScriptApi, MatchesWithRe2) {
  EXPECT_EQ(run("return table.concat({pushgate.match('/u/42/x', '^/u/([0-9]+)/(.*)$')}, '|')"),
            "42|x");
  EXPECT_EQ(run("return pushgate.match('abc', 'b.')"), "bc");
  EXPECT_EQ(run("return tostring(pushgate.match('abc', 'x'))"), "nil");
  EXPECT_EQ(run("return pushgate.match('abc', '(')"), kFailed);
}

TEST_F(ScriptApi, Logs) {
  EXPECT_EQ(
      run("pushgate.log('warn', 'hello', 42, nil, {} ~= nil) pushgate.log('error') return 'a'"),
      "a");
  const std::string log = thread_->logged();
  EXPECT_THAT(log, testing::ContainsRegex("warn hook at=agent.lua:2 text=\"hello 42 nil true\""));
  EXPECT_THAT(log, testing::ContainsRegex("info hook at=agent.lua:2 text=error"));
}

TEST_F(ScriptApi, KnowsTheTime) {
  EXPECT_EQ(run("return pushgate.now() // 1000 - os.time() <= 1 and 'yes'"), "yes");
}

TEST_F(ScriptApi, VerifiesTokens) {
  const std::string options = "{secret = '" + std::string{kSecret} +
                              "', algorithm = 'HS256', requireExpiry = false, issuer = 'me'}";
  const std::string good = token_of(R"({"sub":"alice","iss":"me"})");
  const std::string other = token_of(R"({"sub":"alice","iss":"you"})");

  EXPECT_EQ(run("return pushgate.jwt.verify('" + good + "', " + options + ").sub"), "alice");
  EXPECT_EQ(run("local c, e = pushgate.jwt.verify('" + good + "x', " + options +
                ") return tostring(c) .. type(e)"),
            "nilstring");
  EXPECT_EQ(run("local c, e = pushgate.jwt.verify('" + other + "', " + options + ") return e"),
            "wrong_issuer");
  EXPECT_EQ(run("local c, e = pushgate.jwt.verify(nil, " + options + ") return e"), "bad_form");
  EXPECT_EQ(run("return pushgate.jwt.verify('x', {})"), kFailed);
  EXPECT_EQ(run("return pushgate.jwt.verify('x', {secret = 'short'})"), kFailed);
}

}  // namespace
}  // namespace pushgate::agent
