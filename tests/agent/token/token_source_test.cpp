// A token of a request becomes a uid or a refusal. Keys from files.

#include "agent/token/token_source.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/identity/parsed_request.hpp"
#include "agent/token/token_maker.hpp"
#include "support/source_thread.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::agent {
namespace {

using config::TokenKeyConfig;
using config::TokenSourceConfig;
using From = TokenSourceConfig::From;
using Kind = SourceValue::Kind;
using testing::HasSubstr;

const std::string kGood = token_of(R"({"sub":"alice42","exp":4102444800})");
const std::string kOther = token_of(R"({"sub":"bob","exp":4102444800})");
const std::string kExpired = token_of(R"({"sub":"alice42","exp":1000000000})");

TokenSourceConfig secret_config() {
  TokenSourceConfig config;
  config.keys.push_back({.text = std::string{kSecret}});
  return config;
}

class TokenSourceTest : public testing::Test {
 protected:
  SourceValue ask(const TokenSourceConfig& config, const std::string& fields,
                  const std::string& target = "/") {
    std::string fault;
    const SourcePtr source = make_token_source(config, board, 1, fault);
    if (!source) throw std::runtime_error(fault);
    const ParsedRequest request{target, fields};
    return source->look(thread.on_this_thread(request.view()));
  }
  /// The uid, the kind of what is none, or the rule of a refusal.
  std::string said(const TokenSourceConfig& config, const std::string& fields,
                   const std::string& target = "/") {
    const SourceValue value = ask(config, fields, target);
    switch (value.kind) {
      case Kind::found:
        return value.value;
      case Kind::missing:
        return "missing";
      case Kind::malformed:
        return "malformed";
      case Kind::conflicting:
        return "conflicting";
      case Kind::later:
        return "later";
      case Kind::refused:
        return std::string{value.refusal.rule};
    }
    return "nonsense";
  }

