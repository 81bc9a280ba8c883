// Keys behind a URL: fetched once, kept, refreshed, and waited for. With a real server.

#include "agent/token/remote_keys.hpp"

#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/identity/parsed_request.hpp"
#include "agent/token/token_maker.hpp"
#include "agent/token/token_source.hpp"
#include "support/scripted_service.hpp"
#include "support/source_thread.hpp"
#include "support/started_task.hpp"

namespace pushgate::agent {
namespace {

using config::TokenKeyConfig;
using config::TokenSourceConfig;
using Kind = SourceValue::Kind;
using std::chrono::hours;
using std::chrono::milliseconds;
using test::ServiceAnswer;
using test::TestSourceThread;

const std::string kSecretOne = "the first secret, of 32 bytes and more";
const std::string kSecretTwo = "the second secret, of 32 bytes and more";

std::string jwk(const std::string& id, const std::string& secret) {
  return R"({"kty":"oct","kid":")" + id + R"(","k":")" + base64url(secret) + "\"}";
}
std::string jwks(const std::string& keys) { return "{\"keys\":[" + keys + "]}"; }
std::string token_with(const std::string& id, const std::string& secret) {
  return make_token(R"({"alg":"HS256","kid":")" + id + "\"}", R"({"sub":"alice","exp":4102444800})",
                    secret);
}

const std::string kTokenOne = token_with("one", kSecretOne);
const std::string kTokenTwo = token_with("two", kSecretTwo);

class RemoteKeysTest : public testing::Test {
 protected:
  RemoteKeysTest() { publish(jwks(jwk("one", kSecretOne))); }

  void publish(const std::string& text) {
    service.answer_with([text](const std::string&) { return test::answered(200, text); });
  }
  void fail(int status = 500) {
    service.answer_with([status](const std::string&) { return test::answered(status, "{}"); });
  }
  TokenSourceConfig config(milliseconds refresh = hours{1}) const {
    TokenSourceConfig made;
    made.keys.push_back(
        {.kind = TokenKeyConfig::Kind::jwks_url, .text = service.url("/keys"), .refresh = refresh});
    return made;
  }
  SourcePtr source_of(const TokenSourceConfig& made, KeyBoard& board) const {
    std::string fault;
    return make_token_source(made, board, 2, fault);
  }
  static std::string said(const SourceValue& value) {
    return value.kind == Kind::refused ? std::string{value.refusal.rule} : value.value;
  }
  /// Asked by thread one, waiting if need be.
  std::string ask(const IdentitySource& source, const std::string& token) {
    const ParsedRequest request{"/", "Authorization: Bearer " + token + "\r\n"};
    return said(one.ask(source, one.on_this_thread(request.view())));
  }
  /// Answered at once, or "later".
  std::string ask_now(const IdentitySource& source, const std::string& token) {
    const ParsedRequest request{"/", "Authorization: Bearer " + token + "\r\n"};
    const SourceValue value = source.look(one.on_this_thread(request.view()));
    return value.kind == Kind::later ? "later" : said(value);
  }
  /// Turns the loop until so many requests have come in and their answers had their effect.
  bool fetched(std::size_t times) {
    if (!one.run_until([&] { return service.requests().size() == times; })) return false;
    one.settle();
    return true;
  }

  TestSourceThread one;
  test::ScriptedService service{one.io(), [](const std::string&) { return ServiceAnswer{}; }};
};

KeyBoard::Timing eager() {
  return {.unknown_key_interval = Clock::duration::zero(),
          .retry = Clock::duration::zero(),
          .first_retry = Clock::duration::zero()};
}
KeyBoard::Timing patient() {
  return {.wait = hours{1},
          .unknown_key_interval = hours{1},
          .retry = hours{1},
          .first_retry = hours{1}};
}

TEST_F(RemoteKeysTest, AreFetchedByTheFirstRequestAndThenThere) {
  KeyBoard board;
  const SourcePtr source = source_of(config(), board);

  EXPECT_EQ(ask_now(*source, kTokenOne), "later");
  EXPECT_EQ(ask(*source, kTokenOne), "alice");
  EXPECT_EQ(ask_now(*source, kTokenOne), "alice");

  EXPECT_EQ(service.requests().size(), 1u);
  EXPECT_THAT(service.requests().front(), testing::StartsWith("GET /keys HTTP/1.1\r\n"));
  EXPECT_EQ(one.metrics().lookups.value(), 1u);
}

