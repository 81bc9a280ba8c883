// redis_source_test.cpp - sessions in a real Redis: there, not there, not as expected, and no
// Redis.

#include "agent/lookup/lookup_fixture.hpp"
#include "support/redis_server.hpp"

namespace pushgate::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RedisSourceTest : public ::testing::Test {
 protected:
  static TestSourceThread::Settings settings_for(const test::RedisServer& server) {
    redis::RedisSettings settings;
    settings.server = server.address();
    settings.backoff_min = milliseconds{5};
    settings.backoff_max = milliseconds{50};
    return {.redis = settings};
  }
  static config::RedisSourceConfig config() {
    config::RedisSourceConfig config;
    config.key = "session:{cookie.sid}";
    config.timeout = milliseconds{5'000};
    return config;
  }
  SourceValue ask(const config::RedisSourceConfig& how, const std::string& fields = kFields) {
    const SourcePtr source = make_redis_source(how, board);
    const ParsedRequest request{"/?f=uid", fields};
    return thread.ask(*source, request.view());
  }
  SourceMetrics& metrics() { return thread.metrics(); }

  static inline const std::string kFields = "Cookie: sid=s%201\r\n";

  // JSON.GET is a module's; under that name the test gets what is already there.
  test::RedisServer server{{"--rename-command", "HMGET", "JSON.GET"}};
  TestSourceThread thread{settings_for(server)};
  LookupBoard board{1};
};

TEST_F(RedisSourceTest, GetsWhatTheKeyHolds) {
  server.command({"SET", "session:s 1", "u1"});

  const SourceValue value = ask(config());

  EXPECT_EQ(value.kind, Kind::found);
  EXPECT_EQ(value.value, "u1");
  EXPECT_EQ(value.extras, nullptr);
  EXPECT_EQ(metrics().lookups.value(), 1U);
  EXPECT_EQ(make_redis_source(config(), board)->describe(), "redis \"GET session:{cookie.sid}\"");
}

TEST_F(RedisSourceTest, GetsAFieldOfAHash) {
  server.command({"HSET", "session:s 1", "uid", "u2"});
  config::RedisSourceConfig how = config();
  how.command = "HGET";
  how.field = "{query.f}";

  EXPECT_EQ(ask(how).value, "u2");
}

TEST_F(RedisSourceTest, LooksIntoAValueThatIsJson) {
  config::RedisSourceConfig how = config();
  how.json = "passport.user";
  server.command({"SET", "session:s 1", R"({"passport":{"user":42}})"});
  EXPECT_EQ(ask(how).value, "42");

  server.command({"SET", "session:s 1", R"({"passport":{}})"});
  EXPECT_EQ(ask(how).kind, Kind::missing) << "a session of nobody";

  for (const char* const bad : {"", "{", R"({"passport":{"user":{}}})"}) {
    server.command({"SET", "session:s 1", bad});
    EXPECT_EQ(ask(how).refusal.rule, "lookup_unavailable") << bad;
  }
  EXPECT_EQ(metrics().lookup_failures.value(), 3U);
}

TEST_F(RedisSourceTest, WhatIsNotThereIsMissing) {
  EXPECT_EQ(ask(config()).kind, Kind::missing);
  server.command({"SET", "session:s 1", ""});
  EXPECT_EQ(ask(config()).kind, Kind::missing);
  EXPECT_EQ(metrics().lookups.value(), 2U);
  EXPECT_EQ(metrics().lookup_failures.value(), 0U);
}

TEST_F(RedisSourceTest, WithoutTheKeysPartsNothingIsAsked) {
  EXPECT_EQ(ask(config(), "").kind, Kind::missing);
  EXPECT_EQ(ask(config(), "Cookie: sid=\r\n").kind, Kind::missing);
  EXPECT_EQ(ask(config(), "Cookie: sid=%\r\n").kind, Kind::missing);
  EXPECT_EQ(ask(config(), "Cookie: sid=a; sid=b\r\n").kind, Kind::missing);
  config::RedisSourceConfig how = config();
  how.command = "HGET";
  how.field = "{query.none}";
  EXPECT_EQ(ask(how).kind, Kind::missing);

  EXPECT_EQ(metrics().lookups.value(), 0U);
}

TEST_F(RedisSourceTest, AnAnswerOfTheWrongKindIsAFailure) {
  server.command({"LPUSH", "session:s 1", "secret-value"});
  EXPECT_EQ(ask(config()).refusal.status, 503);

  server.command({"HSET", "h", "f", "v"});
  config::RedisSourceConfig list = config();
  list.command = "JSON.GET";
  list.key = "h";
  list.field = "f";
  EXPECT_EQ(ask(list).refusal.rule, "lookup_unavailable") << "an array";

  EXPECT_EQ(metrics().lookup_failures.value(), 2U);
  const std::string log = thread.logged();
  EXPECT_THAT(log, HasSubstr("WRONGTYPE"));
  EXPECT_THAT(log, Not(HasSubstr("s 1")));
}

TEST_F(RedisSourceTest, RedisAway) {
  server.stop();
  config::RedisSourceConfig how = config();
  how.timeout = milliseconds{40};

  EXPECT_EQ(ask(how).refusal.rule, "lookup_unavailable");
  how.on_error = config::OnSourceError::next;
  EXPECT_EQ(ask(how).kind, Kind::missing);
  EXPECT_EQ(metrics().lookup_failures.value(), 2U);
}

TEST_F(RedisSourceTest, RedisThatStandsStill) {
  ask(config());
  server.freeze();
  config::RedisSourceConfig how = config();
  how.timeout = milliseconds{40};

  const SourceValue value = ask(how);

  server.thaw();
  EXPECT_EQ(value.refusal.rule, "lookup_unavailable");
  EXPECT_EQ(metrics().lookup_timeouts.value(), 1U);
}

TEST_F(RedisSourceTest, NoRedisAtAll) {
  TestSourceThread lonely;
  const SourcePtr source = make_redis_source(config(), board);
  const ParsedRequest request{"/", kFields};

  EXPECT_EQ(lonely.ask(*source, request.view()).refusal.rule, "lookup_unavailable");
  EXPECT_EQ(lonely.metrics().lookup_failures.value(), 1U);
}

TEST_F(RedisSourceTest, AnswersAreKeptAndAskedForOnce) {
  server.command({"SET", "session:s 1", "u1"});
  config::RedisSourceConfig how = config();
  how.cache = kForEver;
  const SourcePtr source = make_redis_source(how, board);
  const ParsedRequest request{"/", kFields};
  Waiting waiting;
  for (int i = 0; i < 1'000; ++i) {
    waiting.add(source->look(thread.on_this_thread(request.view())));
  }
  ASSERT_TRUE(thread.run_until([&] { return waiting.all_done(); }));
  EXPECT_EQ(waiting.take(999).value, "u1");
  server.command({"SET", "session:s 1", "u2"});

  const SourceValue kept = source->look(thread.on_this_thread(request.view()));

  EXPECT_EQ(kept.kind, Kind::found);
  EXPECT_EQ(kept.value, "u1");
  EXPECT_EQ(metrics().lookups.value(), 1U);
  EXPECT_EQ(metrics().lookups_shared.value(), 999U);
  EXPECT_EQ(metrics().lookup_cache_hits.value(), 1U);
}

TEST_F(RedisSourceTest, AClientThatGoesLeavesTheAnswerToTheNextOne) {
  server.command({"SET", "session:s 1", "u1"});
  config::RedisSourceConfig how = config();
  how.cache = kForEver;
  const SourcePtr source = make_redis_source(how, board);
  const ParsedRequest request{"/", kFields};
  Waiting waiting;
  waiting.add(source->look(thread.on_this_thread(request.view())));

  waiting.clear();

  EXPECT_EQ(thread.ask(*source, request.view()).value, "u1");
  EXPECT_EQ(metrics().lookups.value(), 1U);
}

TEST_F(RedisSourceTest, ASourceThatGoesWithItsConfigurationMayStillBeAnswered) {
  const ParsedRequest request{"/", kFields};
  SourcePtr source = make_redis_source(config(), board);
  { const SourceValue unused = source->look(thread.on_this_thread(request.view())); }

  source.reset();

  EXPECT_EQ(ask(config()).kind, Kind::missing);
}

TEST_F(RedisSourceTest, AClientOfRedisThatIsReplacedLeavesNobodyWaiting) {
  server.freeze();
  const SourcePtr source = make_redis_source(config(), board);
  const ParsedRequest request{"/", kFields};
  Waiting waiting;
  waiting.add(source->look(thread.on_this_thread(request.view())));
  thread.settle();

  thread.replace_redis();

  EXPECT_TRUE(thread.run_until([&] { return waiting.all_done(); }));
  EXPECT_EQ(waiting.take(0).refusal.rule, "lookup_unavailable");
  server.thaw();
  EXPECT_EQ(thread.ask(*source, request.view()).kind, Kind::missing);
}

}  // namespace
}  // namespace pushgate::agent
