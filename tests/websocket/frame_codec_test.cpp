// A frame's header, its mask, and frames as bytes.

#include "pushgate/websocket/frame_codec.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "reader_harness.hpp"

namespace pushgate::websocket {
namespace {

constexpr MaskKey kKey{'\x37', '\xfa', '\x21', '\x3d'};  // RFC 6455 section 5.7

std::string masked_hello() {
  return bytes_of({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
}

TEST(Frames, are_those_of_the_standard) {
  std::string hello;
  append_frame(hello, Opcode::text, "Hello");
  EXPECT_EQ(hello, bytes_of({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));

  std::string masked;
  append_masked_frame(masked, Opcode::text, "Hello", kKey);
  EXPECT_EQ(masked, masked_hello());

  std::string fragments;
  append_frame(fragments, Opcode::text, "Hel", {.fin = false});
  append_frame(fragments, Opcode::continuation, "lo");
  EXPECT_EQ(fragments, bytes_of({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f}));

  EXPECT_EQ((EncodedHeader{Opcode::binary, 256}.view()), bytes_of({0x82, 0x7e, 0x01, 0x00}));
  EXPECT_EQ((EncodedHeader{Opcode::binary, 65536}.view()),
            bytes_of({0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(Frames, of_a_compressed_message_have_rsv1) {
  std::string out;
  append_frame_header(out, Opcode::text, 7, {.rsv1 = true});

  EXPECT_EQ(out, bytes_of({0xc1, 0x07}));  // RFC 7692 section 7.2.3.1
}

TEST(Frames, append_to_what_is_there) {
  std::string out = "before";
  append_masked_frame(out, Opcode::ping, "x", MaskKey{});
  append_frame(out, Opcode::pong, "y");

  EXPECT_EQ(out, "before" + bytes_of({0x89, 0x81, 0, 0, 0, 0, 'x', 0x8a, 0x01, 'y'}));
}

/// Reads a header that must be good.
FrameHeader header_of(std::string_view bytes, HeaderRules rules = {}) {
  FrameHeader header;
  const HeaderStep step = parse_frame_header(bytes, rules, header);
  EXPECT_EQ(step.error, FrameError::none);
  EXPECT_EQ(step.header_bytes, bytes.size());
  return header;
}

TEST(FrameHeader, says_what_was_encoded) {
  for (const Opcode opcode : {Opcode::continuation, Opcode::text, Opcode::binary}) {
    for (const std::uint64_t bytes : {0ull, 1ull, 125ull, 126ull, 127ull, 65535ull, 65536ull,
                                      0xffff'ffffull, 0x7fff'ffff'ffff'ffffull}) {
      for (const bool fin : {true, false}) {
        const FrameFlags flags{.fin = fin, .rsv1 = opcode != Opcode::continuation};
        const FrameHeader header =
            header_of(EncodedHeader{opcode, bytes, kKey, flags}.view(), {.compression = true});
        EXPECT_EQ(header.opcode, opcode);
        EXPECT_EQ(header.payload_bytes, bytes);
        EXPECT_EQ(header.fin, fin);
        EXPECT_EQ(header.rsv1, flags.rsv1);
        EXPECT_TRUE(header.masked);
        EXPECT_EQ(header.mask_key, kKey);
      }
    }
  }
}

TEST(FrameHeader, of_a_server_is_not_masked) {
  const FrameHeader header =
      header_of(EncodedHeader{Opcode::text, 300}.view(), {.peer = Peer::server});

  EXPECT_FALSE(header.masked);
  EXPECT_EQ(header.payload_bytes, 300u);
}

TEST(FrameHeader, waits_for_its_last_byte) {
  for (const std::uint64_t bytes : {5ull, 300ull, 70000ull}) {
    const EncodedHeader encoded{Opcode::text, bytes, kKey};
    for (std::size_t i = 0; i < encoded.view().size(); ++i) {
      FrameHeader header;
      const HeaderStep step = parse_frame_header(encoded.view().substr(0, i), {}, header);
      EXPECT_EQ(step.header_bytes, 0u) << i;
      EXPECT_EQ(step.error, FrameError::none) << i;
    }
  }
}

struct BadHeader {
  std::string bytes;  ///< up to the byte that shows the error
  FrameError error;
  HeaderRules rules{};
};

TEST(FrameHeader, is_refused_with_the_byte_that_breaks_a_rule) {
  constexpr HeaderRules kCompressed{.compression = true};
  const BadHeader bad_headers[] = {
      {bytes_of({0x91}), FrameError::reserved_bits},               // RSV3
      {bytes_of({0xa1}), FrameError::reserved_bits},               // RSV2
      {bytes_of({0xc1}), FrameError::reserved_bits},               // RSV1, nothing agreed on
      {bytes_of({0xd1}), FrameError::reserved_bits, kCompressed},  // RSV1 and RSV3
      {bytes_of({0xe2}), FrameError::reserved_bits, kCompressed},  // RSV1 and RSV2
      {bytes_of({0xc0}), FrameError::reserved_bits, kCompressed},  // of a continuation
      {bytes_of({0xc9}), FrameError::reserved_bits, kCompressed},  // of a ping
      {bytes_of({0x83}), FrameError::reserved_opcode},
      {bytes_of({0x07}), FrameError::reserved_opcode},
      {bytes_of({0x8b}), FrameError::reserved_opcode},
      {bytes_of({0x0f}), FrameError::reserved_opcode},
      {bytes_of({0x08}), FrameError::fragmented_control},
      {bytes_of({0x09}), FrameError::fragmented_control},
      {bytes_of({0x0a}), FrameError::fragmented_control},
      {bytes_of({0x88, 0xfe}), FrameError::control_too_long},
      {bytes_of({0x89, 0xff}), FrameError::control_too_long},
      {bytes_of({0x81, 0x05}), FrameError::unmasked},
      {bytes_of({0x81, 0x85}), FrameError::masked, {.peer = Peer::server}},
      {bytes_of({0x81, 0xfe, 0x00, 0x7d}), FrameError::length_not_minimal},
      {bytes_of({0x81, 0xfe, 0x00, 0x00}), FrameError::length_not_minimal},
      {bytes_of({0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff}), FrameError::length_not_minimal},
      {bytes_of({0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x05}), FrameError::length_not_minimal},
      {bytes_of({0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0}), FrameError::length_too_large},
      {bytes_of({0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
       FrameError::length_too_large},
  };
  for (const BadHeader& bad : bad_headers) {
    SCOPED_TRACE(testing::PrintToString(bad.bytes));
    FrameHeader header;
    for (std::size_t i = 0; i < bad.bytes.size(); ++i) {
      const std::string_view begin = std::string_view{bad.bytes}.substr(0, i);
      EXPECT_EQ(parse_frame_header(begin, bad.rules, header).error, FrameError::none) << i;
    }
    // What follows does not change the judgement.
    for (const char* more : {"", "\xff", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"}) {
      const HeaderStep step = parse_frame_header(bad.bytes + more, bad.rules, header);
      EXPECT_EQ(step.error, bad.error);
      EXPECT_EQ(step.header_bytes, 0u);
    }
  }
}

TEST(Mask, is_that_of_one_byte_at_a_time) {
  for (std::size_t bytes = 0; bytes <= 100; ++bytes) {
    for (std::uint64_t offset = 0; offset < 5; ++offset) {
      const std::string plain = random_bytes(bytes, static_cast<unsigned>(bytes));
      std::string fast = plain;
      std::string slow = plain;

      apply_mask(fast.data(), bytes, kKey, offset);
      for (std::size_t i = 0; i < bytes; ++i) {
        slow[i] = static_cast<char>(slow[i] ^ kKey[(i + offset) % 4]);
      }

      ASSERT_EQ(fast, slow) << bytes << " at " << offset;
    }
  }
}

TEST(Mask, goes_on_where_the_last_piece_ended) {
  const std::string plain = random_bytes(200, 1);
  std::string whole = plain;
  apply_mask(whole.data(), whole.size(), kKey);
  for (std::size_t cut = 0; cut <= plain.size(); ++cut) {
    std::string pieces = plain;
    apply_mask(pieces.data(), cut, kKey);
    apply_mask(pieces.data() + cut, pieces.size() - cut, kKey, cut);
    ASSERT_EQ(pieces, whole) << cut;
  }
}

TEST(CloseFrame, has_code_and_reason) {
  std::string out;
  append_close(out, close_code::kGoingAway, "bye");

  EXPECT_EQ(out, bytes_of({0x88, 0x05, 0x03, 0xe9, 'b', 'y', 'e'}));
}

TEST(CloseFrame, without_a_code_is_empty) {
  std::string out;
  append_close(out, close_code::kNone, "never sent");

  EXPECT_EQ(out, bytes_of({0x88, 0x00}));
}

TEST(CloseFrame, cuts_a_long_reason_between_characters) {
  EXPECT_EQ(close_payload(1000, std::string(123, 'a')).size(), 125u);
  EXPECT_EQ(close_payload(1000, std::string(124, 'a')).size(), 125u);

  const std::string euro = "\xe2\x82\xac";
  const std::string payload = close_payload(1000, std::string(122, 'a') + euro);
  EXPECT_EQ(payload.substr(2), std::string(122, 'a'));
  EXPECT_EQ(close_payload(1000, std::string(120, 'a') + euro).substr(2),
            std::string(120, 'a') + euro);
}

TEST(FrameError, has_a_close_code_and_a_rule_of_its_own) {
  EXPECT_EQ(close_code_of(FrameError::reserved_bits), 1002);
  EXPECT_EQ(close_code_of(FrameError::bad_close_code), 1002);
  EXPECT_EQ(close_code_of(FrameError::invalid_utf8), 1007);
  EXPECT_EQ(close_code_of(FrameError::bad_compressed_data), 1007);
  EXPECT_EQ(close_code_of(FrameError::message_too_big), 1009);
  EXPECT_EQ(rule_of(FrameError::reserved_bits), "reserved_bits");
  EXPECT_EQ(rule_of(FrameError::message_too_big), "message_too_big");
  EXPECT_LE(message_of(FrameError::bad_close_code).size(), kMaxControlBytes - 2);
}

}  // namespace
}  // namespace pushgate::websocket
