// Compressed messages: what public suites call categories 12 and 13, for every offer that can be
// agreed on.

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "pushgate/websocket/deflate.hpp"

#include "reader_harness.hpp"

namespace pushgate::websocket {
namespace {

constexpr ReaderSetup kAgreed{.compression = true};
constexpr std::size_t kSizes[] = {16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072};

/// Text as it is sent to rooms.
std::string chat_of_size(std::size_t bytes) {
  std::string out;
  for (unsigned i = 0; out.size() < bytes; ++i) {
    out += R"(42["message",{"n":)" + std::to_string(i * 31u % 1000u) + R"(,"text":"hi there"}])";
  }
  out.resize(bytes);
  return out;
}

std::string compress(std::string_view payload, const DeflateSettings& settings = {}) {
  return std::string{Deflater{settings}.compress(payload)};
}

std::string compressed_frame(Opcode opcode, std::string_view payload,
                             const DeflateSettings& settings = {}) {
  return frame(opcode, compress(payload, settings), {.rsv1 = true});
}

/// A compressed message in frames of at most `frame_bytes`: RSV1 stands on the first one only.
std::string compressed_frames(Opcode opcode, std::string_view payload, std::size_t frame_bytes,
                              const DeflateSettings& settings = {}) {
  const std::string compressed = compress(payload, settings);
  std::string bytes;
  for (std::size_t at = 0; at < compressed.size(); at += frame_bytes) {
    const bool first = at == 0;
    const bool last = at + frame_bytes >= compressed.size();
    bytes += frame(first ? opcode : Opcode::continuation, compressed.substr(at, frame_bytes),
                   {.fin = last, .rsv1 = first});
  }
  return bytes;
}

/// A client's window and effort; the server's are of no concern to what it reads.
class CompressedMessages : public testing::TestWithParam<DeflateSettings> {};

TEST_P(CompressedMessages, of_every_size) {
  std::string bytes;
  Events expected;
  for (const std::size_t size : kSizes) {
    const std::string chat = chat_of_size(size);
    const std::string noise = random_bytes(size, 11);
    bytes += compressed_frame(Opcode::text, chat, GetParam());
    bytes += compressed_frame(Opcode::binary, noise, GetParam());
    expected.push_back(text(chat));
    expected.push_back(binary(noise));
  }

  EXPECT_TRUE(read_every_way(bytes, kAgreed) == expected);
}

TEST_P(CompressedMessages, in_frames_of_many_sizes) {
  const std::string chat = chat_of_size(131072);
  const std::string noise = random_bytes(131072, 12);
  for (const std::size_t frame_bytes : {100ul, 256ul, 1024ul, 4096ul, 32768ul}) {
    const std::string bytes = compressed_frames(Opcode::text, chat, frame_bytes, GetParam()) +
                              compressed_frames(Opcode::binary, noise, frame_bytes, GetParam());
    EXPECT_TRUE(read_in_pieces(bytes, 65536, kAgreed) == (Events{text(chat), binary(noise)}));
    EXPECT_TRUE(read_in_random_pieces(bytes, 1, kAgreed) == (Events{text(chat), binary(noise)}));
  }
}

TEST_P(CompressedMessages, many_in_a_row) {
  Deflater deflater{GetParam()};
  std::string bytes;
  Events expected;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string chat = chat_of_size(i);
    bytes += frame(Opcode::text, deflater.compress(chat), {.rsv1 = true});
    expected.push_back(text(chat));
  }

