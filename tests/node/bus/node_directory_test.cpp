// node_directory_test.cpp - who is alive, who hangs, and how many are left without a name.

#include "node/bus/node_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using Members = std::vector<std::string>;

const TimePoint kNow = TimePoint{} + std::chrono::hours{1};

TEST(NodeDirectory, KnowsWhoKeepsALease) {
  NodeDirectory directory{"me"};
  directory.on_members(Members{"a node with spaces", "me myself", "b B", "nonsense"}, kNow);

  EXPECT_TRUE(directory.knows("a"));
  EXPECT_FALSE(directory.knows("me"));
  EXPECT_THAT(directory.names(), ElementsAre("node with spaces", "B"));
  EXPECT_EQ(NodeDirectory::member("a", "node with spaces"), "a node with spaces");
}

TEST(NodeDirectory, ACensusTellsTheNamedFromTheOthers) {
  NodeDirectory directory{"me"};
  directory.on_members(Members{"a A", "b B", "me M"}, kNow);

  // b does not serve this namespace; of the five subscribers two are a and this process.
  const Census census = directory.census(5, {{"me", 1}, {"a", 1}, {"b", 0}});

  EXPECT_THAT(census.alive, ElementsAre(Pair("a", "A")));
  EXPECT_THAT(census.hung, IsEmpty());
  EXPECT_EQ(census.unnamed, 3u);
}

TEST(NodeDirectory, ThisProcessIsNotCountedIfItIsNotSubscribed) {
  const NodeDirectory directory{"me"};
  EXPECT_EQ(directory.census(2, {{"me", 0}}).unnamed, 2u);
  EXPECT_EQ(directory.census(2, {{"me", 1}}).unnamed, 1u);
  EXPECT_EQ(directory.census(0, {{"me", 1}}).unnamed, 0u) << "counted at different moments";
}

TEST(NodeDirectory, ASubscriberWhoseLeaseHasRunOutHangs) {
  NodeDirectory directory{"me"};
  directory.on_members(Members{"a A", "b B"}, kNow);
  directory.on_members(Members{}, kNow);

  EXPECT_THAT(directory.uids(), ElementsAre("a", "b")) << "it is still looked for them";
  const Census census = directory.census(3, {{"me", 1}, {"a", 1}, {"b", 0}});
  EXPECT_THAT(census.alive, IsEmpty());
  EXPECT_THAT(census.hung, ElementsAre("A")) << "b is not subscribed: it is dead";
  EXPECT_EQ(census.unnamed, 1u);
}

TEST(NodeDirectory, WhoComesBackIsAlive) {
  NodeDirectory directory{"me"};
  directory.on_members(Members{"a A"}, kNow);
  directory.on_members(Members{}, kNow);
  directory.on_members(Members{"a A"}, kNow);
  EXPECT_THAT(directory.census(1, {{"a", 1}}).alive, ElementsAre(Pair("a", "A")));
}

TEST(NodeDirectory, TheGoneAreForgottenInTheEnd) {
  NodeDirectory directory{"me"};
  directory.on_members(Members{"a A"}, kNow);
  directory.on_members(Members{}, kNow);
  directory.on_members(Members{}, kNow + NodeDirectory::kRemembered);
  EXPECT_THAT(directory.uids(), IsEmpty());
}

}  // namespace
}  // namespace pushgate::node
