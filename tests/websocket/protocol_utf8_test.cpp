// UTF-8 in text messages: what public suites call category 6, with its table of sequences.

#include <string>

#include <gtest/gtest.h>

#include "reader_harness.hpp"

namespace pushgate::websocket {
namespace {

using namespace std::string_view_literals;

/// "kosme" in Greek, the classic first line of tests of UTF-8.
constexpr std::string_view kGreek = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";

constexpr std::string_view kValid[] = {
    "",
    "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!",
    kGreek,
    // The first and the last character of each length.
    "\x00"sv,
    "\xc2\x80",
    "\xe0\xa0\x80",
    "\xf0\x90\x80\x80",
    "\x7f",
    "\xdf\xbf",
    "\xef\xbf\xbf",
    "\xf4\x8f\xbf\xbf",
    // Around the surrogates, and the replacement character.
    "\xed\x9f\xbf",
    "\xee\x80\x80",
    "\xef\xbf\xbd",
    // Non-characters are well-formed.
    "\xef\xbf\xbe",
    "\xf0\x9f\xbf\xbe",
    "\xf0\x9f\xbf\xbf",
    "\xf4\x8f\xbf\xbe",
    // Far outside of the first plane, and a character that combines.
    "\xf0\x9d\x92\x9e\xf0\x9f\x98\x80 e\xcc\x81",
};

constexpr std::string_view kInvalid[] = {
    // Lengths that no longer exist.
    "\xf8\x88\x80\x80\x80",
    "\xfc\x84\x80\x80\x80\x80",
    "\xfb\xbf\xbf\xbf\xbf",
    "\xfd\xbf\xbf\xbf\xbf\xbf",
    // Above U+10FFFF.
    "\xf4\x90\x80\x80",
    "\xf7\xbf\xbf\xbf",
    // Continuation bytes alone.
    "\x80",
    "\xbf",
    "\x80\xbf",
    "\x80\xbf\x80\xbf\x80\xbf",
    // First bytes, each before a space.
    "\xc0 \xc1 \xc2 \xdf ",
    "\xe0 \xef ",
    "\xf0 \xf7 ",
    // Characters whose last byte is missing.
    "\xc0",
    "\xdf",
    "\xe0\x80",
    "\xe1\x80",
    "\xef\xbf",
    "\xf0\x80\x80",
    "\xf0\x90\x80",
    "\xf7\xbf\xbf",
    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce",
    // Bytes that never stand in UTF-8.
    "\xfe",
    "\xff",
    "\xfe\xfe\xff\xff",
    // Longer than necessary.
    "\xc0\xaf",
    "\xe0\x80\xaf",
    "\xf0\x80\x80\xaf",
    "\xc1\xbf",
    "\xe0\x9f\xbf",
    "\xf0\x8f\xbf\xbf",
    "\xc0\x80",
    // Surrogates, alone and as pairs.
    "\xed\xa0\x80",
    "\xed\xad\xbf",
    "\xed\xbf\xbf",
    "\xed\xa0\x80\xed\xb0\x80",
    "\xed\xaf\xbf\xed\xbf\xbf",
};

/// The message with a frame for every byte.
std::string in_frames_of_one_byte(std::string_view payload) {
  std::string bytes = fragment(Opcode::text, "");
  for (const char c : payload) bytes += fragment(Opcode::continuation, {&c, 1});
  return bytes + last_fragment("");
}

TEST(TextMessage, of_utf8_is_read) {
  for (const std::string_view valid : kValid) {
    EXPECT_EQ(read_every_way(text_frame(valid)), Events{text(valid)});
    EXPECT_EQ(read_every_way(in_frames_of_one_byte(valid)), Events{text(valid)});
    const std::string within = ascii_of_size(40) + std::string{valid} + ascii_of_size(40);
    EXPECT_EQ(read_every_way(text_frame(within)), Events{text(within)});
  }
}

TEST(TextMessage, of_anything_else_is_refused) {
  const Events refused{failed(FrameError::invalid_utf8)};
  for (const std::string_view invalid : kInvalid) {
    SCOPED_TRACE(testing::PrintToString(invalid));
    EXPECT_EQ(read_every_way(text_frame(invalid)), refused);
    EXPECT_EQ(read_every_way(in_frames_of_one_byte(invalid)), refused);
    const std::string within = ascii_of_size(40) + std::string{invalid} + ascii_of_size(40);
    EXPECT_EQ(read_every_way(text_frame(within) + text_frame("next")), refused);
  }
}

TEST(TextMessage, may_be_cut_within_a_character) {
  const std::string bytes = fragment(Opcode::text, kGreek.substr(0, 3)) +
                            frame(Opcode::ping, "\xff") + last_fragment(kGreek.substr(3));

  EXPECT_EQ(read_every_way(bytes), (Events{ping("\xff"), text(kGreek)}));
}

TEST(TextMessage, does_not_lend_its_last_bytes_to_the_next_one) {
  const std::string bytes = text_frame("\xce") + text_frame("\xba");

  EXPECT_EQ(read_every_way(bytes), Events{failed(FrameError::invalid_utf8)});
}

TEST(TextMessage, of_binary_bytes_is_fine_as_a_binary_message) {
  for (const std::string_view invalid : kInvalid) {
    EXPECT_EQ(read_every_way(frame(Opcode::binary, invalid)), Events{binary(invalid)});
  }
}

/// The bad byte's frame is not the last one: the error comes without it.
TEST(TextMessage, is_refused_with_the_first_fragment_that_is_bad) {
  const std::string bytes =
      fragment(Opcode::text, kGreek) + fragment(Opcode::continuation, "\xf4\x90\x80\x80");

  EXPECT_EQ(read_every_way(bytes), Events{failed(FrameError::invalid_utf8)});
}

/// The frame never ends: of what is there, byte 13 is the first that nothing can mend.
TEST(TextMessage, is_refused_with_the_first_byte_that_is_bad) {
  const std::string payload = std::string{kGreek} + "\xf4\x90\x80\x80 more";
  const std::string bytes = text_frame(payload);
  constexpr std::size_t kHeaderBytes = 6;
  const auto begin = [&bytes](std::size_t payload_bytes) {
    return std::string_view{bytes}.substr(0, kHeaderBytes + payload_bytes);
  };

  EXPECT_EQ(read_every_way(begin(kGreek.size() + 1)), Events{});
  EXPECT_EQ(read_every_way(begin(kGreek.size() + 2)), Events{failed(FrameError::invalid_utf8)});
}

}  // namespace
}  // namespace pushgate::websocket
