#include "pushgate/agent/identity/identity_chain.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "agent/identity/evaluate_now.hpp"
#include "agent/identity/parsed_request.hpp"

namespace pushgate::agent {
namespace {

using config::IdentityConfig;
using Source = config::IdentitySourceConfig;
using Kind = Source::Kind;

IdentityConfig uid_from(std::vector<Source> sources) {
  IdentityConfig config;
  config.uid = std::move(sources);
  return config;
}

/// "product/uid" of an accepted request, "status rule" of a refused one.
std::string answer(const IdentityConfig& config, const std::string& target,
                   const std::string& fields = {}) {
  const ParsedRequest request{target, fields};
  const IdentityVerdict verdict = evaluate_now(IdentityChain{config}, request.view());
  if (verdict.identity) return verdict.identity->product() + '/' + verdict.identity->uid();
  return std::to_string(verdict.refusal.status) + ' ' + std::string{verdict.refusal.rule};
}
std::string default_answer(const std::string& target, const std::string& fields = {}) {
  return answer({}, target, fields);
}

// ---- the defaults
// --------------------------------------------------------------------------------

TEST(IdentityChainDefaults, TakeTheUidFromTheCookie) {
  EXPECT_EQ(default_answer("/", "Cookie: theme=dark; uid=alice; lang=de\r\n"), "default/alice");
}

TEST(IdentityChainDefaults, TakeTheUidFromTheQueryWithoutACookie) {
  EXPECT_EQ(default_answer("/socket.io/?EIO=4&uid=alice&transport=polling"), "default/alice");
}

TEST(IdentityChainDefaults, TakeTheProductFromTheQuery) {
  EXPECT_EQ(default_answer("/?product=test&uid=alice"), "test/alice");
}

TEST(IdentityChainDefaults, TakeTheProductDefaultWithoutOne) {
  EXPECT_EQ(default_answer("/?product=&uid=alice"), "default/alice");
}

TEST(IdentityChainDefaults, RefuseARequestWithoutUid) {
  EXPECT_EQ(default_answer("/?product=test", "Cookie: theme=dark\r\n"), "430 missing_uid");
}

TEST(IdentityChainDefaults, CompareNamesOfCookiesAndParametersWithCase) {
  EXPECT_EQ(default_answer("/?UID=alice", "Cookie: Uid=alice\r\n"), "430 missing_uid");
}

TEST(IdentityChainDefaults, TellWhichRuleDecided) {
  const ParsedRequest request{"/?uid=alice&product=test"};

  const IdentityVerdict verdict = evaluate_now(IdentityChain{IdentityConfig{}}, request.view());

  EXPECT_EQ(verdict.uid_source, 1);
  EXPECT_EQ(verdict.product_source, 0);
}

// ---- a missing uid
// -------------------------------------------------------------------------------

TEST(IdentityChainMissingUid, IsWhatAnEmptyValueMeans) {
  EXPECT_EQ(default_answer("/?uid=", "Cookie: uid=\r\n"), "430 missing_uid");
  EXPECT_EQ(default_answer("/?uid", "Cookie: uid=\"\"\r\n"), "430 missing_uid");
}

TEST(IdentityChainMissingUid, LetsTheNextSourceSpeak) {
  EXPECT_EQ(default_answer("/?uid=alice", "Cookie: uid=\r\n"), "default/alice");
  EXPECT_EQ(default_answer("/?uid=&uid=alice"), "default/alice");
}

TEST(IdentityChainMissingUid, IsAnsweredWithTheConfiguredStatus) {
  IdentityConfig config;
  config.missing_uid_status = 401;

  EXPECT_EQ(answer(config, "/"), "401 missing_uid");
}

TEST(IdentityChainMissingUid, FallsBackToTheClientsAddressIfAsked) {
  IdentityConfig config;
  config.missing_uid = IdentityConfig::MissingUid::client_ip;
  const ParsedRequest request{"/"};

  const IdentityVerdict verdict = evaluate_now(IdentityChain{config}, request.view());

  ASSERT_TRUE(verdict.identity);
  EXPECT_EQ(verdict.identity->uid(), "192.0.2.7");
  EXPECT_EQ(verdict.uid_source, IdentityVerdict::kNoSource);
}

TEST(IdentityChainMissingUid, DoesNotExcuseAnInvalidOneByTheFallback) {
  IdentityConfig config;
  config.missing_uid = IdentityConfig::MissingUid::client_ip;

  EXPECT_EQ(answer(config, "/?uid=%00"), "400 invalid_uid");
}

// ---- decoding
// ------------------------------------------------------------------------------------

TEST(IdentityChainDecoding, HappensExactlyOnce) {
  EXPECT_EQ(default_answer("/?uid=%2541"), "default/%41");
  EXPECT_EQ(default_answer("/", "Cookie: uid=%2541\r\n"), "default/%41");
  EXPECT_EQ(answer(uid_from({{Kind::header, "x-user-id"}}), "/", "X-User-Id: %2541\r\n"),
            "default/%41");
  EXPECT_EQ(answer(uid_from({{Kind::path, "^/u/(?P<v>[^/]+)/"}}), "/u/%2541/x"), "default/%41");
}

TEST(IdentityChainDecoding, TakesAPlusForASpaceOnlyInTheQuery) {
  EXPECT_EQ(default_answer("/?uid=a+b"), "default/a b");
  EXPECT_EQ(default_answer("/", "Cookie: uid=a+b\r\n"), "default/a+b");
  EXPECT_EQ(answer(uid_from({{Kind::path, "^/u/(?P<v>[^/]+)/"}}), "/u/a+b/"), "default/a+b");
  EXPECT_EQ(answer(uid_from({{Kind::header, "x-user-id"}}), "/", "X-User-Id: a+b\r\n"),
            "default/a+b");
}

TEST(IdentityChainDecoding, RefusesAPercentSignThatEncodesNothing) {
  for (const std::string value : {"%", "a%4", "%zz", "%%41", "100%"}) {
    EXPECT_EQ(default_answer("/?uid=" + value), "400 invalid_uid") << value;
    EXPECT_EQ(default_answer("/", "Cookie: uid=" + value + "\r\n"), "400 invalid_uid") << value;
    EXPECT_EQ(answer(uid_from({{Kind::header, "x-user-id"}}), "/", "X-User-Id: " + value + "\r\n"),
              "400 invalid_uid")
        << value;
  }
}

TEST(IdentityChainDecoding, RefusesSpacesAtTheEndsOfAUid) {
  EXPECT_EQ(default_answer("/?uid=%20alice"), "400 invalid_uid");
  EXPECT_EQ(default_answer("/?uid=alice+"), "400 invalid_uid");
  EXPECT_EQ(default_answer("/?uid=al+ice"), "default/al ice");
}

TEST(IdentityChainDecoding, TakesOnePairOfQuotesOffACookie) {
  EXPECT_EQ(default_answer("/", "Cookie: uid=\"alice\"\r\n"), "default/alice");
}

TEST(IdentityChainDecoding, KeepsACommaInACookie) {
  EXPECT_EQ(default_answer("/", "Cookie: uid=a,uid=b\r\n"), "default/a,uid=b");
}

// ---- what a value may be
// -------------------------------------------------------------------------

TEST(IdentityChainValidity, AcceptsUtf8OfUpTo256Bytes) {
  EXPECT_EQ(default_answer("/?uid=j%C3%BCrgen"), "default/j\xc3\xbcrgen");
  EXPECT_EQ(default_answer("/?uid=" + std::string(256, 'x')), "default/" + std::string(256, 'x'));
}

TEST(IdentityChainValidity, RefusesMoreThan256Bytes) {
  EXPECT_EQ(default_answer("/?uid=" + std::string(257, 'x')), "400 invalid_uid");
}

TEST(IdentityChainValidity, CountsDecodedBytes) {
  std::string encoded;
  for (int i = 0; i < 256; ++i) encoded += "%41";

  EXPECT_EQ(default_answer("/?uid=" + encoded), "default/" + std::string(256, 'A'));
}

TEST(IdentityChainValidity, RefusesControlCharactersAndBrokenUtf8) {
  for (const std::string value :
       {"%00", "a%0d%0ab", "%1f", "%7f", "%c2%80", "%ff", "%c0%af", "%ed%a0%80", "%e2%82"}) {
    EXPECT_EQ(default_answer("/?uid=" + value), "400 invalid_uid") << value;
  }
}

TEST(IdentityChainValidity, RefusesAProductOfOtherCharacters) {
  EXPECT_EQ(default_answer("/?uid=a&product=a%20b"), "400 invalid_product");
  EXPECT_EQ(default_answer("/?uid=a&product=%zz"), "400 invalid_product");
  EXPECT_EQ(default_answer("/?uid=a&product=" + std::string(65, 'p')), "400 invalid_product");
}

TEST(IdentityChainValidity, TakesInheritedJavaScriptNamesForNames) {
  EXPECT_EQ(default_answer("/?uid=a&product=__proto__"), "__proto__/a");
}

// ---- contradictions
// ------------------------------------------------------------------------------

TEST(IdentityChainConflict, IsTwoCookiesThatDiffer) {
  EXPECT_EQ(default_answer("/", "Cookie: uid=a; uid=b\r\n"), "400 conflicting_uid");
  EXPECT_EQ(default_answer("/", "Cookie: uid=a\r\nCookie: uid=b\r\n"), "400 conflicting_uid");
}

TEST(IdentityChainConflict, IsTwoParametersThatDiffer) {
  EXPECT_EQ(default_answer("/?uid=a&uid=b"), "400 conflicting_uid");
  EXPECT_EQ(default_answer("/?uid=a&%75id=b"), "400 conflicting_uid");
}

TEST(IdentityChainConflict, IsACookieAndAParameterThatDiffer) {
  EXPECT_EQ(default_answer("/?uid=b", "Cookie: uid=a\r\n"), "400 conflicting_uid");
}

TEST(IdentityChainConflict, IsTwoHeadersThatDiffer) {
  const IdentityConfig config = uid_from({{Kind::header, "x-user-id"}});

  EXPECT_EQ(answer(config, "/", "X-User-Id: a\r\nx-user-id: b\r\n"), "400 conflicting_uid");
}

TEST(IdentityChainConflict, IsAPathAndAParameterThatDiffer) {
  const IdentityConfig config = uid_from({{Kind::query, "uid"}, {Kind::path, "^/u/(?P<v>[^/]+)/"}});

  EXPECT_EQ(answer(config, "/u/a/?uid=b"), "400 conflicting_uid");
  EXPECT_EQ(answer(config, "/u/a/?uid=a"), "default/a");
}

TEST(IdentityChainConflict, IsAlsoAMalformedSecondValue) {
  EXPECT_EQ(default_answer("/?uid=%zz", "Cookie: uid=a\r\n"), "400 conflicting_uid");
}

TEST(IdentityChainConflict, IsTwoProductsThatDiffer) {
  EXPECT_EQ(default_answer("/?uid=a&product=x&product=y"), "400 conflicting_product");
}

TEST(IdentityChainConflict, IsNoneBetweenTwoSpellingsOfOneValue) {
  EXPECT_EQ(default_answer("/?uid=a%40b&uid=a@b", "Cookie: uid=%61@b; uid=\"a@b\"\r\n"),
            "default/a@b");
}

TEST(IdentityChainConflict, IsNoneWithAnEmptyValue) {
  EXPECT_EQ(default_answer("/?uid=", "Cookie: uid=a; uid=\r\n"), "default/a");
}

TEST(IdentityChainConflict, IsNoneWithWhatIsNoClaimOfTheRequest) {
  const Source address{Kind::client_ip, ""};
  const Source constant{Kind::constant, "everyone"};
  const Source cookie{Kind::cookie, "uid"};

  EXPECT_EQ(answer(uid_from({cookie, address, constant}), "/", "Cookie: uid=a\r\n"), "default/a");
  EXPECT_EQ(answer(uid_from({constant, cookie}), "/", "Cookie: uid=a\r\n"), "default/everyone");
  EXPECT_EQ(answer(uid_from({address, cookie}), "/", "Cookie: uid=a\r\n"), "default/192.0.2.7");
}

// ---- the other sources
// ---------------------------------------------------------------------------

TEST(HeaderSource, ComparesNamesWithoutCase) {
  EXPECT_EQ(answer(uid_from({{Kind::header, "x-user-id"}}), "/", "X-USER-ID: alice\r\n"),
            "default/alice");
}

TEST(HeaderSource, DoesNotTakeAnUnderscoreForAHyphen) {
  EXPECT_EQ(answer(uid_from({{Kind::header, "x-user-id"}}), "/", "X_User_Id: alice\r\n"),
            "430 missing_uid");
}

TEST(HeaderSource, FindsAFieldThatTheProxyItselfKnows) {
  EXPECT_EQ(answer(uid_from({{Kind::header, "user-agent"}}), "/", "User-Agent: probe/1\r\n"),
            "default/probe/1");
}

TEST(PathSource, SearchesThePathWithoutItsQuery) {
  const IdentityConfig config = uid_from({{Kind::path, "/u/(?P<v>[^/]+)"}});

  EXPECT_EQ(answer(config, "/app/u/alice"), "default/alice");
  EXPECT_EQ(answer(config, "/app?x=/u/alice"), "430 missing_uid");
}

TEST(PathSource, TakesItsGroupWhereverItStands) {
  const IdentityConfig config =
      uid_from({{Kind::path, "^/(a)?(b)?(c)?(d)?(e)?(f)?(g)?(h)?(i)?(j)?(?P<v>[0-9]+)(?P<w>x)$"}});

  EXPECT_EQ(answer(config, "/aj17x"), "default/17");
}

TEST(PathSource, IsMissingIfItsGroupTookNoPart) {
  const IdentityConfig config = uid_from({{Kind::path, "^/(?:u-(?P<v>[a-z]*)|public)$"}});

  EXPECT_EQ(answer(config, "/public"), "430 missing_uid");
  EXPECT_EQ(answer(config, "/u-"), "430 missing_uid");
}

TEST(PathSource, IsNotHurtByAHostilePath) {
  // Exponential for a backtracking engine; the test ends because RE2 is linear.
  const IdentityConfig config = uid_from({{Kind::path, "^/((a+)+)+(?P<v>b)$"}});

  EXPECT_EQ(answer(config, "/" + std::string(10'000, 'a')), "430 missing_uid");
}

TEST(PathSource, CanTellTheProduct) {
  IdentityConfig config;
  config.product = {{Kind::path, "^/(?P<v>[a-z]+)/"}};

  EXPECT_EQ(answer(config, "/chat/socket.io/?uid=alice"), "chat/alice");
}

TEST(ConstantSource, IsTakenAsItIsWritten) {
  IdentityConfig config = uid_from({{Kind::constant, "100%41"}});
  config.product = {{Kind::constant, "chat"}};

  EXPECT_EQ(answer(config, "/?product=test"), "chat/100%41");
}

TEST(IdentitySources, DescribeThemselves) {
  const IdentityChain chain{uid_from({{Kind::cookie, "uid"},
                                      {Kind::query, "u"},
                                      {Kind::header, "x-user-id"},
                                      {Kind::path, "^/(?P<v>.)"},
                                      {Kind::client_ip, ""},
                                      {Kind::constant, "all"}})};

  std::string all;
  for (const auto& source : chain.uid_sources()) all += source->describe() + '\n';

  EXPECT_EQ(all,
            "cookie \"uid\"\nquery \"u\"\nheader \"x-user-id\"\npath \"^/(?P<v>.)\"\n"
            "client address\nconstant \"all\"\n");
}

}  // namespace
}  // namespace pushgate::agent