  test::TestSourceThread thread;
  KeyBoard board;
  test::TempFolder folder;
};

TEST_F(TokenSourceTest, TakesTheTokenFromAuthorization) {
  const TokenSourceConfig config = secret_config();
  EXPECT_EQ(said(config, "Authorization: Bearer " + kGood + "\r\n"), "alice42");
  EXPECT_EQ(said(config, "authorization: bEARER   " + kGood + "\r\n"), "alice42");
  EXPECT_EQ(said(config, ""), "missing");
  EXPECT_EQ(said(config, "Authorization: Basic YTpi\r\n"), "missing");
  EXPECT_EQ(said(config, "Authorization: Bearer\r\n"), "missing");
  EXPECT_EQ(said(config, "Authorization: Bearers " + kGood + "\r\n"), "missing");
  EXPECT_EQ(said(config, "Authorization: " + kGood + "\r\n"), "missing");
  EXPECT_EQ(said(config, "Authorization: Bearer x\r\n"), "invalid_token");
  EXPECT_EQ(said(config, "Authorization: Bearer " + kGood + " x\r\n"), "invalid_token");
  EXPECT_EQ(said(config, "Cookie: authorization=" + kGood + "\r\n"), "missing");
}

TEST_F(TokenSourceTest, TakesTheTokenFromAnotherHeaderWithOrWithoutTheScheme) {
  TokenSourceConfig config = secret_config();
  config.name = "x-token";
  EXPECT_EQ(said(config, "X-Token: " + kGood + "\r\n"), "alice42");
  EXPECT_EQ(said(config, "X-Token: Bearer " + kGood + "\r\n"), "alice42");
  EXPECT_EQ(said(config, "X_Token: " + kGood + "\r\n"), "missing");
  EXPECT_EQ(said(config, "Authorization: Bearer " + kGood + "\r\n"), "missing");
}

TEST_F(TokenSourceTest, TakesTheTokenFromACookieOrTheQuery) {
  TokenSourceConfig config = secret_config();
  config.from = From::cookie;
  config.name = "token";
  EXPECT_EQ(said(config, "Cookie: a=b; token=" + kGood + "\r\n"), "alice42");
  EXPECT_EQ(said(config, "Cookie: token=\r\n"), "missing");
  EXPECT_EQ(said(config, "Cookie: token=%zz\r\n"), "malformed");
  EXPECT_EQ(said(config, "", "/?token=" + kGood), "missing");
  config.from = From::query;
  EXPECT_EQ(said(config, "", "/?a=b&token=" + kGood), "alice42");
  std::string encoded = kGood;
  encoded.replace(encoded.find('.'), 1, "%2E");
  EXPECT_EQ(said(config, "", "/?token=" + encoded), "alice42");
  encoded.replace(encoded.find("%2E"), 3, "%252E");
  EXPECT_EQ(said(config, "", "/?token=" + encoded), "invalid_token") << "decoded once";
  EXPECT_EQ(said(config, "", "/?token=" + kGood + "%2"), "malformed");
  EXPECT_EQ(said(config, "", "/?token=" + kGood + '+'), "invalid_token");
  EXPECT_EQ(said(config, ""), "missing");
}

TEST_F(TokenSourceTest, SeesTwoTokensAsAConflict) {
  TokenSourceConfig config = secret_config();
  const std::string bearer = "Authorization: Bearer ";
  EXPECT_EQ(said(config, bearer + kGood + "\r\n" + bearer + kOther + "\r\n"), "conflicting");
  EXPECT_EQ(said(config, bearer + kGood + "\r\n" + bearer + kGood + "\r\n"), "alice42");
  config.from = From::query;
  config.name = "t";
  EXPECT_EQ(said(config, "", "/?t=" + kGood + "&t=" + kOther), "conflicting");
  EXPECT_EQ(said(config, "", "/?t=&t=" + kGood + "&t=" + kGood), "alice42");
}

TEST_F(TokenSourceTest, RefusesAsABearerChallenge) {
  const std::string bearer = "Authorization: Bearer ";
  const SourceValue bad = ask(secret_config(), bearer + kGood.substr(1) + "\r\n");
  const SourceValue old = ask(secret_config(), bearer + kExpired + "\r\n");
  const SourceValue nobody =
      ask(secret_config(), bearer + token_of(R"({"exp":4102444800})") + "\r\n");

  for (const SourceValue* const value : {&bad, &old, &nobody}) {
    ASSERT_EQ(value->kind, Kind::refused);
    EXPECT_EQ(value->refusal.status, 401);
    ASSERT_TRUE(value->extras);
    EXPECT_EQ(value->extras->answer_fields, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
  }
  EXPECT_EQ(bad.refusal.rule, "invalid_token");
  EXPECT_EQ(old.refusal.rule, "expired_token");
  EXPECT_EQ(nobody.refusal.rule, "invalid_token");
  EXPECT_EQ(nobody.refusal.message, "The token does not say who the user is.");
  EXPECT_EQ(thread.metrics().tokens_refused.value(), 3u);
  EXPECT_EQ(thread.metrics().tokens_verified.value(), 0u);
}

TEST_F(TokenSourceTest, LogsWhyButNeverTheToken) {
  const std::string forged = kGood.substr(0, kGood.size() - 4) + "AAAA";
  for (int i = 0; i < 100; ++i) ask(secret_config(), "Authorization: Bearer " + forged + "\r\n");
  ask(secret_config(), "Authorization: Bearer " + kExpired + "\r\n");

  const std::string log = thread.logged();

  EXPECT_THAT(log, HasSubstr("reason=bad_signature"));
  EXPECT_THAT(log, testing::Not(HasSubstr("expired")));
  EXPECT_THAT(log, testing::Not(HasSubstr(forged.substr(0, 20))));
  EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 10);
}

TEST_F(TokenSourceTest, VerifiesATokenOnce) {
  std::string fault;
  const SourcePtr source = make_token_source(secret_config(), board, 1, fault);
  const ParsedRequest request{"/", "Authorization: Bearer " + kGood + "\r\n"};

  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(source->look(thread.on_this_thread(request.view())).value, "alice42");
  }

