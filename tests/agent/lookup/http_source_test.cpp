// http_source_test.cpp - an authentication service that answers well, badly, late and not at all.

#include "agent/lookup/lookup_fixture.hpp"

namespace pushgate::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HttpSourceTest : public ::testing::Test {
 protected:
  config::HttpSourceConfig config() const {
    config::HttpSourceConfig config;
    config.url = service.url("/check");
    config.timeout = milliseconds{5'000};
    return config;
  }
  SourceValue ask(const config::HttpSourceConfig& how, const std::string& fields = {}) {
    const SourcePtr source = make_http_source(how, board);
    const ParsedRequest request{"/chat?a=b", fields};
    return thread.ask(*source, request.view());
  }
  /// The same question, answered with these bytes and the end of the connection.
  SourceValue ask_with_answer(const std::string& bytes) {
    service.answer_with([&](const std::string&) { return ServiceAnswer{bytes, true}; });
    return ask(config());
  }
  void hang() {
    service.answer_with([](const std::string&) { return ServiceAnswer{.hold_back = true}; });
  }
  void answer_uid(const std::string& uid, const std::string& fields = {}) {
    service.answer_with([=](const std::string&) {
      return answered(200, {}, "X-User-Id: " + uid + "\r\n" + fields);
    });
  }
  SourceMetrics& metrics() { return thread.metrics(); }

  TestSourceThread thread;
  ScriptedService service{
      thread.io(), [](const std::string&) { return answered(200, "{}", "X-User-Id: u1\r\n"); }};
  LookupBoard board{1};
};

TEST_F(HttpSourceTest, SendsWhatItIsToldToAndWhatTheRequestWas) {
  config::HttpSourceConfig how = config();
  how.method = "POST";

  const SourceValue value = ask(how,
                                "Cookie: sid=1\r\nAuthorization: Bearer t\r\nX-Secret: no\r\n"
                                "X-Original-URI: /forged\r\nX-Forwarded-For: 6.6.6.6\r\n");

  EXPECT_EQ(value.kind, Kind::found);
  EXPECT_EQ(value.value, "u1");
  ASSERT_EQ(service.requests().size(), 1U);
  const std::string& sent = service.requests()[0];
  EXPECT_THAT(sent, ::testing::StartsWith("POST /check HTTP/1.1\r\n"));
  for (const char* const line :
       {"\r\ncookie: sid=1\r\n", "\r\nauthorization: Bearer t\r\n",
        "\r\nX-Original-Method: GET\r\n", "\r\nX-Original-URI: /chat?a=b\r\n",
        "\r\nX-Original-Host: example.com\r\n", "\r\nX-Forwarded-For: 192.0.2.7\r\n",
        "\r\nContent-Length: 0\r\n"}) {
    EXPECT_THAT(sent, HasSubstr(line));
  }
  EXPECT_THAT(sent, Not(HasSubstr("Secret")));
  EXPECT_THAT(sent, Not(HasSubstr("forged")));
  EXPECT_THAT(sent, Not(HasSubstr("6.6.6.6")));
  EXPECT_EQ(metrics().lookups.value(), 1U);
  EXPECT_EQ(metrics().lookup_failures.value(), 0U);
}

TEST_F(HttpSourceTest, FieldsOfThisHopAreNeverForwarded) {
  config::HttpSourceConfig how = config();
  how.forward = {"connection", "host", "content-length", "transfer-encoding", "te", "x-kept"};

  ask(how, "TE: trailers\r\nX-Kept: yes\r\n");

  EXPECT_THAT(service.requests().at(0), HasSubstr("\r\nx-kept: yes\r\n"));
  EXPECT_THAT(service.requests().at(0), Not(HasSubstr("trailers")));
  EXPECT_THAT(service.requests().at(0), HasSubstr("\r\nHost: 127.0.0.1:"));
}

TEST_F(HttpSourceTest, UidAndProductFromTheBodyAndFieldsForTheNode) {
  config::HttpSourceConfig how = config();
  how.uid = {config::AnswerPlace::Kind::json, "user.id"};
  how.product = {config::AnswerPlace::Kind::json, "user.teams.0"};
  how.pass = {"X-Role", "Content-Length", "X-Forwarded-For", "Cookie", "x_forwarded_for"};
  service.answer_with([](const std::string&) {
    return answered(200, R"({"user":{"id":4711,"teams":["chat"]}})",
                    "X-Role: a\r\nX-Role: b\r\nX-Forwarded-For: 1.2.3.4\r\nCookie: c\r\n"
                    "x_forwarded_for: 1.2.3.4\r\nX-Other: o\r\n");
  });

  const SourceValue value = ask(how);

  EXPECT_EQ(value.kind, Kind::found);
  EXPECT_EQ(value.value, "4711");
  ASSERT_TRUE(value.extras);
  EXPECT_EQ(value.extras->product, "chat");
  EXPECT_EQ(value.extras->node_fields, "X-Role: a\r\nX-Role: b\r\n");
}

TEST_F(HttpSourceTest, AnAnswerWithoutUidIsNoRefusal) {
  const auto says_nothing = [&](const std::string& fields, const std::string& body,
                                const config::AnswerPlace& place) {
    service.answer_with([=](const std::string&) { return answered(200, body, fields); });
    config::HttpSourceConfig how = config();
    how.uid = place;
    return ask(how).kind == Kind::missing;
  };
  const config::AnswerPlace json{config::AnswerPlace::Kind::json, "uid"};
  EXPECT_TRUE(says_nothing("", "{}", config().uid));
  EXPECT_TRUE(says_nothing("X-User-Id:\r\n", "", config().uid));
  EXPECT_TRUE(says_nothing("", "{}", json));
  EXPECT_TRUE(says_nothing("", R"({"uid":null})", json));
  EXPECT_TRUE(says_nothing("", R"({"uid":""})", json));
  EXPECT_EQ(metrics().lookup_failures.value(), 0U);
}

TEST_F(HttpSourceTest, ARefusalOfTheServiceIsPassedOnWithoutItsCookies) {
  service.answer_with([](const std::string&) {
    return answered(401, "<p>Log in",
                    "WWW-Authenticate: Basic realm=\"x\"\r\nSet-Cookie: a=b\r\n"
                    "WWW-Authenticate: Bearer\r\nContent-Type: text/html\r\n");
  });

  const SourceValue value = ask(config());

  EXPECT_EQ(value.kind, Kind::refused);
  EXPECT_EQ(value.refusal.status, 401);
  EXPECT_EQ(value.refusal.rule, "auth_refused");
  ASSERT_TRUE(value.extras);
  EXPECT_EQ(value.extras->answer_fields,
            "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Bearer\r\n");
  EXPECT_EQ(value.extras->body, "<p>Log in");
  EXPECT_EQ(value.extras->content_type, "text/html");

  service.answer_with([](const std::string&) { return answered(403); });
  const SourceValue forbidden = ask(config());
  EXPECT_EQ(forbidden.refusal.status, 403);
  EXPECT_EQ(metrics().lookup_failures.value(), 0U);
}

TEST_F(HttpSourceTest, WhatIsNoAnswerIsRefusedCountedAndLogged) {
  const std::string head = "HTTP/1.1 200 OK\r\nX-User-Id: u1\r\n";
  const std::vector<std::string> bad{
      "",
      "garbage\r\n\r\n",
      head + "Content-Length: 9\r\n\r\nshort",
      head + "Content-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'),
      head + "X-Long: " + std::string(300'000, 'x') + "\r\n\r\n",
      "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nX-User-Id: u1\r\n\r\n",
      "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /login\r\nX-User-Id: u1\r\n\r\n"};
  for (const std::string& bytes : bad) {
    const SourceValue value = ask_with_answer(bytes);
    EXPECT_EQ(value.kind, Kind::refused) << bytes.substr(0, 60);
    EXPECT_EQ(value.refusal.status, 503);
    EXPECT_EQ(value.refusal.rule, "auth_unavailable");
  }
  EXPECT_EQ(metrics().lookup_failures.value(), bad.size());
  EXPECT_EQ(metrics().lookup_timeouts.value(), 0U);
  const std::string log = thread.logged();
  EXPECT_THAT(log, HasSubstr("identity look-up failed"));
  EXPECT_THAT(log, HasSubstr("/check"));
}

TEST_F(HttpSourceTest, ABodyThatIsNoJsonOrSaysSomethingElseIsAFailure) {
  for (const char* const body : {"", "<html>", "{\"uid\":", "{\"uid\":true}", "{\"uid\":{}}"}) {
    service.answer_with([=](const std::string&) { return answered(200, body); });
    config::HttpSourceConfig how = config();
    how.uid = {config::AnswerPlace::Kind::json, "uid"};
    EXPECT_EQ(ask(how).refusal.rule, "auth_unavailable") << body;
  }
}

TEST_F(HttpSourceTest, AServiceThatHangsCostsTheTimeout) {
  hang();
  config::HttpSourceConfig how = config();
  how.timeout = milliseconds{50};

  const SourceValue value = ask(how, "Cookie: sid=very-secret\r\n");

  EXPECT_EQ(value.kind, Kind::refused);
  EXPECT_EQ(value.refusal.status, 504);
  EXPECT_EQ(value.refusal.rule, "auth_timeout");
  EXPECT_EQ(metrics().lookup_timeouts.value(), 1U);
  EXPECT_THAT(thread.logged(), Not(HasSubstr("very-secret")));
}

TEST_F(HttpSourceTest, WithoutServiceTheNextSourceIsAskedIfSoWished) {
  config::HttpSourceConfig how = config();
  how.on_error = config::OnSourceError::next;
  service.stop();

  EXPECT_EQ(ask(how).kind, Kind::missing);
  EXPECT_EQ(metrics().lookup_failures.value(), 1U);
  how.on_error = config::OnSourceError::deny;
  EXPECT_EQ(ask(how).refusal.rule, "auth_unavailable");
}

TEST_F(HttpSourceTest, AThousandRequestsWithOneKeyAskOnce) {
  hang();
  config::HttpSourceConfig how = config();
  how.cache = kForEver;
  const SourcePtr source = make_http_source(how, board);
  const ParsedRequest request{"/", "Cookie: sid=1\r\n"};
  Waiting waiting;
  for (int i = 0; i < 1'000; ++i) {
    waiting.add(source->look(thread.on_this_thread(request.view())));
  }
  ASSERT_TRUE(thread.run_until([&] { return service.requests().size() == 1; }));
  service.answer_with([](const std::string&) { return answered(500); });
  EXPECT_FALSE(waiting.all_done());

  waiting.give_up(0);  // who asked first goes, the others get their answer all the same
  service.stop();
  ASSERT_TRUE(thread.run_until([&] { return waiting.all_done(); }));

  EXPECT_EQ(service.requests().size(), 1U);
  EXPECT_EQ(waiting.take(0).refusal.rule, "auth_unavailable");
  EXPECT_EQ(waiting.take(998).refusal.rule, "auth_unavailable");
  EXPECT_EQ(metrics().lookups.value(), 1U);
  EXPECT_EQ(metrics().lookups_shared.value(), 999U);
}

TEST_F(HttpSourceTest, RequestsThatSayDifferentThingsAskForThemselves) {
  config::HttpSourceConfig how = config();
  how.cache = kForEver;
  const SourcePtr holds_the_cache = make_http_source(how, board);

  ask(how, "Cookie: sid=1\r\n");
  ask(how, "Cookie: sid=2\r\n");
  ask(how, "Authorization: sid=1\r\n");
  ask(how, "Cookie: sid\r\nCookie: =1\r\n");
  ask(how);

  EXPECT_EQ(service.requests().size(), 5U);
  EXPECT_EQ(metrics().lookup_cache_hits.value(), 0U);
}

TEST_F(HttpSourceTest, WhatIsKeptCannotDependOnWhatIsNotInItsKey) {
  config::HttpSourceConfig how = config();
  how.cache = kForEver;
  const ParsedRequest here{"/here", "Cookie: sid=1\r\n"};
  const ParsedRequest there{"/there", "Cookie: sid=1\r\n"};
  const SourcePtr by_cookie = make_http_source(how, board);
  thread.ask(*by_cookie, here.view());

  EXPECT_EQ(thread.ask(*by_cookie, there.view()).value, "u1");
  EXPECT_EQ(service.requests().size(), 1U);
  EXPECT_THAT(service.requests()[0], Not(HasSubstr("X-Original")));

  how.forward = {"cookie", "x-original-uri"};
  const SourcePtr by_uri = make_http_source(how, board);
  thread.ask(*by_uri, here.view());
  thread.ask(*by_uri, there.view());
  EXPECT_EQ(service.requests().size(), 3U);
  EXPECT_THAT(service.requests()[2], HasSubstr("\r\nX-Original-URI: /there\r\n"));
}

TEST_F(HttpSourceTest, AnswersAreKeptRefusalsToo) {
  config::HttpSourceConfig how = config();
  how.cache = kForEver;
  const SourcePtr holds_the_cache = make_http_source(how, board);
  service.answer_with([](const std::string& request) {
    return request.find("good") != request.npos ? answered(200, {}, "X-User-Id: u1\r\n")
                                                : answered(403, "no");
  });

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(how, "Cookie: good\r\n").value, "u1");
    const SourceValue refused = ask(how, "Cookie: bad\r\n");
    EXPECT_EQ(refused.refusal.status, 403);
    EXPECT_EQ(refused.extras->body, "no");
  }
  EXPECT_EQ(service.requests().size(), 2U);
  EXPECT_EQ(metrics().lookup_cache_hits.value(), 4U);
}

