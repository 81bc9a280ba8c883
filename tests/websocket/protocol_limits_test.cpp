// Large messages and the limit, in one frame and in many: what public suites call categories 9 and
// 10.

#include <string>

#include <gtest/gtest.h>

#include "reader_harness.hpp"

namespace pushgate::websocket {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr ReaderSetup kRoomy{.max_message_bytes = 16 * kMiB};

/// The message in frames of at most `frame_bytes`.
std::string in_frames(Opcode opcode, std::string_view payload, std::size_t frame_bytes) {
  std::string bytes;
  std::size_t at = 0;
  do {
    const std::string_view piece = payload.substr(at, frame_bytes);
    const Opcode kind = at == 0 ? opcode : Opcode::continuation;
    at += piece.size();
    bytes += frame(kind, piece, {.fin = at == payload.size()});
  } while (at < payload.size());
  return bytes;
}

TEST(LargeMessage, in_one_frame) {
  for (const std::size_t size : {64 * 1024ul, 256 * 1024ul, kMiB, 4 * kMiB, 16 * kMiB}) {
    const std::string payload = ascii_of_size(size);
    EXPECT_TRUE(read_every_way(text_frame(payload), kRoomy) == Events{text(payload)}) << size;
  }
  const std::string bytes = random_bytes(4 * kMiB, 3);
  EXPECT_TRUE(read_every_way(frame(Opcode::binary, bytes), kRoomy) == Events{binary(bytes)});
}

TEST(LargeMessage, in_frames_of_many_sizes) {
  const std::string payload = ascii_of_size(4 * kMiB);
  for (const std::size_t frame_bytes : {64ul, 256ul, 1024ul, 4096ul, 65536ul, kMiB, 4 * kMiB}) {
    const std::string bytes = in_frames(Opcode::text, payload, frame_bytes);
    EXPECT_TRUE(read_in_pieces(bytes, bytes.size(), kRoomy) == Events{text(payload)});
    EXPECT_TRUE(read_in_pieces(bytes, 65536, kRoomy) == Events{text(payload)}) << frame_bytes;
  }
}

TEST(LargeMessage, that_arrives_in_chops_of_many_sizes) {
  const std::string payload = ascii_of_size(kMiB);
  const std::string bytes = text_frame(payload);
  for (const std::size_t chop : {64, 128, 256, 512, 1024, 2048}) {
    EXPECT_TRUE(read_in_pieces(bytes, chop, kRoomy) == Events{text(payload)}) << chop;
  }
}

TEST(LargeMessage, divided_as_a_sender_may_do) {
  const std::string payload(65536, '*');
  const std::string bytes = in_frames(Opcode::text, payload, 1300);

  EXPECT_EQ(read_every_way(bytes), Events{text(payload)});
}

TEST(ManyMessages, are_read_one_by_one) {
  for (const std::size_t size : {0, 16, 64, 256}) {
    std::string bytes;
    Events expected;
    for (int i = 0; i < 500; ++i) {
      const std::string payload = std::to_string(i) + std::string(size, 'x');
      bytes += text_frame(payload) + frame(Opcode::binary, payload);
      expected.push_back(text(payload));
      expected.push_back(binary(payload));
    }
    EXPECT_TRUE(read_every_way(bytes) == expected) << size;
  }
}

constexpr ReaderSetup kHundred{.max_message_bytes = 100};

TEST(Limit, is_the_largest_message) {
  EXPECT_EQ(read_every_way(text_frame(ascii_of_size(100)), kHundred),
            Events{text(ascii_of_size(100))});
  EXPECT_EQ(read_every_way(text_frame(ascii_of_size(101)), kHundred),
            Events{failed(FrameError::message_too_big)});
}

TEST(Limit, is_that_of_every_message_for_itself) {
  const std::string hundred = ascii_of_size(100);
  const std::string bytes = in_frames(Opcode::text, hundred, 60) + text_frame(hundred) +
                            in_frames(Opcode::text, hundred, 30);

  EXPECT_EQ(read_every_way(bytes, kHundred), (Events{text(hundred), text(hundred), text(hundred)}));
}

TEST(Limit, is_that_of_all_fragments_together) {
  EXPECT_EQ(read_every_way(in_frames(Opcode::binary, ascii_of_size(101), 10), kHundred),
            Events{failed(FrameError::message_too_big)});
  const std::string with_empty_ones = fragment(Opcode::text, ascii_of_size(100)) +
                                      fragment(Opcode::continuation, "") + last_fragment("x");
  EXPECT_EQ(read_every_way(with_empty_ones, kHundred), Events{failed(FrameError::message_too_big)});
}

TEST(Limit, does_not_concern_control_frames) {
  constexpr ReaderSetup kNone{.max_message_bytes = 0};
  const std::string bytes = frame(Opcode::ping, std::string(125, 'p')) +
                            fragment(Opcode::binary, "") +
                            frame(Opcode::pong, std::string(125, 'q')) + last_fragment("");

  EXPECT_EQ(read_every_way(bytes, kNone),
            (Events{ping(std::string(125, 'p')), pong(std::string(125, 'q')), binary("")}));
  EXPECT_EQ(read_every_way(text_frame("x"), kNone), Events{failed(FrameError::message_too_big)});
}

/// The announcement is enough: nothing of the payload is waited for.
TEST(Limit, is_enforced_with_the_header) {
  const EncodedHeader header{Opcode::binary, 1'000'001, MaskKey{}};
  EXPECT_EQ(read_every_way(header.view()), Events{failed(FrameError::message_too_big)});

  const EncodedHeader huge{Opcode::binary, 0x7fff'ffff'ffff'ffff, MaskKey{}};
  EXPECT_EQ(read_every_way(huge.view()), Events{failed(FrameError::message_too_big)});
  EXPECT_EQ(
      read_every_way(fragment(Opcode::text, "a") + std::string{EncodedHeader{
                                                       Opcode::continuation, 0x7fff'ffff'ffff'ffff,
                                                       MaskKey{}}.view()}),
      Events{failed(FrameError::message_too_big)});
}

}  // namespace
}  // namespace pushgate::websocket