  EXPECT_TRUE(read_every_way(bytes, kAgreed) == expected);
}

std::string name_of(const testing::TestParamInfo<DeflateSettings>& info) {
  return "window_" + std::to_string(info.param.server_window_bits) + "_level_" +
         std::to_string(info.param.level) + "_memory_" + std::to_string(info.param.memory_level);
}

INSTANTIATE_TEST_SUITE_P(
    , CompressedMessages,
    testing::Values(DeflateSettings{}, DeflateSettings{.server_window_bits = 9, .level = 9},
                    DeflateSettings{.server_window_bits = 12, .level = 6},
                    DeflateSettings{.server_window_bits = 9, .level = 1, .memory_level = 1},
                    DeflateSettings{.server_window_bits = 15, .level = 9, .memory_level = 9}),
    name_of);

TEST(Compression, is_for_each_message_to_use_or_not) {
  const std::string bytes = text_frame("plain") + compressed_frame(Opcode::text, "compressed") +
                            fragment(Opcode::text, "pl") + last_fragment("ain") +
                            compressed_frame(Opcode::binary, "\xff") +
                            frame(Opcode::binary, "\xfe");

  EXPECT_EQ(
      read_every_way(bytes, kAgreed),
      (Events{text("plain"), text("compressed"), text("plain"), binary("\xff"), binary("\xfe")}));
}

TEST(Compression, of_empty_messages) {
  EXPECT_EQ(read_every_way(compressed_frame(Opcode::text, ""), kAgreed), Events{text("")});
  EXPECT_EQ(read_every_way(frame(Opcode::binary, "", {.rsv1 = true}), kAgreed), Events{binary("")});
  const std::string late = frame(Opcode::text, "", {.fin = false, .rsv1 = true}) +
                           fragment(Opcode::continuation, compress("late")) + last_fragment("");
  EXPECT_EQ(read_every_way(late, kAgreed), Events{text("late")});
}

TEST(Compression, with_control_frames_in_between) {
  const std::string compressed = compress(chat_of_size(1000));
  const std::string bytes =
      frame(Opcode::text, compressed.substr(0, 10), {.fin = false, .rsv1 = true}) +
      frame(Opcode::ping, "ping") + last_fragment(compressed.substr(10));

  EXPECT_EQ(read_every_way(bytes, kAgreed), (Events{ping("ping"), text(chat_of_size(1000))}));
}

TEST(Compression, that_was_not_agreed_on_is_refused) {
  EXPECT_EQ(read_every_way(compressed_frame(Opcode::text, "x")),
            Events{failed(FrameError::reserved_bits)});
}

TEST(Compression, bits_are_for_the_first_frame_of_a_message) {
  const Events refused{failed(FrameError::reserved_bits)};
  EXPECT_EQ(read_every_way(frame(Opcode::ping, "x", {.rsv1 = true}), kAgreed), refused);
  EXPECT_EQ(
      read_every_way(fragment(Opcode::text, "a") + frame(Opcode::continuation, "b", {.rsv1 = true}),
                     kAgreed),
      refused);
}

TEST(Compression, damaged_is_1007) {
  const std::string whole = compress(chat_of_size(1000));
  const std::string bad_payloads[] = {"\xff\xff", "not deflate", whole.substr(0, whole.size() - 3)};
  for (const std::string& bad : bad_payloads) {
    const Events events = read_every_way(
        compressed_frame(Opcode::text, "good") + frame(Opcode::text, bad, {.rsv1 = true}), kAgreed);
    EXPECT_EQ(events, (Events{text("good"), failed(FrameError::bad_compressed_data)}));
    EXPECT_EQ(events.back().close_code, 1007);
  }
}

TEST(Compression, of_text_that_is_not_utf8_is_1007) {
  for (const std::string_view bad : {"\xff", "cut \xe2\x82"}) {
    EXPECT_EQ(read_every_way(compressed_frame(Opcode::text, bad), kAgreed),
              Events{failed(FrameError::invalid_utf8)});
    EXPECT_EQ(read_every_way(compressed_frame(Opcode::binary, bad), kAgreed), Events{binary(bad)});
  }
}

TEST(Compression, of_too_much_is_1009) {
  const std::string limit = chat_of_size(1'000'000);
  EXPECT_TRUE(read_every_way(compressed_frame(Opcode::text, limit), kAgreed) ==
              Events{text(limit)});

  const Events events = read_every_way(compressed_frame(Opcode::text, limit + 'x'), kAgreed);
  EXPECT_EQ(events, Events{failed(FrameError::message_too_big)});
  EXPECT_EQ(events.back().close_code, 1009);
}

/// What cannot be compressed grows a little, and is still within the limit.
TEST(Compression, of_noise_up_to_the_limit) {
  constexpr ReaderSetup kSmall{.max_message_bytes = 100'000, .compression = true};
  const std::string noise = random_bytes(100'000, 4);
  const std::string frames = compressed_frame(Opcode::binary, noise, {.memory_level = 1});
  ASSERT_GT(frames.size(), noise.size());

  EXPECT_TRUE(read_every_way(frames, kSmall) == Events{binary(noise)});
  const EncodedHeader too_long{Opcode::binary, 113'000, MaskKey{}, {.rsv1 = true}};
  EXPECT_EQ(read_every_way(too_long.view(), kSmall), Events{failed(FrameError::message_too_big)});
}

TEST(Compression, of_a_server_is_read_by_a_client) {
  Deflater deflater{DeflateSettings{}};
  const std::string chat = chat_of_size(5000);
  std::string bytes;
  append_frame(bytes, Opcode::text, deflater.compress(chat), {.rsv1 = true});

  EXPECT_EQ(read_every_way(bytes, {.peer = Peer::server, .compression = true}), Events{text(chat)});
}

}  // namespace
}  // namespace pushgate::websocket