TEST_F(HttpSourceTest, FailuresAreNotKept) {
  config::HttpSourceConfig how = config();
  how.cache = kForEver;
  const SourcePtr source = make_http_source(how, board);
  const ParsedRequest request{"/"};
  service.answer_with([](const std::string&) { return answered(500); });
  EXPECT_EQ(thread.ask(*source, request.view()).kind, Kind::refused);

  answer_uid("u2");

  EXPECT_EQ(thread.ask(*source, request.view()).value, "u2");
}

TEST_F(HttpSourceTest, AnAnswerIsGoodForItsTime) {
  config::HttpSourceConfig how = config();
  how.cache = milliseconds{40};
  const SourcePtr source = make_http_source(how, board);
  const ParsedRequest request{"/"};
  thread.ask(*source, request.view());
  answer_uid("u2");

  EXPECT_TRUE(thread.run_until([&] { return thread.ask(*source, request.view()).value == "u2"; }));
}

TEST_F(HttpSourceTest, AClientThatGoesTakesItsQuestionWithIt) {
  hang();
  const SourcePtr source = make_http_source(config(), board);
  const ParsedRequest request{"/"};
  Waiting waiting;
  waiting.add(source->look(thread.on_this_thread(request.view())));
  waiting.add(source->look(thread.on_this_thread(request.view())));
  ASSERT_TRUE(thread.run_until([&] { return service.requests().size() == 1; }));

  waiting.give_up(0);
  thread.settle();
  EXPECT_EQ(service.open_connections(), 1U);
  waiting.give_up(0);

  EXPECT_TRUE(thread.run_until([&] { return service.open_connections() == 0; }));
  answer_uid("u3");
  EXPECT_EQ(thread.ask(*source, request.view()).value, "u3");
}

