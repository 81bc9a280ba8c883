// interest_test.cpp - when a process begins and ceases to be interested, and whom a broadcast
// concerns.

#include "node/bus/interest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Interest, TheFirstNodeOpensAndTheLastCloses) {
  Interest interest;
  EXPECT_TRUE(interest.open(1, "/"));
  EXPECT_FALSE(interest.open(1, "/"));
  EXPECT_FALSE(interest.open(2, "/"));
  EXPECT_FALSE(interest.close(1, "/"));
  EXPECT_FALSE(interest.close(2, "/"));
  EXPECT_TRUE(interest.is_open(1, "/"));
  EXPECT_TRUE(interest.close(1, "/"));
  EXPECT_FALSE(interest.is_open("/"));
  EXPECT_FALSE(interest.close(1, "/")) << "closed already";
}

TEST(Interest, TheFirstMemberJoinsAndTheLastLeaves) {
  Interest interest;
  EXPECT_TRUE(interest.join(1, "/", "r"));
  EXPECT_FALSE(interest.join(1, "/", "r")) << "another thread of the node";
  EXPECT_FALSE(interest.join(2, "/", "r"));
  EXPECT_TRUE(interest.join(2, "/other", "r"));
  EXPECT_FALSE(interest.leave(2, "/", "r"));
  EXPECT_FALSE(interest.leave(1, "/", "r"));
  EXPECT_TRUE(interest.has_members("/", "r"));
  EXPECT_TRUE(interest.leave(1, "/", "r"));
  EXPECT_FALSE(interest.has_members("/", "r"));
  EXPECT_FALSE(interest.leave(1, "/", "r")) << "left already";
  EXPECT_FALSE(interest.leave(9, "/nowhere", "r"));
}

TEST(Interest, SocketsAreRoomsOfTheirOwn) {
  Interest interest;
  EXPECT_TRUE(interest.add_socket(1, "/", "s"));
  EXPECT_FALSE(interest.add_socket(1, "/", "s"));
  EXPECT_TRUE(interest.has_members("/", "s"));
  EXPECT_TRUE(interest.has_socket("/", "s"));
  interest.join(2, "/", "s");  // a room with the name of a socket's id
  EXPECT_TRUE(interest.remove_socket(1, "/", "s"));
  EXPECT_FALSE(interest.remove_socket(1, "/", "s"));
  EXPECT_TRUE(interest.has_members("/", "s"));
  EXPECT_FALSE(interest.has_socket("/", "s"));
}

TEST(Interest, ABroadcastConcernsNodesWithMembers) {
  Interest interest;
  for (const PeerId peer : {1u, 2u, 3u}) interest.open(peer, "/");
  interest.join(1, "/", "a");
  interest.join(2, "/", "b");
  interest.add_socket(3, "/", "s");

  EXPECT_THAT(interest.targets("/", {}, 0), ElementsAre(1, 2, 3));
  EXPECT_THAT(interest.targets("/", {}, 2), ElementsAre(1, 3));
  EXPECT_THAT(interest.targets("/", {"a"}, 0), ElementsAre(1));
  EXPECT_THAT(interest.targets("/", {"a", "b", "x"}, 0), ElementsAre(1, 2));
  EXPECT_THAT(interest.targets("/", {"s"}, 0), ElementsAre(3));
  EXPECT_THAT(interest.targets("/", {"x"}, 0), IsEmpty());
  EXPECT_THAT(interest.targets("/other", {}, 0), IsEmpty());
}

TEST(Interest, ANodeThatHasNotOpenedTheNamespaceIsNotConcerned) {
  Interest interest;
  interest.join(1, "/", "a");
  EXPECT_THAT(interest.targets("/", {"a"}, 0), IsEmpty());
  EXPECT_THAT(interest.targets("/", {}, 0), IsEmpty());
}

TEST(Interest, WhatOnlyAForgottenNodeHadIsLost) {
  Interest interest;
  for (const PeerId peer : {1u, 2u}) {
    interest.open(peer, "/");
    interest.join(peer, "/", "both");
  }
  interest.open(1, "/mine");
  interest.join(1, "/", "mine");
  interest.join(1, "/", "mine");
  interest.add_socket(1, "/mine", "s");

  const Interest::Lost lost = interest.forget(1);

  EXPECT_THAT(lost.namespaces, ElementsAre("/mine"));
  EXPECT_THAT(lost.rooms, UnorderedElementsAre(Pair("/", "mine")));
  EXPECT_THAT(lost.sockets, ElementsAre(Pair("/mine", "s")));
  EXPECT_THAT(interest.namespaces(), ElementsAre("/"));
  EXPECT_THAT(interest.targets("/", {"both"}, 0), ElementsAre(2));
}

}  // namespace
}  // namespace pushgate::node
