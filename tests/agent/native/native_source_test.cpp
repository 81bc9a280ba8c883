// Sources from shared objects: the worked example of hooks/native, and objects that do not fit.

#include "agent/native/native_source.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "agent/identity/evaluate_now.hpp"
#include "agent/identity/parsed_request.hpp"
#include "agent/identity/sources.hpp"

namespace pushgate::agent {
namespace {

constexpr const char* kSecret = "a secret of at least 32 bytes, please";
// echo -n alice | openssl dgst -sha256 -hmac "$kSecret"
constexpr const char* kSignature =
    "5db865a479672ad756273b0a20d3a2e25bd43bb8e5d51a5e82256fe8df493c65";

SourcePtr example(std::string& fault, const std::string& options = kSecret) {
  return make_native_source({PUSHGATE_NATIVE_EXAMPLE, options}, fault);
}

TEST(NativeSource, ReadsASignedCookie) {
  std::string fault;
  const SourcePtr source = example(fault);
  ASSERT_TRUE(source) << fault;
  const ParsedRequest request{"/",
                              "Cookie: a=b; uid=alice." + std::string{kSignature} + "; c=d\r\n"};

  const SourceValue value = source->look(request.view());

  EXPECT_EQ(value.kind, SourceValue::Kind::found);
  EXPECT_EQ(value.value, "alice");
  EXPECT_EQ(source->describe(), "signed cookie \"uid\"");
}

TEST(NativeSource, SitsInAChainLikeAnyOther) {
  std::string fault;
  SourceList uid;
  uid.push_back(example(fault));
  ASSERT_TRUE(uid.front()) << fault;
  uid.push_back(make_query_source("uid"));
  const IdentityChain chain{std::move(uid), {}, {}};
  const ParsedRequest without{"/?uid=bob"};
  const ParsedRequest forged{"/?uid=bob", "Cookie: uid=alice.00\r\n"};

  EXPECT_EQ(evaluate_now(chain, without.view()).identity, Identity::make("default", "bob"));
  EXPECT_EQ(evaluate_now(chain, forged.view()).refusal.rule, "invalid_signature");
}

TEST(NativeSource, RefusesAForgedCookieAndMissesNone) {
  std::string fault;
  const SourcePtr source = example(fault);
  ASSERT_TRUE(source) << fault;
  std::string wrong = kSignature;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (const std::string& cookie : {"alice." + wrong, std::string{"alice."}, std::string{"alice"},
                                    "bob." + std::string{kSignature}}) {
    const ParsedRequest request{"/", "Cookie: uid=" + cookie + "\r\n"};
    const SourceValue value = source->look(request.view());
    EXPECT_EQ(value.kind, SourceValue::Kind::refused) << cookie;
    EXPECT_EQ(value.refusal.rule, "invalid_signature") << cookie;
  }
  const ParsedRequest without{"/?uid=alice"};
  EXPECT_EQ(source->look(without.view()).kind, SourceValue::Kind::missing);
}

TEST(NativeSource, SaysWhyItCannotBeUsed) {
  std::string fault;
  EXPECT_FALSE(example(fault, "short"));
  EXPECT_EQ(fault, "the secret in \"options\" has fewer than 32 bytes");
  EXPECT_FALSE(make_native_source({"/nowhere/x.so", {}}, fault));
  EXPECT_NE(fault.find("cannot be loaded: /nowhere/x.so"), std::string::npos) << fault;
  // Any library that is no source.
  EXPECT_FALSE(make_native_source({"libz.so.1", {}}, fault));
  EXPECT_EQ(fault, "libz.so.1 has no PUSHGATE_NATIVE_SOURCE");
}

TEST(NativeSource, RefusesAnObjectOfAnotherVersion) {
  std::string fault;
  EXPECT_FALSE(make_native_source({PUSHGATE_NATIVE_STRANGER, {}}, fault));
  EXPECT_NE(fault.find("was built for another version of pushgate"), std::string::npos) << fault;
}

}  // namespace
}  // namespace pushgate::agent