TEST_F(HttpSourceTest, ATaskThatIsNeverStartedLeavesNothingBehind) {
  hang();
  const SourcePtr source = make_http_source(config(), board);
  const ParsedRequest request{"/"};
  { const SourceValue unused = source->look(thread.on_this_thread(request.view())); }
  answer_uid("u4");

  EXPECT_EQ(thread.ask(*source, request.view()).value, "u4");
}

TEST_F(HttpSourceTest, AReloadKeepsWhatIsKnownIfTheSourceIsTheSame) {
  config::HttpSourceConfig how = config();
  how.cache = kForEver;
  const ParsedRequest request{"/"};
  SourcePtr before = make_http_source(how, board);
  thread.ask(*before, request.view());

  const SourcePtr after = make_http_source(how, board);
  before.reset();
  EXPECT_EQ(thread.ask(*after, request.view()).value, "u1");
  EXPECT_EQ(service.requests().size(), 1U);
  EXPECT_EQ(board.size(), 1U);

  how.pass = {"X-Role"};
  thread.ask(*make_http_source(how, board), request.view());
  EXPECT_EQ(service.requests().size(), 2U);
}

TEST_F(HttpSourceTest, DescribesItselfWithoutSecrets) {
  config::HttpSourceConfig how;
  how.url = "https://user:pass@auth.example/check?key=secret";

  EXPECT_EQ(make_http_source(how, board)->describe(), "http \"https://auth.example/check\"");
  EXPECT_FALSE(make_http_source(how, board)->is_claim());
}

}  // namespace
}  // namespace pushgate::agent
