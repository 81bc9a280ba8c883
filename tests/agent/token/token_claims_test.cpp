// What a genuine token must say: times, issuer, audience, and who the user is.

#include <chrono>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "agent/token/token_maker.hpp"
#include "agent/token/token_verifier.hpp"

namespace pushgate::agent {

void PrintTo(TokenFault fault, std::ostream* out);

namespace {

using std::chrono::milliseconds;

constexpr WallTime kNow{std::chrono::seconds{1'000'000}};

TokenVerdict judge(std::string_view payload, TokenPolicy policy, WallTime now = kNow) {
  static const auto keys = KeySet::from_secret(kSecret, {}).keys;
  TokenVerifier verifier{keys, std::move(policy)};
  TokenVerdict verdict = verifier.verify(token_of(payload), now);
  verdict.claims = {};  // the verifier is gone
  return verdict;
}

TokenFault fault_of(std::string_view payload, TokenPolicy policy, WallTime now = kNow) {
  return judge(payload, std::move(policy), now).fault;
}

TokenPolicy timeless() { return {.require_expiry = false}; }

TEST(TokenClaims, ExpireWithTheLeeway) {
  const TokenPolicy policy{.leeway = milliseconds{2'000}};
  constexpr WallTime kExpiry{std::chrono::seconds{500}};
  const std::string_view payload = R"({"exp":500})";

  EXPECT_EQ(fault_of(payload, policy, kExpiry), TokenFault::none);
  EXPECT_EQ(fault_of(payload, policy, kExpiry + milliseconds{1'999}), TokenFault::none);
  EXPECT_EQ(fault_of(payload, policy, kExpiry + milliseconds{2'000}), TokenFault::expired);
  EXPECT_EQ(judge(payload, policy, kExpiry).expires, kExpiry + milliseconds{2'000});
  EXPECT_EQ(judge("{}", timeless()).expires, WallTime::max());
}

TEST(TokenClaims, AreNotValidBeforeTheirTime) {
  const TokenPolicy policy{.leeway = milliseconds{2'000}, .require_expiry = false};
  constexpr WallTime kStart{std::chrono::seconds{500}};

  EXPECT_EQ(fault_of(R"({"nbf":500})", policy, kStart - milliseconds{2'000}), TokenFault::none);
  EXPECT_EQ(fault_of(R"({"nbf":500})", policy, kStart - milliseconds{2'001}),
            TokenFault::not_yet_valid);
}

TEST(TokenClaims, MayHaveTimesOfAnyNumber) {
  const TokenPolicy exact{.leeway = milliseconds{0}};
  constexpr WallTime kHalf{milliseconds{1'500}};
  EXPECT_EQ(fault_of(R"({"exp":1.5})", exact, kHalf - milliseconds{1}), TokenFault::none);
  EXPECT_EQ(fault_of(R"({"exp":1.5})", exact, kHalf), TokenFault::expired);
  EXPECT_EQ(fault_of(R"({"exp":1e7})", exact), TokenFault::none);
  for (const std::string_view never :
       {"1e300", "18446744073709551615", "99999999999999999999999"}) {
    EXPECT_EQ(fault_of(R"({"exp":)" + std::string{never} + '}', exact), TokenFault::none) << never;
    EXPECT_EQ(fault_of(R"({"exp":2000000,"nbf":)" + std::string{never} + '}', exact),
              TokenFault::not_yet_valid)
        << never;
  }
  for (const std::string_view past : {"0", "-1", "-1e300", "-9223372036854775808", "-0.5"}) {
    EXPECT_EQ(fault_of(R"({"exp":)" + std::string{past} + '}', exact), TokenFault::expired) << past;
  }
  EXPECT_EQ(fault_of(R"({"exp":1e999})", exact), TokenFault::bad_payload);
  EXPECT_EQ(fault_of(R"({"exp":NaN})", exact), TokenFault::bad_payload);
}

TEST(TokenClaims, MustHaveTimesThatAreNumbers) {
  for (const std::string_view name : {"exp", "nbf"}) {
    for (const std::string_view odd : {R"("2000000")", "null", "true", "[2000000]", "{}", "\"\""}) {
      EXPECT_EQ(fault_of("{\"" + std::string{name} + "\":" + std::string{odd} + '}', timeless()),
                TokenFault::bad_claim)
          << name << ' ' << odd;
    }
  }
  EXPECT_EQ(fault_of("{}", {}), TokenFault::missing_expiry);
  EXPECT_EQ(fault_of("{}", timeless()), TokenFault::none);
  EXPECT_EQ(fault_of(R"({"x":{"exp":2000000}})", {}), TokenFault::missing_expiry);
}

TEST(TokenClaims, MustComeFromAKnownIssuer) {
  TokenPolicy policy = timeless();
  policy.issuers = {"a", "b"};
  EXPECT_EQ(fault_of(R"({"iss":"b"})", policy), TokenFault::none);
  EXPECT_EQ(fault_of(R"({"iss":"B"})", policy), TokenFault::wrong_issuer);
  EXPECT_EQ(fault_of(R"({"iss":""})", policy), TokenFault::wrong_issuer);
  EXPECT_EQ(fault_of("{}", policy), TokenFault::wrong_issuer);
  EXPECT_EQ(fault_of(R"({"x":{"iss":"b"}})", policy), TokenFault::wrong_issuer);
  EXPECT_EQ(fault_of(R"({"iss":["b"]})", policy), TokenFault::bad_claim);
  EXPECT_EQ(fault_of(R"({"iss":1})", policy), TokenFault::bad_claim);
  EXPECT_EQ(fault_of(R"({"iss":1})", timeless()), TokenFault::none);
}

TEST(TokenClaims, MustBeForOneOfTheAudiences) {
  TokenPolicy policy = timeless();
  policy.audiences = {"chat", "push"};
  EXPECT_EQ(fault_of(R"({"aud":"push"})", policy), TokenFault::none);
  EXPECT_EQ(fault_of(R"({"aud":["x","chat","y"]})", policy), TokenFault::none);
  EXPECT_EQ(fault_of(R"({"aud":["x"],"sub":"chat"})", policy), TokenFault::wrong_audience);
  EXPECT_EQ(fault_of(R"({"aud":[]})", policy), TokenFault::wrong_audience);
  EXPECT_EQ(fault_of(R"({"aud":"x"})", policy), TokenFault::wrong_audience);
  EXPECT_EQ(fault_of("{}", policy), TokenFault::wrong_audience);
  EXPECT_EQ(fault_of(R"({"aud":[["chat"]]})", policy), TokenFault::bad_claim);
  EXPECT_EQ(fault_of(R"({"aud":["chat",1]})", policy), TokenFault::bad_claim);
  EXPECT_EQ(fault_of(R"({"aud":{"chat":"chat"}})", policy), TokenFault::bad_claim);
  EXPECT_EQ(fault_of(R"({"aud":null})", policy), TokenFault::bad_claim);
  EXPECT_EQ(fault_of(R"({"aud":["x"],"y":["chat"]})", policy), TokenFault::wrong_audience);
}

std::string uid_of(std::string_view payload, std::string claim) {
  TokenPolicy policy = timeless();
  policy.claim = std::move(claim);
  const TokenVerdict verdict = judge(payload, policy);
  return verdict.fault == TokenFault::none ? verdict.uid : std::string{name_of(verdict.fault)};
}

TEST(TokenClaims, SayWhoTheUserIs) {
  EXPECT_EQ(uid_of(R"({"sub":"alice"})", "sub"), "alice");
  EXPECT_EQ(uid_of(R"({"sub":"al\u0069ce \u00fc"})", "sub"), "alice \u00fc");
  EXPECT_EQ(uid_of(R"({"sub":42})", "sub"), "42");
  EXPECT_EQ(uid_of(R"({"sub":-42})", "sub"), "-42");
  EXPECT_EQ(uid_of(R"({"sub":18446744073709551615})", "sub"), "18446744073709551615");
  EXPECT_EQ(uid_of(R"({"exp":2000000})", "exp"), "2000000");
  for (const std::string_view odd :
       {"\"\"", "null", "true", "1.0", "1e3", "[\"a\"]", "{\"a\":\"b\"}", "18446744073709551616"}) {
    EXPECT_EQ(uid_of(R"({"sub":)" + std::string{odd} + '}', "sub"), "missing_claim") << odd;
  }
  EXPECT_EQ(uid_of(R"({"Sub":"alice","x":{"sub":"alice"}})", "sub"), "missing_claim");
}

TEST(TokenClaims, SayItInsideOfObjectsToo) {
  EXPECT_EQ(uid_of(R"({"user":{"name":"x","id":7,"y":{}},"id":8})", "user.id"), "7");
  EXPECT_EQ(uid_of(R"({"a":{"b":{"c":"deep"}}})", "a.b.c"), "deep");
  EXPECT_EQ(uid_of(R"({"a":{"x":{"b":"no"},"b":"yes"}})", "a.b"), "yes");
  EXPECT_EQ(uid_of(R"({"x":{"a":{"b":"no"}}})", "a.b"), "missing_claim");
  EXPECT_EQ(uid_of(R"({"a":[{"b":"no"}]})", "a.b"), "missing_claim");
  EXPECT_EQ(uid_of(R"({"a":"no","b":"no"})", "a.b"), "missing_claim");
  EXPECT_EQ(uid_of(R"({"a":{"b":{"b":"no"}}})", "a.b"), "missing_claim");
  EXPECT_EQ(uid_of(R"({"a":{},"b":"no"})", "a.b"), "missing_claim");
}

TEST(TokenClaims, MayHaveNamesWithDots) {
  EXPECT_EQ(uid_of(R"({"https://example.com/uid":"alice"})", "https://example.com/uid"), "alice");
  EXPECT_EQ(uid_of(R"({"a":{"b":"x"},"a.b":"alice"})", "a.b"), "alice");
  EXPECT_EQ(uid_of(R"({"a.b":"alice","a":{"b":"x"}})", "a.b"), "alice");
  EXPECT_EQ(uid_of(R"({"a":{"b":"x"},"a.b":true})", "a.b"), "missing_claim");
}

TEST(TokenClaims, SayNothingTwiceThatIsLookedAt) {
  EXPECT_EQ(uid_of(R"({"sub":"a","sub":"b"})", "sub"), "duplicate_member");
  EXPECT_EQ(uid_of(R"({"sub":"a","s\u0075b":"a"})", "sub"), "duplicate_member");
  EXPECT_EQ(uid_of(R"({"a":{"b":"x"},"a":{"b":"y"}})", "a.b"), "duplicate_member");
  EXPECT_EQ(uid_of(R"({"a":{"b":"x","b":"y"}})", "a.b"), "duplicate_member");
  EXPECT_EQ(uid_of(R"({"a":1,"a":{"b":"y"}})", "a.b"), "duplicate_member");
  EXPECT_EQ(uid_of(R"({"sub":"a","exp":2000000,"exp":3000000})", "sub"), "duplicate_member");
  EXPECT_EQ(uid_of(R"({"sub":"a","x":1,"x":2})", "sub"), "a");
}

TEST(TokenClaims, AreAJsonObject) {
  for (const std::string_view payload :
       {"", "Payload", "[]", "[{}]", "1", "-1", "1.5", "null", "true", "\"x\"", "{", "{}{}",
        "{\"sub\":\"a\",}", "{\"sub\":\"\xff\"}", "{sub:1}", "\xef\xbb\xbf{}"}) {
    EXPECT_EQ(fault_of(payload, timeless()), TokenFault::bad_payload) << payload;
  }
  EXPECT_EQ(
      fault_of(R"({"x":)" + std::string(3'000, '[') + std::string(3'000, ']') + '}', timeless()),
      TokenFault::none)
      << "depth costs no stack";
}

}  // namespace
}  // namespace pushgate::agent
