// channels_test.cpp - names that other makes of nodes must find, and rooms cut out of them.

#include "node/bus/channels.hpp"

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

TEST(Channels, AreNamedAsOtherNodesNameThem) {
  EXPECT_EQ(namespace_channel("socket.io", "/"), "socket.io#/#");
  EXPECT_EQ(room_channel("socket.io", "/chat", "room1"), "socket.io#/chat#room1#");
  EXPECT_EQ(request_channel("socket.io", "/"), "socket.io-request#/#");
  EXPECT_EQ(response_channel("socket.io", "/"), "socket.io-response#/#");
  EXPECT_EQ(response_channel("socket.io", "/", "gRZtnr"), "socket.io-response#/#gRZtnr#");
}

TEST(Channels, PatternsMatchTheNamespaceLiterally) {
  EXPECT_EQ(namespace_pattern("socket.io", "/"), "socket.io#/#*");
  EXPECT_EQ(namespace_pattern("a*", "/b[c]?\\"), "a\\*#/b\\[c\\]\\?\\\\#*");
}

TEST(Channels, RoomsAreCutOutByLength) {
  EXPECT_EQ(room_in_channel("socket.io#/#", "socket.io#/#"), "");
  EXPECT_EQ(room_in_channel("socket.io#/#room1#", "socket.io#/#"), "room1");
  EXPECT_EQ(room_in_channel("socket.io#/#a#b*#", "socket.io#/#"), "a#b*");
  EXPECT_EQ(room_in_channel("socket.io#/#####", "socket.io#/#"), "###");
  EXPECT_EQ(room_in_channel("socket.io#/chat#", "socket.io#/#"), std::nullopt);
  EXPECT_EQ(room_in_channel("socket.io#/#room1", "socket.io#/#"), std::nullopt);
  EXPECT_EQ(room_in_channel("socket.io#/##", "socket.io#/#"), std::nullopt)
      << "a room without a name";
}

TEST(Channels, SocketIdsAreCountedInUtf16Units) {
  EXPECT_TRUE(looks_like_socket_id("12345678901234567890"));
  EXPECT_FALSE(looks_like_socket_id("1234567890123456789"));
  EXPECT_TRUE(
      looks_like_socket_id("\xf0\x9f\x98\x80"
                           "123456789012345678"));
  EXPECT_FALSE(
      looks_like_socket_id("\xc3\xa9"
                           "12345678901234567890"));
}

// Computed with hashCode() of @socket.io/redis-streams-adapter 0.3.1.
TEST(Channels, StreamsAreChosenAsOtherNodesChooseThem) {
  EXPECT_EQ(stream_name("socket.io", "/", 1), "socket.io");
  EXPECT_EQ(stream_name("socket.io", "/", 4), "socket.io-3");                  // 47
  EXPECT_EQ(stream_name("socket.io", "/chat", 4), "socket.io-3");              // 46457863
  EXPECT_EQ(stream_name("socket.io", "/\xf0\x9f\x98\x80", 7), "socket.io-5");  // 1818066
}

TEST(Channels, ANegativeHashDoesNotLeadToAStreamThatNobodyReads) {
  // hashCode("/notifications") % 4 is -3 in JavaScript.
  EXPECT_EQ(stream_name("socket.io", "/notifications", 4), "socket.io-3");
}

}  // namespace
}  // namespace pushgate::node