TEST_F(RemoteKeysTest, ServeSignaturesOfPublicKeys) {
  publish(std::string{kJwks});
  KeyBoard board;
  TokenSourceConfig made = config();
  made.leeway = hours{24 * 365 * 100};
  const SourcePtr source = source_of(made, board);
  for (const SignedToken& each : kTokens) {
    EXPECT_EQ(ask(*source, std::string{each.token}), "alice42") << each.algorithm;
  }
  EXPECT_EQ(service.requests().size(), 1u);
}

TEST_F(RemoteKeysTest, AreAskedForOnlyIfTheTokenCouldBeGood) {
  KeyBoard board;
  const SourcePtr source = source_of(config(), board);
  EXPECT_EQ(ask_now(*source, "x"), "invalid_token");
  EXPECT_EQ(ask_now(*source, make_token(R"({"alg":"none"})", "{}")), "invalid_token");
  one.settle();
  EXPECT_EQ(service.requests().size(), 0u);
}

TEST_F(RemoteKeysTest, AreFetchedOnceForAllThreads) {
  KeyBoard board;
  const SourcePtr source = source_of(config(), board);
  TestSourceThread two{{.index = 1}};
  const ParsedRequest request{"/", "Authorization: Bearer " + kTokenOne + "\r\n"};
  SourceValue first = source->look(one.on_this_thread(request.view()));
  SourceValue second = source->look(two.on_this_thread(request.view()));
  ASSERT_EQ(first.kind, Kind::later);
  ASSERT_EQ(second.kind, Kind::later);
  test::StartedTask<SourceValue> waiting_one{std::move(*first.task)};
  test::StartedTask<SourceValue> waiting_two{std::move(*second.task)};

  ASSERT_TRUE(one.run_until([&] { return waiting_one.done(); }));
  EXPECT_FALSE(waiting_two.done()) << "it goes on on its own thread";
  ASSERT_TRUE(two.run_until([&] { return waiting_two.done(); }));

  EXPECT_EQ(waiting_one.take().value, "alice");
  EXPECT_EQ(waiting_two.take().value, "alice");
  EXPECT_EQ(service.requests().size(), 1u);
}

TEST_F(RemoteKeysTest, MayStayAwayAndThenRequestsAreTold) {
  fail();
  KeyBoard board{patient()};
  const SourcePtr source = source_of(config(), board);

  EXPECT_EQ(ask(*source, kTokenOne), "keys_unavailable");
  EXPECT_EQ(ask_now(*source, kTokenOne), "keys_unavailable") << "not before the pause is over";

  EXPECT_EQ(service.requests().size(), 1u);
  EXPECT_EQ(one.metrics().lookup_failures.value(), 1u);
  EXPECT_EQ(one.metrics().tokens_refused.value(), 2u);
  const std::string log = one.logged();
  EXPECT_THAT(log, testing::HasSubstr("no keys for tokens"));
  EXPECT_THAT(log, testing::HasSubstr("status 500"));
}

TEST_F(RemoteKeysTest, AnswerWith503WithoutAChallenge) {
  fail();
  KeyBoard board;
  const SourcePtr source = source_of(config(), board);
  const ParsedRequest request{"/", "Authorization: Bearer " + kTokenOne + "\r\n"};
  const SourceValue value = one.ask(*source, one.on_this_thread(request.view()));
  EXPECT_EQ(value.refusal.status, 503);
  EXPECT_FALSE(value.extras);
}

TEST_F(RemoteKeysTest, ComeBackAfterAFailure) {
  KeyBoard board{eager()};
  const SourcePtr source = source_of(config(), board);
  for (const std::string& garbage : {std::string{"x"}, std::string{"{}"}, jwks(""), jwks("7")}) {
    publish(garbage);
    EXPECT_EQ(ask(*source, kTokenOne), "keys_unavailable") << garbage;
  }
  publish(jwks(jwk("one", kSecretOne)));
  EXPECT_EQ(ask(*source, kTokenOne), "alice");
}

