// What the fast path promises about memory.

#include <string>

#include <gtest/gtest.h>

#include "pushgate/agent/identity/identity_chain.hpp"

#include "agent/identity/evaluate_now.hpp"
#include "agent/identity/parsed_request.hpp"
#include "runtime/counted_allocations.hpp"

namespace pushgate::agent {
namespace {

/// The second evaluation counts: RE2 builds its automaton in the first.
std::size_t allocations_of_one_evaluation(const config::IdentityConfig& config,
                                          const std::string& target,
                                          const std::string& fields = {}) {
  const IdentityChain chain{config};
  const ParsedRequest request{target, fields};
  static_cast<void>(evaluate_now(chain, request.view()));
  const std::size_t before = runtime::allocations_of_this_thread();
  static_cast<void>(evaluate_now(chain, request.view()));
  return runtime::allocations_of_this_thread() - before;
}

TEST(IdentityAllocations, AreNoneForValuesThatFitAString) {
  EXPECT_EQ(allocations_of_one_evaluation({}, "/?product=chat&x=1", "Cookie: a=b; uid=alice42\r\n"),
            0u);
}

TEST(IdentityAllocations, AreNoneForARefusal) {
  EXPECT_EQ(allocations_of_one_evaluation({}, "/"), 0u);
  EXPECT_EQ(allocations_of_one_evaluation({}, "/?uid=a&uid=b"), 0u);
}

TEST(IdentityAllocations, AreOneForALongUid) {
  const std::string uid(200, 'x');

  EXPECT_EQ(allocations_of_one_evaluation({}, "/?uid=" + uid, "Cookie: uid=" + uid + "\r\n"), 1u);
}

TEST(IdentityAllocations, AreNoneForAPathRule) {
  config::IdentityConfig config;
  config.uid = {{config::IdentitySourceConfig::Kind::path, "^/u/(?P<v>[^/]+)/"}};

  EXPECT_EQ(allocations_of_one_evaluation(config, "/u/alice/"), 0u);
}

}  // namespace
}  // namespace pushgate::agent
