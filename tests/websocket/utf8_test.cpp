// UTF-8 piece by piece: the same as for the whole text, and no later than it must be.

#include "pushgate/websocket/utf8.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "pushgate/base/text.hpp"

namespace pushgate::websocket {
namespace {

/// How many bytes are fed, one by one, before the validator refuses; all of them if it does not.
std::size_t bytes_until_refused(std::string_view text) {
  Utf8Validator validator;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!validator.feed(text.substr(i, 1))) return i + 1;
  }
  return text.size();
}

TEST(Utf8Validator, agrees_with_the_other_validator_on_every_pair_of_bytes) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(is_utf8(text), is_valid_utf8(text)) << first << ' ' << second;
    }
  }
}

TEST(Utf8Validator, agrees_with_the_other_validator_on_longer_sequences) {
  // The bytes at which a rule begins or ends.
  constexpr std::string_view kEdges{
      "\x00\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc2\xdf\xe0\xed\xef\xf0\xf4\xf5", 17};
  for (unsigned first = 0xc0; first < 256; ++first) {
    for (const char second : kEdges) {
      for (const char third : kEdges) {
        for (const char fourth : kEdges) {
          const std::string text{static_cast<char>(first), second, third, fourth};
          ASSERT_EQ(is_utf8(text), is_valid_utf8(text)) << testing::PrintToString(text);
        }
      }
    }
  }
}

TEST(Utf8Validator, agrees_wherever_a_sequence_stands_in_blocks_of_ascii) {
  for (const char* sequence : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc0\x80",
                               "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    for (std::size_t before = 0; before < 40; ++before) {
      for (const std::size_t after : {0u, 1u, 15u, 16u, 33u}) {
        const std::string text = std::string(before, 'a') + sequence + std::string(after, 'z');
        ASSERT_EQ(is_utf8(text), is_valid_utf8(text)) << sequence << before << ' ' << after;
      }
    }
  }
}

TEST(Utf8Validator, does_not_overlook_a_character_that_a_block_of_ascii_interrupts) {
  for (std::size_t before = 0; before < 40; ++before) {
    for (std::size_t between = 1; between < 40; ++between) {
      const std::string text =
          std::string(before, 'a') + "\xe2\x82" + std::string(between, 'b') + "\xac";
      ASSERT_FALSE(is_utf8(text)) << before << ' ' << between;
    }
  }
}

TEST(Utf8Validator, gives_the_same_for_any_pieces) {
  std::mt19937 random{1};
  const std::string text =
      "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5 plain ASCII of some length "
      "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\xe2\x82\xac and the end";
  for (int round = 0; round < 500; ++round) {
    Utf8Validator validator;
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view piece = rest.substr(0, random() % 20);
      ASSERT_TRUE(validator.feed(piece));
      rest.remove_prefix(piece.size());
    }
    ASSERT_TRUE(validator.complete());
  }
}

TEST(Utf8Validator, knows_whether_a_character_is_incomplete) {
  for (const std::string_view text : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    Utf8Validator validator;
    for (std::size_t i = 0; i < text.size(); ++i) {
      EXPECT_TRUE(validator.complete() == (i == 0)) << i;
      EXPECT_TRUE(validator.feed(text.substr(i, 1)));
    }
    EXPECT_TRUE(validator.complete());
  }
}

TEST(Utf8Validator, refuses_with_the_first_byte_that_nothing_can_mend) {
  EXPECT_EQ(bytes_until_refused("a\x80z"), 2u);
  EXPECT_EQ(bytes_until_refused("\xc0\x80z"), 1u);
  EXPECT_EQ(bytes_until_refused("\xf5\x80z"), 1u);
  EXPECT_EQ(bytes_until_refused("\xc3zz"), 2u);
  EXPECT_EQ(bytes_until_refused("\xe0\x9f\xbfz"), 2u);
  EXPECT_EQ(bytes_until_refused("\xed\xa0\x80z"), 2u);
  EXPECT_EQ(bytes_until_refused("\xf0\x8f\xbf\xbfz"), 2u);
  EXPECT_EQ(bytes_until_refused("\xf4\x90\x80\x80z"), 2u);
  EXPECT_EQ(bytes_until_refused("\xf0\x9f\x98zz"), 4u);
}

TEST(Utf8Validator, stays_with_its_judgement_until_it_is_reset) {
  Utf8Validator validator;
  EXPECT_FALSE(validator.feed("\xff"));
  EXPECT_FALSE(validator.feed("a"));
  EXPECT_FALSE(validator.feed(std::string(100, 'a')));
  EXPECT_FALSE(validator.feed(""));
  EXPECT_FALSE(validator.complete());

  validator.reset();

  EXPECT_TRUE(validator.feed("a"));
  EXPECT_TRUE(validator.complete());
}

}  // namespace
}  // namespace pushgate::websocket