TEST_F(RemoteKeysTest, AreUsedAlthoughOneOfThemIsUnfit) {
  publish(jwks(std::string{kWeakRsaJwk} + ',' + jwk("one", kSecretOne)));
  KeyBoard board;
  const SourcePtr source = source_of(config(), board);
  EXPECT_EQ(ask(*source, kTokenOne), "alice");
  EXPECT_THAT(one.logged(), testing::HasSubstr("1024 bits"));
}

TEST_F(RemoteKeysTest, RotateWhenATokenNamesANewOne) {
  KeyBoard board{eager()};
  const SourcePtr source = source_of(config(), board);
  ASSERT_EQ(ask(*source, kTokenOne), "alice");
  publish(jwks(jwk("two", kSecretTwo)));

  EXPECT_EQ(ask(*source, kTokenTwo), "alice");
  EXPECT_EQ(ask(*source, kTokenOne), "invalid_token") << "its key is gone, remembered or not";
}

TEST_F(RemoteKeysTest, AreFetchedForAnUnknownIdOnlyOnceInAWhile) {
  KeyBoard board{patient()};
  const SourcePtr source = source_of(config(), board);
  ASSERT_EQ(ask(*source, kTokenOne), "alice");

  EXPECT_EQ(ask(*source, kTokenTwo), "invalid_token");
  EXPECT_EQ(service.requests().size(), 2u);
  EXPECT_EQ(ask_now(*source, kTokenTwo), "invalid_token");
  EXPECT_EQ(ask_now(*source, token_with("three", kSecretTwo)), "invalid_token");

  EXPECT_EQ(ask_now(*source, kTokenOne), "alice");
  EXPECT_EQ(service.requests().size(), 2u);
}

TEST_F(RemoteKeysTest, AreNotFetchedForABadSignatureOfAKnownKey) {
  KeyBoard board{eager()};
  const SourcePtr source = source_of(config(), board);
  ASSERT_EQ(ask(*source, kTokenOne), "alice");
  EXPECT_EQ(ask_now(*source, token_with("one", kSecretTwo)), "invalid_token");
}

TEST_F(RemoteKeysTest, AreRefreshedBehindTheRequestsBack) {
  KeyBoard board{eager()};
  const SourcePtr source = source_of(config(milliseconds{0}), board);
  ASSERT_EQ(ask(*source, kTokenOne), "alice");
  publish(jwks(jwk("two", kSecretTwo)));

  EXPECT_EQ(ask_now(*source, kTokenOne), "alice") << "nobody waits for a refresh";
  ASSERT_TRUE(fetched(2));

  ASSERT_TRUE(one.run_until([&] { return ask_now(*source, kTokenTwo) == "alice"; }));
}

TEST_F(RemoteKeysTest, AreKeptWhenARefreshFails) {
  KeyBoard board{eager()};
  const SourcePtr source = source_of(config(milliseconds{0}), board);
  ASSERT_EQ(ask(*source, kTokenOne), "alice");
  fail();
  for (std::size_t times = 2; times < 5; ++times) {
    EXPECT_EQ(ask_now(*source, kTokenOne), "alice");
    ASSERT_TRUE(one.run_until([&] {
      ask_now(*source, kTokenOne);
      return one.metrics().lookup_failures.value() >= times - 1;
    }));
  }
  service.stop();
  const std::uint64_t before = one.metrics().lookup_failures.value();
  ASSERT_TRUE(one.run_until([&] {
    EXPECT_EQ(ask_now(*source, kTokenOne), "alice");
    return one.metrics().lookup_failures.value() > before + 1;
  }));
}

TEST_F(RemoteKeysTest, KeepWhatWasVerifiedIfARefreshBringsTheSame) {
  KeyBoard board{eager()};
  const SourcePtr source = source_of(config(milliseconds{0}), board);
  ASSERT_EQ(ask(*source, kTokenOne), "alice");
  ASSERT_TRUE(one.run_until([&] {
    ask_now(*source, kTokenOne);
    return service.requests().size() >= 4;
  }));
  EXPECT_EQ(one.metrics().tokens_verified.value(), 1u);
}

