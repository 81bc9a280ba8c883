// Chunked coding: each sample decoded at once and in every split must give the same.

#include "pushgate/http/chunked_decoder.hpp"

#include <string>

#include <gtest/gtest.h>

namespace pushgate::http {
namespace {

struct Decoded {
  std::string payload;
  std::string trailers;
  std::size_t consumed = 0;
  bool finished = false;
  ChunkError error = ChunkError::none;

  friend bool operator==(const Decoded&, const Decoded&) = default;
};

/// Feeds one piece of input until the decoder takes no more of it.
void feed(ChunkedDecoder& decoder, std::string_view input, Decoded& result) {
  while (!input.empty() && result.error == ChunkError::none) {
    const ChunkStep step = decoder.step(input);
    result.payload += step.payload;
    result.error = step.error;
    result.finished = step.finished;
    result.consumed += step.consumed;
    if (step.consumed == 0) break;
    input.remove_prefix(step.consumed);
  }
  result.trailers = decoder.trailers();
}

Decoded decode(std::string_view first, std::string_view second = {}, std::string_view third = {}) {
  ChunkedDecoder decoder{64};
  Decoded result;
  feed(decoder, first, result);
  feed(decoder, second, result);
  feed(decoder, third, result);
  return result;
}

struct Sample {
  std::string_view bytes;
  std::string_view payload;
  ChunkError error = ChunkError::none;
};

using namespace std::string_view_literals;

constexpr Sample kGood[] = {
    {"0\r\n\r\n", ""},
    {"3\r\nabc\r\n0\r\n\r\n", "abc"},
    {"3\r\nabc\r\n00\r\n\r\n", "abc"},
    {"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"},
    {"0000000000003\r\nabc\r\n0\r\n\r\n", "abc"},
    {"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"},
    {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
    {"3;a\r\nabc\r\n0\r\n\r\n", "abc"},
    {"3;a=b;c=\"d;\\\" e\"\r\nabc\r\n0;x\r\n\r\n", "abc"},
    {"3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n", "abc"},
};

constexpr Sample kBad[] = {
    {"\r\n", "", ChunkError::bad_size},
    {";a\r\n", "", ChunkError::bad_size},
    {"g\r\n", "", ChunkError::bad_size},
    {"-1\r\n", "", ChunkError::bad_size},
    {"+1\r\n", "", ChunkError::bad_size},
    {"0x1\r\n", "", ChunkError::bad_size},
    {"1_0\r\n", "", ChunkError::bad_size},
    {" 1\r\n", "", ChunkError::bad_size},
    {"1 \r\n", "", ChunkError::bad_size},
    {"1\0\r\n"sv, "", ChunkError::bad_size},
    {"00000000000003\r\n", "", ChunkError::bad_size},
    {"ffffffffffffffff\r\n", "", ChunkError::bad_size},
    {"3\nabc", "", ChunkError::bad_line_end},
    {"3\rabc", "", ChunkError::bad_line_end},
    {"3\r\nabc\n0\r\n\r\n", "abc", ChunkError::bad_line_end},
    {"3\r\nabcd\r\n", "abc", ChunkError::bad_line_end},
    {"3\r\nabc\rX", "abc", ChunkError::bad_line_end},
    {"3;a\nabc", "", ChunkError::bad_line_end},
    {"3;\r\nabc", "", ChunkError::bad_extension},
    {"3;;a\r\nabc", "", ChunkError::bad_extension},
    {"3; a\r\nabc", "", ChunkError::bad_extension},
    {"3;a=\r\nabc", "", ChunkError::bad_extension},
    {"3;a=b=c\r\nabc", "", ChunkError::bad_extension},
    {"3;a=\"b\r\nabc", "", ChunkError::bad_extension},
    {"3;a=\"b\"c\r\nabc", "", ChunkError::bad_extension},
    {"3;a=\"b\nc\"\r\nabc", "", ChunkError::bad_extension},
    {"3;a b\r\nabc", "", ChunkError::bad_extension},
    {"0\r\nX y\r\n\r\n", "", ChunkError::bad_trailer},
    {"0\r\nX: y\r\n z\r\n\r\n", "", ChunkError::bad_trailer},
    {"0\r\nX: y\n\r\n", "", ChunkError::bad_trailer},
    {"0\r\n\n", "", ChunkError::bad_line_end},
    {"0\r\nX: 0123456789012345678901234567890123456789012345678901234567890123\r\n\r\n", "",
     ChunkError::trailer_too_large},
};

void expect_same_for_every_split(const Sample& sample) {
  SCOPED_TRACE(std::string{sample.bytes});
  const Decoded whole = decode(sample.bytes);
  EXPECT_EQ(whole.payload, sample.payload);
  EXPECT_EQ(whole.error, sample.error);
  EXPECT_EQ(whole.finished, sample.error == ChunkError::none);
  for (std::size_t i = 0; i <= sample.bytes.size(); ++i) {
    for (std::size_t j = i; j <= sample.bytes.size(); ++j) {
      Decoded split =
          decode(sample.bytes.substr(0, i), sample.bytes.substr(i, j - i), sample.bytes.substr(j));
      if (sample.error != ChunkError::none) {
        // How much of a bad line had been taken in does not matter.
        split.consumed = whole.consumed;
        split.trailers = whole.trailers;
      }
      ASSERT_EQ(split, whole) << i << ' ' << j;
    }
  }
}

TEST(ChunkedDecoder, gives_the_same_for_every_split_of_a_good_body) {
  for (const Sample& sample : kGood) expect_same_for_every_split(sample);
}

TEST(ChunkedDecoder, gives_the_same_error_for_every_split_of_a_bad_body) {
  for (const Sample& sample : kBad) expect_same_for_every_split(sample);
}

TEST(ChunkedDecoder, leaves_the_next_message_alone) {
  const Decoded decoded = decode("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n");

  EXPECT_TRUE(decoded.finished);
  EXPECT_EQ(decoded.consumed, 11u);
}

TEST(ChunkedDecoder, keeps_the_trailers) {
  EXPECT_EQ(decode("0\r\nX: y\r\nZ:\r\n\r\n").trailers, "X: y\r\nZ:\r\n");
  EXPECT_EQ(decode("0\r\n\r\n").trailers, "");
}

TEST(ChunkedDecoder, does_not_copy_the_payload) {
  const std::string input = "3\r\nabc\r\n";
  ChunkedDecoder decoder;

  const ChunkStep step = decoder.step(input);

  EXPECT_EQ(step.payload.data(), input.data() + 3);
}

TEST(ChunkedDecoder, says_how_much_of_a_chunk_is_left_and_lets_it_be_skipped) {
  ChunkedDecoder decoder;
  Decoded result;
  feed(decoder, "10\r\nabcdef", result);

  ASSERT_EQ(decoder.chunk_bytes_left(), 10u);
  decoder.skip_payload(10);
  feed(decoder, "\r\n0\r\n\r\n", result);

  EXPECT_TRUE(result.finished);
  EXPECT_EQ(result.payload, "abcdef");
}

TEST(ChunkedDecoder, limits_the_extensions_of_a_whole_body) {
  const std::string chunk = "1;" + std::string(1000, 'x') + "\r\na\r\n";
  ChunkedDecoder decoder;
  Decoded result;
  for (int i = 0; i < 4; ++i) feed(decoder, chunk, result);
  EXPECT_EQ(result.error, ChunkError::none);

  feed(decoder, chunk, result);

  EXPECT_EQ(result.error, ChunkError::bad_extension);
}

TEST(ChunkedDecoder, repeats_an_error) {
  ChunkedDecoder decoder;
  decoder.step("x");

  EXPECT_EQ(decoder.step("0\r\n\r\n").error, ChunkError::bad_size);
}

TEST(ChunkedDecoder, can_be_used_again_after_a_reset) {
  ChunkedDecoder decoder;
  decoder.step("x");

  decoder.reset();
  Decoded result;
  feed(decoder, "1\r\na\r\n0\r\n\r\n", result);

  EXPECT_TRUE(result.finished);
  EXPECT_EQ(result.payload, "a");
}

TEST(ChunkError, has_a_rule_name_of_its_own) {
  EXPECT_EQ(rule_of(ChunkError::bad_size), "bad_chunk_size");
  EXPECT_EQ(rule_of(ChunkError::bad_trailer), "bad_trailer");
}

}  // namespace
}  // namespace pushgate::http
