// codec_test.cpp - commands as bytes, and bytes as replies, whole and in pieces.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pushgate/redis/command.hpp"

#include "redis/replies.hpp"
#include "redis/reply_reader.hpp"

namespace pushgate::redis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string encoded(const Command& command) {
  std::string out;
  command.append_to(out);
  EXPECT_EQ(out.size(), command.encoded_bytes());
  return out;
}

TEST(RedisCommand, IsAnArrayOfBulkStrings) {
  EXPECT_EQ(encoded(Command{"PING"}), "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(encoded(Command{"SET", "k", std::string("\0\r\n", 3)}),
            std::string("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\0\r\n\r\n", 29));
  EXPECT_EQ(encoded(Command{"X", ""}), "*2\r\n$1\r\nX\r\n$0\r\n\r\n");
}

TEST(RedisCommand, NumbersAreWords) {
  Command command{"EXPIRE", "k", 60};
  command.arg(std::int64_t{-9'000'000'000}).arg(std::size_t{7});

  EXPECT_EQ(command.word_count(), 5U);
  EXPECT_EQ(command.name(), "EXPIRE");
  EXPECT_THAT(encoded(command), HasSubstr("$2\r\n60\r\n$11\r\n-9000000000\r\n$1\r\n7\r\n"));
}

TEST(RedisCommand, ManyWords) {
  Command command{"DEL"};
  for (int i = 0; i < 999; ++i) command.arg(i);

  EXPECT_TRUE(encoded(command).starts_with("*1000\r\n$3\r\nDEL\r\n$1\r\n0\r\n"));
}

struct Read {
  std::vector<Reply> replies;
  std::string fault;
};

/// What comes out if the bytes arrive in pieces of this size.
Read read(std::string_view bytes, std::size_t piece = 1'000'000,
          std::size_t max_bytes = 1'000'000) {
  ReplyReader reader{max_bytes};
  Read result;
  while (!bytes.empty()) {
    reader.give(bytes.substr(0, piece));
    while (const Reply* const reply = reader.next()) result.replies.push_back(*reply);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  result.fault = reader.fault();
  return result;
}

TEST(RedisReplyReader, EveryTypeInPiecesOfAnySize) {
  const std::string bytes =
      std::string("+OK\r\n-ERR no\r\n:-42\r\n$-1\r\n*-1\r\n$0\r\n\r\n*0\r\n") +
      std::string("$5\r\na\r\n\0b\r\n", 11) +
      "*3\r\n*2\r\n:1\r\n$1\r\nx\r\n+s\r\n*1\r\n-E\r\n+end\r\n";
  const std::vector<Reply> expected{
      status("OK"),
      error_reply("ERR no"),
      integer(-42),
      Reply{},
      Reply{},
      bulk(""),
      array({}),
      bulk(std::string("a\r\n\0b", 5)),
      array({array({integer(1), bulk("x")}), status("s"), array({error_reply("E")})}),
      status("end")};

  for (const std::size_t piece : {1000, 7, 3, 2, 1}) {
    const Read result = read(bytes, piece);
    EXPECT_EQ(result.replies, expected) << "in pieces of " << piece;
    EXPECT_THAT(result.fault, IsEmpty());
  }
}

TEST(RedisReplyReader, AReplyLeavesNothingBehindInTheNext) {
  const Read result =
      read("*2\r\n$3\r\nabc\r\n*1\r\n:7\r\n*2\r\n:1\r\n$-1\r\n*2\r\n*0\r\n+x\r\n:5\r\n");

  EXPECT_THAT(result.replies,
              ElementsAre(array({bulk("abc"), array({integer(7)})}), array({integer(1), Reply{}}),
                          array({array({}), status("x")}), integer(5)));
}

TEST(RedisReplyReader, ManyRepliesInOneRead) {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) bytes += ":" + std::to_string(i) + "\r\n";

  const Read result = read(bytes, 65'536);

  ASSERT_EQ(result.replies.size(), 20'000U);
  EXPECT_EQ(result.replies.back(), integer(19'999));
}

TEST(RedisReplyReader, WhatIsNotRespIsAFault) {
  for (const char* bytes :
       {"HTTP/1.1 400 Bad Request\r\n", ":12a\r\n", "$abc\r\n", "$-2\r\n", "*-5\r\n",
        "*99999999999999999999\r\n", "%1\r\n+a\r\n+b\r\n", "\r\n", ":\r\n"}) {
    const Read result = read(bytes);
    EXPECT_FALSE(result.fault.empty()) << bytes;
    EXPECT_THAT(result.replies, IsEmpty()) << bytes;
  }
}

TEST(RedisReplyReader, AfterAFaultNothingIsRead) {
  const Read result = read("+OK\r\n?\r\n+OK\r\n", 5);

  EXPECT_THAT(result.replies, ElementsAre(status("OK")));
  EXPECT_THAT(result.fault, HasSubstr("Protocol error"));
}

TEST(RedisReplyReader, TheBytesOfOneReplyAreLimited) {
  const std::string large = "$2000\r\n" + std::string(2000, 'x') + "\r\n";
  EXPECT_EQ(read(large + large, 100, 2100).replies.size(), 2U);
  EXPECT_EQ(read(large, 100, 1900).fault, "a reply larger than the limit");
  EXPECT_EQ(read("*3\r\n" + large + large + large, 100, 4000).fault,
            "a reply larger than the limit");
  // Smaller ones one after the other are as many as there are.
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "$10\r\n0123456789\r\n";
  EXPECT_EQ(read(many, 100, 120).replies.size(), 1000U);
}

TEST(RedisReplyReader, ElementsAreLimitedBeforeTheyAreAllocated) {
  const auto fault = [](std::string_view bytes, std::size_t max_bytes) {
    return read(bytes, 100, max_bytes).fault;
  };
  EXPECT_EQ(fault("*2147483647\r\n", 10'000'000), "a reply of too many elements");
  EXPECT_EQ(fault("*1000000\r\n*1000000\r\n", 10'000'000), "a reply of too many elements");
  EXPECT_EQ(fault("*1000000\r\n", 10'000'000), "");
  // Of a thousand bytes there cannot be so many.
  EXPECT_EQ(fault("*334\r\n", 1000), "a reply of too many elements");
  EXPECT_EQ(fault("*333\r\n", 1000), "");
}

TEST(RedisReplyReader, DepthIsLimited) {
  std::string seven;
  for (int i = 0; i < 7; ++i) seven += "*1\r\n";
  EXPECT_EQ(read(seven + ":1\r\n").replies.size(), 1U);
  EXPECT_THAT(read(seven + "*1\r\n*1\r\n:1\r\n").fault, HasSubstr("nested"));
}

TEST(RedisReplyReader, LinesWithoutEndAreFaultsLongBeforeTheLimit) {
  EXPECT_EQ(read("+" + std::string(100'000, 'x'), 1000).fault, "a line without an end");
  EXPECT_EQ(read("$" + std::string(100, '1'), 10).fault, "a length without an end");
  EXPECT_EQ(read("*" + std::string(100, '1'), 10).fault, "a length without an end");
}

TEST(RedisReply, TheWordOfAnError) {
  EXPECT_EQ(error_reply("MOVED 1 h:1").error_word(), "MOVED");
  EXPECT_EQ(error_reply("LOADING").error_word(), "LOADING");
  EXPECT_EQ(bulk("MOVED 1 h:1").error_word(), "");
}

}  // namespace
}  // namespace pushgate::redis
