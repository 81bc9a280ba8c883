// buffer_test.cpp - bytes come out as they went in, and memory is held only for bytes.

#include "pushgate/net/buffer.hpp"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pushgate::net {
namespace {

TEST(BufferTest, AnEmptyBufferHasNoMemory) {
  Buffer buffer;
  buffer.append("");

  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.size(), 0U);
  EXPECT_EQ(buffer.room(), 0U);
  EXPECT_EQ(buffer.view(), "");
}

TEST(BufferTest, KeepsTheOrderOfWhatIsAppended) {
  Buffer buffer;
  buffer.append("ab");
  buffer.append("cd");

  EXPECT_EQ(buffer.view(), "abcd");
}

TEST(BufferTest, ConsumingDropsFromTheFront) {
  Buffer buffer;
  buffer.append("abcd");

  buffer.consume(3);
  EXPECT_EQ(buffer.view(), "d");
  buffer.consume(1);

  EXPECT_TRUE(buffer.empty());
  EXPECT_GT(buffer.room(), 0U) << "the memory is kept until it is released";
}

TEST(BufferTest, PreparedBytesCountOnceTheyAreCommitted) {
  Buffer buffer;
  std::memcpy(buffer.prepare(3), "xyz", 3);
  EXPECT_TRUE(buffer.empty());

  buffer.commit(2);

  EXPECT_EQ(buffer.view(), "xy");
}

struct ClassCase {
  std::size_t wanted;
  std::size_t given;
};

class BufferClass : public ::testing::TestWithParam<ClassCase> {};

TEST_P(BufferClass, ABlockOfTheSmallestClassThatFitsIsBorrowed) {
  Buffer buffer;

  buffer.prepare(GetParam().wanted);

  EXPECT_EQ(buffer.room(), GetParam().given);
}

INSTANTIATE_TEST_SUITE_P(Sizes, BufferClass,
                         ::testing::Values(ClassCase{1, 4096}, ClassCase{4096, 4096},
                                           ClassCase{4097, 16384}, ClassCase{16385, 65536},
                                           ClassCase{65537, 65537}));

TEST(BufferTest, GrowingKeepsTheContent) {
  Buffer buffer;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string piece = std::to_string(i) + ",";
    buffer.append(piece);
    expected += piece;
    if (i % 7 == 6) {
      buffer.consume(5);
      expected.erase(0, 5);
    }
  }

  EXPECT_TRUE(buffer.view() == expected);
}

TEST(BufferTest, RoomAtTheFrontIsUsedBeforeGrowing) {
  Buffer buffer;
  buffer.append(std::string(4000, 'a'));
  buffer.consume(3000);

  buffer.append(std::string(2000, 'b'));

  EXPECT_EQ(buffer.view(), std::string(1000, 'a') + std::string(2000, 'b'));
  EXPECT_EQ(buffer.room(), 4096U - 3000U);
}

TEST(BufferTest, ReleasedMemoryIsBorrowedAgain) {
  Buffer first;
  const char* const block = first.prepare(1);
  first.release();
  EXPECT_EQ(first.room(), 0U);

  Buffer second;

  EXPECT_EQ(second.prepare(1), block);
}

TEST(BufferTest, DestructionGivesTheMemoryBack) {
  const char* block = nullptr;
  {
    Buffer buffer;
    block = buffer.prepare(20'000);
  }

  Buffer next;

  EXPECT_EQ(next.prepare(20'000), block);
}

TEST(BufferTest, ThePoolTakesMoreBlocksThanItKeeps) {
  std::vector<Buffer> buffers(200);
  for (Buffer& buffer : buffers) buffer.append(std::string(50'000, 'x'));

  buffers.clear();

  SUCCEED() << "what is above its limit has been freed, or a sanitizer says otherwise";
}

TEST(BufferTest, ReleaseIfEmptyLeavesBytesAlone) {
  Buffer buffer;
  buffer.append("ab");
  buffer.release_if_empty();
  EXPECT_EQ(buffer.view(), "ab");

  buffer.consume(2);
  buffer.release_if_empty();

  EXPECT_EQ(buffer.room(), 0U);
}

TEST(BufferTest, MovingHandsTheBytesOver) {
  Buffer from;
  from.append("ab");
  Buffer to = std::move(from);
  EXPECT_EQ(to.view(), "ab");

  Buffer other;
  other.append("old");
  other = std::move(to);

  EXPECT_EQ(other.view(), "ab");
}

TEST(BufferTest, AReleasedBufferCanBeUsedAgain) {
  Buffer buffer;
  buffer.append("ab");
  buffer.release();

  buffer.append("cd");

  EXPECT_EQ(buffer.view(), "cd");
}

}  // namespace
}  // namespace pushgate::net
