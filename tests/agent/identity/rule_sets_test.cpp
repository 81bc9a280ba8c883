// The rule sets in hooks/, each read as the key "identity" of a configuration and put to use.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "pushgate/agent/identity/identity_chain.hpp"
#include "pushgate/config/load.hpp"

#include "agent/identity/evaluate_now.hpp"
#include "agent/identity/parsed_request.hpp"

namespace pushgate::agent {
namespace {

std::string rule_set(const std::string& name) {
  std::ifstream file{std::string{PUSHGATE_RULE_SETS} + '/' + name};
  return {std::istreambuf_iterator<char>{file}, {}};
}

config::Loaded<config::DaemonConfig> load(const std::string& name) {
  return config::load_daemon_text("{\"identity\": " + rule_set(name) + "}", name);
}

/// "product/uid" of an accepted request, the rule of a refused one.
std::string answer(const std::string& name, const std::string& target,
                   const std::string& fields = {}) {
  const auto loaded = load(name);
  if (!loaded.ok()) return config::report(loaded.diagnostics);
  const ParsedRequest request{target, fields};
  const auto verdict = evaluate_now(IdentityChain{loaded.value->identity}, request.view());
  if (!verdict.identity) return std::string{verdict.refusal.rule};
  return verdict.identity->product() + '/' + verdict.identity->uid();
}

TEST(RuleSets, AreAllReadWithoutAnError) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{PUSHGATE_RULE_SETS}) {
    if (entry.path().extension() != ".json") continue;
    ++files;

    const auto loaded = load(entry.path().filename());

    EXPECT_TRUE(loaded.ok()) << config::report(loaded.diagnostics);
  }
  EXPECT_GE(files, 5);
}

TEST(RuleSets, GopushReadsCookieThenQuery) {
  EXPECT_EQ(answer("gopush.json", "/?product=test", "Cookie: uid=alice\r\n"), "test/alice");
  EXPECT_EQ(answer("gopush.json", "/?uid=alice"), "default/alice");
  EXPECT_EQ(answer("gopush.json", "/"), "missing_uid");
}

TEST(RuleSets, HeaderReadsWhatTheAuthenticatingProxySets) {
  EXPECT_EQ(answer("header.json", "/?uid=mallory", "X-User-Id: alice\r\n"), "default/alice");
  EXPECT_EQ(answer("header.json", "/?uid=mallory", "Cookie: uid=mallory\r\n"), "missing_uid");
}

TEST(RuleSets, PathReadsProductAndUid) {
  EXPECT_EQ(answer("path.json", "/chat/u/alice/socket.io/?EIO=4"), "chat/alice");
  EXPECT_EQ(answer("path.json", "/chat/"), "missing_uid");
}

TEST(RuleSets, ClientIpNeedsNothingFromTheClient) {
  EXPECT_EQ(answer("client-ip.json", "/"), "default/192.0.2.7");
}

TEST(RuleSets, AnonymousFallsBackToTheAddress) {
  EXPECT_EQ(answer("anonymous.json", "/", "Cookie: uid=alice\r\n"), "default/alice");
  EXPECT_EQ(answer("anonymous.json", "/"), "default/192.0.2.7");
}

TEST(RuleSets, SingleProductIgnoresTheQuery) {
  EXPECT_EQ(answer("single-product.json", "/?product=other&uid=alice"), "chat/alice");
}

}  // namespace
}  // namespace pushgate::agent
