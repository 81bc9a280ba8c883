// The end of a connection: what public suites call category 7.

#include <string>

#include <gtest/gtest.h>

#include "reader_harness.hpp"

namespace pushgate::websocket {
namespace {

TEST(Close, without_code) {
  EXPECT_EQ(read_every_way(frame(Opcode::close, "")), Events{closed(close_code::kNone)});
}

TEST(Close, with_code_and_reason) {
  EXPECT_EQ(read_every_way(close_frame(1000)), Events{closed(1000)});
  EXPECT_EQ(read_every_way(close_frame(1001, "Hello, world!")),
            Events{closed(1001, "Hello, world!")});
  EXPECT_EQ(read_every_way(close_frame(4000, std::string(123, '*'))),
            Events{closed(4000, std::string(123, '*'))});
}

TEST(Close, of_one_byte_is_refused) {
  EXPECT_EQ(read_every_way(frame(Opcode::close, "a")),
            Events{failed(FrameError::bad_close_payload)});
}

TEST(Close, of_more_than_125_bytes_is_refused) {
  const std::string payload = bytes_of({0x03, 0xe8}) + std::string(124, '*');

  EXPECT_EQ(read_every_way(frame(Opcode::close, payload)),
            Events{failed(FrameError::control_too_long)});
}

TEST(Close, with_a_reason_that_is_not_utf8_is_refused) {
  const std::string bad_reason = "\xce\xba\xe1\xbd\xb9\xed\xa0\x80 edited";
  for (const std::string& reason : {bad_reason, std::string{"cut \xe2\x82"}}) {
    EXPECT_EQ(read_every_way(frame(Opcode::close, bytes_of({0x03, 0xe8}) + reason)),
              Events{failed(FrameError::invalid_utf8)});
  }
}

/// Every code that exists, written out as ranges once more.
bool may_be_sent(unsigned code) {
  if (code >= 3000 && code <= 4999) return true;
  for (const unsigned known :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}) {
    if (code == known) return true;
  }
  return false;
}

TEST(Close, codes_are_those_that_may_be_sent) {
  for (unsigned number = 0; number <= 0xffff; ++number) {
    const auto code = static_cast<std::uint16_t>(number);
    ASSERT_EQ(is_valid_close_code(code), may_be_sent(code)) << code;
  }
}

TEST(Close, with_a_code_that_may_not_be_sent_is_refused) {
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    for (const std::string_view reason : {"", "reason"}) {
      std::string payload = bytes_of({code >> 8, code & 0xff});
      payload += reason;
      EXPECT_EQ(read_every_way(frame(Opcode::close, payload)),
                Events{failed(FrameError::bad_close_code)})
          << code;
    }
  }
}

TEST(Close, with_a_code_that_may_be_sent_is_read) {
  for (const int number : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                           3000, 3999, 4000, 4999}) {
    const auto code = static_cast<std::uint16_t>(number);
    EXPECT_EQ(read_every_way(close_frame(code)), Events{closed(code)}) << code;
  }
}

TEST(Close, is_the_last_event_whatever_follows) {
  for (const std::string& after :
       {text_frame("late"), frame(Opcode::ping, ""), close_frame(1000), bytes_of({0xff, 0xff}),
        last_fragment("x"), std::string(100'000, '\x81')}) {
    EXPECT_EQ(read_every_way(text_frame("a") + close_frame(1000) + after),
              (Events{text("a"), closed(1000)}));
  }
}

TEST(Close, may_come_within_a_message) {
  EXPECT_EQ(read_every_way(fragment(Opcode::text, "fragment1") + close_frame(1000, "enough") +
                           last_fragment("fragment2")),
            Events{closed(1000, "enough")});
}

TEST(Close, after_a_large_message) {
  const std::string payload = ascii_of_size(256 * 1024);

  EXPECT_EQ(read_every_way(text_frame(payload) + close_frame(1000) + text_frame("late")),
            (Events{text(payload), closed(1000)}));
}

TEST(Error, is_the_last_event_whatever_follows) {
  const std::string bad = frame(static_cast<Opcode>(3), "");
  for (const std::string& after : {bad, text_frame("late"), close_frame(1000)}) {
    EXPECT_EQ(read_every_way(text_frame("a") + bad + after),
              (Events{text("a"), failed(FrameError::reserved_opcode)}));
  }
}

}  // namespace
}  // namespace pushgate::websocket