TEST_F(RemoteKeysTest, OutliveTheConfiguration) {
  KeyBoard board;
  ASSERT_EQ(ask(*source_of(config(), board), kTokenOne), "alice");
  service.stop();

  const SourcePtr reloaded = source_of(config(), board);

  EXPECT_EQ(ask_now(*reloaded, kTokenOne), "alice");
}

TEST_F(RemoteKeysTest, AreLimitedToTheIdAndAlgorithmOfTheConfiguration) {
  publish(jwks(jwk("one", kSecretOne) + ',' + jwk("two", kSecretTwo)));
  KeyBoard board{patient()};
  TokenSourceConfig named = config();
  named.keys.front().key_id = "two";
  TokenSourceConfig other = config();
  other.keys.front().algorithm = "HS384";
  const SourcePtr only_two = source_of(named, board);
  const SourcePtr only_384 = source_of(other, board);

  EXPECT_EQ(ask(*only_two, kTokenTwo), "alice");
  EXPECT_EQ(ask(*only_two, kTokenOne), "invalid_token");
  EXPECT_EQ(ask(*only_384, kTokenTwo), "invalid_token");
}

TEST_F(RemoteKeysTest, StandBesideKeysOfThisMachine) {
  fail();
  KeyBoard board{patient()};
  TokenSourceConfig made = config();
  made.keys.push_back({.text = kSecretTwo, .key_id = "two"});
  const SourcePtr source = source_of(made, board);

  EXPECT_EQ(ask_now(*source, kTokenTwo), "alice") << "needs nothing from elsewhere";
  EXPECT_EQ(ask(*source, kTokenOne), "keys_unavailable");
}

TEST_F(RemoteKeysTest, AreNotWaitedForForever) {
  service.answer_with([](const std::string&) { return ServiceAnswer{.hold_back = true}; });
  KeyBoard::Timing timing;
  timing.wait = milliseconds{30};
  KeyBoard board{timing};
  const SourcePtr source = source_of(config(), board);

  EXPECT_EQ(ask(*source, kTokenOne), "keys_unavailable");
}

TEST_F(RemoteKeysTest, MayComeAfterTheRequestHasGone) {
  KeyBoard board{patient()};
  const SourcePtr source = source_of(config(), board);
  const ParsedRequest request{"/", "Authorization: Bearer " + kTokenOne + "\r\n"};
  {
    SourceValue value = source->look(one.on_this_thread(request.view()));
    ASSERT_EQ(value.kind, Kind::later);
    const test::StartedTask<SourceValue> waiting{std::move(*value.task)};
  }
  ASSERT_TRUE(one.run_until([&] { return ask_now(*source, kTokenOne) == "alice"; }));
  EXPECT_EQ(service.requests().size(), 1u);
}

TEST_F(RemoteKeysTest, AreFetchedByAnotherThreadIfTheFirstEnds) {
  KeyBoard board;
  const SourcePtr source = source_of(config(), board);
  const ParsedRequest request{"/", "Authorization: Bearer " + kTokenOne + "\r\n"};
  {
    TestSourceThread two{{.index = 1}};
    EXPECT_EQ(source->look(two.on_this_thread(request.view())).kind, Kind::later);
  }
  EXPECT_EQ(ask(*source, kTokenOne), "alice");
}

TEST_F(RemoteKeysTest, AreSharedByThreadsThatReallyRun) {
  KeyBoard board{eager()};
  const SourcePtr source = source_of(config(milliseconds{0}), board);
  ASSERT_EQ(ask(*source, kTokenOne), "alice");
  std::size_t found = 0;
  std::thread other{[&] {
    TestSourceThread two{{.index = 1}};
    const ParsedRequest request{"/", "Authorization: Bearer " + kTokenOne + "\r\n"};
    for (int i = 0; i < 2'000; ++i) {
      found += source->look(two.on_this_thread(request.view())).value == "alice" ? 1 : 0;
      if (i % 50 == 0) two.settle();
    }
  }};
  bool flip = false;
  for (int i = 0; i < 200; ++i) {
    publish(jwks(jwk("one", kSecretOne) + (flip ? "," + jwk("two", kSecretTwo) : "")));
    flip = !flip;
    EXPECT_EQ(ask(*source, kTokenOne), "alice");
    one.settle();
  }
  other.join();
  EXPECT_EQ(found, 2'000u);
}

}  // namespace
}  // namespace pushgate::agent
