// sid_test.cpp - ids: their parts, their text, and that no two are alike.

#include "pushgate/node/transport/sid.hpp"

#include <unordered_set>

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

TEST(SessionIdTest, NamesItsNodeAndThread) {
  IdGenerator ids{0xbeef, 7};

  const SessionId id = ids.next_session_id();

  EXPECT_EQ(id.node_tag(), 0xbeef);
  EXPECT_EQ(id.io_thread(), 7);
  EXPECT_EQ(id.bytes()[0], 0xbe);
  EXPECT_EQ(id.bytes()[1], 0xef);
}

TEST(SessionIdTest, IsTwentyCharactersThatRecipesForBalancersKnow) {
  constexpr std::string_view kCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  IdGenerator ids{1, 2};
  for (int i = 0; i < 1'000; ++i) {
    const SessionId id = i % 2 == 0 ? ids.next_session_id() : ids.next_socket_id();
    const std::string text = id.to_string();
    EXPECT_EQ(text.size(), 20u);
    EXPECT_EQ(text.find_first_not_of(kCharacters), text.npos) << text;
    EXPECT_EQ(SessionId::parse(text), id);
    EXPECT_TRUE(looks_like_id(text));
  }
}

TEST(SessionIdTest, TextIsBase64Url) {
  SessionId::Bytes bytes{0x10, 0x9e, 0x3a, 0xa4, 0x3e, 0x85, 0xe5, 0x79,
                         0x15, 0xd4, 0xe9, 0x30, 0x00, 0x00, 0x00};
  EXPECT_EQ(SessionId{bytes}.to_string(), "EJ46pD6F5XkV1OkwAAAA");
  bytes.fill(0xff);
  EXPECT_EQ(SessionId{bytes}.to_string(), "____________________");
}

TEST(SessionIdTest, NothingElseIsParsed) {
  for (const std::string_view text :
       {"", "abc", "EJ46pD6F5XkV1OkwAAA", "EJ46pD6F5XkV1OkwAAAAA", "EJ46pD6F5XkV1OkwAAA+",
        "EJ46pD6F5XkV1OkwAAA=", "EJ46pD6F5XkV1OkwAA A", "EJ46pD6F5XkV1OkwAA\xc3\xa9"}) {
    EXPECT_FALSE(SessionId::parse(text)) << text;
    EXPECT_FALSE(looks_like_id(text)) << text;
  }
}

TEST(SessionIdTest, NoTwoAreAlikeAlsoOfTwoGenerators) {
  IdGenerator first{1, 0};
  IdGenerator second{1, 0};
  std::unordered_set<SessionId> seen;
  constexpr std::size_t kEach = 5'000;  // many times what is asked of the kernel at once
  for (std::size_t i = 0; i < kEach; ++i) {
    seen.insert(first.next_session_id());
    seen.insert(second.next_session_id());
    seen.insert(first.next_socket_id());
  }
  EXPECT_EQ(seen.size(), 3 * kEach);
}

TEST(SessionIdTest, EveryRandomBitIsUsed) {
  IdGenerator ids{0, 0};
  SessionId::Bytes ever_set{};
  SessionId::Bytes ever_clear{};
  for (int i = 0; i < 1'000; ++i) {
    const SessionId id = ids.next_session_id();
    for (std::size_t b = 0; b < SessionId::kBytes; ++b) {
      ever_set[b] = static_cast<std::uint8_t>(ever_set[b] | id.bytes()[b]);
      ever_clear[b] = static_cast<std::uint8_t>(ever_clear[b] | ~id.bytes()[b]);
    }
  }
  for (std::size_t b = 3; b < SessionId::kBytes; ++b) {
    EXPECT_EQ(ever_set[b], 0xff) << b;
    EXPECT_EQ(ever_clear[b], 0xff) << b;
  }
}

TEST(SessionIdTest, HashesAreSpreadAndComeFromTheRandomPart) {
  IdGenerator ids{5, 5};
  std::unordered_set<std::size_t> low_bytes;
  for (int i = 0; i < 4'096; ++i) low_bytes.insert(ids.next_session_id().hash() & 0xff);
  EXPECT_EQ(low_bytes.size(), 256u);
}

TEST(SessionIdTest, IsFifteenBytes) { EXPECT_EQ(sizeof(SessionId), 15u); }

TEST(NodeTag, IsTheSameEverywhereAndSpreadsNames) {
  EXPECT_EQ(node_tag_of("node-1"), node_tag_of(std::string{"node-1"}));
  // Fixed for ever: agents and nodes of different versions must agree.
  EXPECT_EQ(node_tag_of("node-1"), 0x0db0);
  EXPECT_EQ(node_tag_of(""), 0x2d06);
  std::unordered_set<std::uint16_t> tags;
  for (int i = 0; i < 100; ++i) tags.insert(node_tag_of("10.0.0.1:" + std::to_string(4000 + i)));
  EXPECT_GE(tags.size(), 98u);
}

}  // namespace
}  // namespace pushgate::node