  EXPECT_EQ(thread.metrics().tokens_verified.value(), 1u);
  EXPECT_EQ(thread.metrics().token_cache_hits.value(), 4u);
}

TEST_F(TokenSourceTest, VerifiesEachTimeIfItShallRememberNothing) {
  TokenSourceConfig config = secret_config();
  config.cache_entries = 0;
  std::string fault;
  const SourcePtr source = make_token_source(config, board, 1, fault);
  const ParsedRequest request{"/", "Authorization: Bearer " + kGood + "\r\n"};
  for (int i = 0; i < 3; ++i) source->look(thread.on_this_thread(request.view()));
  EXPECT_EQ(thread.metrics().tokens_verified.value(), 3u);
}

TEST_F(TokenSourceTest, DescribesItself) {
  std::string fault;
  const SourcePtr source = make_token_source(secret_config(), board, 1, fault);
  EXPECT_EQ(source->describe(), "jwt claim \"sub\" of header \"authorization\"");
  EXPECT_FALSE(source->is_claim());
}

TEST_F(TokenSourceTest, ReadsKeysFromFiles) {
  const auto with = [&](TokenKeyConfig::Kind kind, const std::string& content) {
    folder.write("key", content);
    TokenSourceConfig config;
    config.keys.push_back({.kind = kind, .text = folder.file("key")});
    config.leeway = std::chrono::hours{24 * 365 * 100};  // the tokens are old
    return config;
  };
  using Key = TokenKeyConfig::Kind;
  const auto bearer = [](std::size_t index) {
    return "Authorization: Bearer " + std::string{kTokens[index].token} + "\r\n";
  };
  for (const std::string end : {"", "\n", "\r\n"}) {
    EXPECT_EQ(said(with(Key::secret_file, std::string{kSecret} + end), bearer(0)), "alice42");
  }
  EXPECT_EQ(said(with(Key::secret_file, std::string{kSecret} + "\n\n"), bearer(0)),
            "invalid_token");
  EXPECT_EQ(said(with(Key::pem, std::string{kRsaPem}), bearer(3)), "alice42");
  EXPECT_EQ(said(with(Key::pem, std::string{kRsaCertificate}), bearer(6)), "alice42");
  EXPECT_EQ(said(with(Key::jwks_file, std::string{kJwks}), bearer(12)), "alice42");
}

TEST_F(TokenSourceTest, NamesTheFileThatCannotBeUsed) {
  using Key = TokenKeyConfig::Kind;
  const auto fault_with = [&](Key kind, const std::string& file) {
    TokenSourceConfig config = secret_config();
    config.keys.push_back({.kind = kind, .text = file});
    std::string fault;
    EXPECT_FALSE(make_token_source(config, board, 1, fault));
    EXPECT_EQ(find_key_fault(config), fault);
    return fault;
  };
  const std::string file = folder.file("key");
  EXPECT_EQ(fault_with(Key::pem, folder.file("none")),
            folder.file("none") + ": No such file or directory");
  EXPECT_THAT(fault_with(Key::pem, folder.path().string()), HasSubstr("directory"));
  folder.write("key", std::string{kWeakRsaPem});
  EXPECT_EQ(fault_with(Key::pem, file),
            file + ": an RSA key of 1024 bits is too short; 2048 at least");
  folder.write("key", "{\"keys\":[" + std::string{kWeakRsaJwk} + ",{\"kty\":\"oct\",\"k\":\"" +
                          base64url(kSecret) + "\"}]}");
  EXPECT_THAT(fault_with(Key::jwks_file, file), HasSubstr("1024 bits")) << "one is enough";
  folder.write("key", std::string(1024 * 1024 + 1, 'x'));
  EXPECT_THAT(fault_with(Key::secret_file, file), HasSubstr("larger than 1 MiB"));
  folder.write("key", "short\n");
  EXPECT_THAT(fault_with(Key::secret_file, file), HasSubstr("this one has 5"));
  EXPECT_EQ(find_key_fault(secret_config()), "");
}

}  // namespace
}  // namespace pushgate::agent
