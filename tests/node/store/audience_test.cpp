#include "node/store/audience.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

const std::vector<std::string> kRooms{"a", "b"};
const Audience kSomebody{kRooms, "id"};

TEST(Audience, ABroadcastWithoutRoomsIsForEverybody) {
  EXPECT_TRUE(is_meant_for({}, kSomebody));
  EXPECT_FALSE(is_meant_for({.except = {"b"}}, kSomebody));
}

TEST(Audience, OneRoomIsEnoughAndOneExceptionIsTooMuch) {
  EXPECT_TRUE(is_meant_for({.rooms = {"x", "b"}}, kSomebody));
  EXPECT_FALSE(is_meant_for({.rooms = {"x"}}, kSomebody));
  EXPECT_FALSE(is_meant_for({.rooms = {"a"}, .except = {"b"}}, kSomebody));
}

TEST(Audience, TheOwnIdIsARoom) {
  EXPECT_TRUE(is_meant_for({.rooms = {"id"}}, kSomebody));
  EXPECT_FALSE(is_meant_for({.rooms = {"a"}, .except = {"id"}}, kSomebody));
}

}  // namespace
}  // namespace pushgate::node
