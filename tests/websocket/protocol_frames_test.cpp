// Framing, pings and pongs, reserved bits and opcodes, fragments: what public suites for WebSocket
// servers call categories 1 to 5. Every test reads its bytes in many splits.

#include <string>

#include <gtest/gtest.h>

#include "reader_harness.hpp"

namespace pushgate::websocket {
namespace {

constexpr std::size_t kSizes[] = {0, 125, 126, 127, 128, 65535, 65536};

// ---- 1: framing ---------------------------------------------------------------------------------

TEST(Framing, text_of_every_kind_of_length) {
  for (const std::size_t size : kSizes) {
    const std::string payload(size, '*');
    EXPECT_EQ(read_every_way(text_frame(payload)), Events{text(payload)}) << size;
  }
}

TEST(Framing, binary_of_every_kind_of_length) {
  for (const std::size_t size : kSizes) {
    const std::string payload = random_bytes(size, 7);
    EXPECT_EQ(read_every_way(frame(Opcode::binary, payload)), Events{binary(payload)}) << size;
  }
}

TEST(Framing, messages_follow_each_other) {
  std::string bytes;
  Events expected;
  for (const std::size_t size : kSizes) {
    bytes += text_frame(std::string(size, 't')) + frame(Opcode::binary, std::string(size, '\xff'));
    expected.push_back(text(std::string(size, 't')));
    expected.push_back(binary(std::string(size, '\xff')));
  }

  EXPECT_EQ(read_every_way(bytes), expected);
}

TEST(Framing, an_incomplete_frame_is_no_event) {
  const std::string bytes = text_frame("Hello") + text_frame(std::string(300, 'a'));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Events events = read_every_way(std::string_view{bytes}.substr(0, size));
    EXPECT_EQ(events, size < 11 ? Events{} : Events{text("Hello")}) << size;
  }
}

TEST(Framing, a_frame_without_mask_is_refused) {
  std::string bytes = text_frame("first");
  append_frame(bytes, Opcode::text, "second");

  EXPECT_EQ(read_every_way(bytes), (Events{text("first"), failed(FrameError::unmasked)}));
}

TEST(Framing, a_client_reads_frames_without_mask_only) {
  constexpr ReaderSetup kOfServer{.peer = Peer::server};
  std::string bytes;
  append_frame(bytes, Opcode::text, std::string(300, 'a'));
  append_frame(bytes, Opcode::ping, "p");

  EXPECT_EQ(read_every_way(bytes, kOfServer), (Events{text(std::string(300, 'a')), ping("p")}));
  EXPECT_EQ(read_every_way(bytes + text_frame("x"), kOfServer).back(), failed(FrameError::masked));
}

TEST(Framing, a_length_in_more_bytes_than_needed_is_refused) {
  const std::string in_two = bytes_of({0x81, 0xfe, 0x00, 0x7d, 0, 0, 0, 0});
  const std::string in_eight = bytes_of({0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0});
  const std::string top_bit = bytes_of({0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});

  EXPECT_EQ(read_every_way(in_two), Events{failed(FrameError::length_not_minimal)});
  EXPECT_EQ(read_every_way(in_eight), Events{failed(FrameError::length_not_minimal)});
  EXPECT_EQ(read_every_way(top_bit), Events{failed(FrameError::length_too_large)});
}

// ---- 2: pings and pongs -------------------------------------------------------------------------

TEST(PingPong, payloads_of_up_to_125_bytes) {
  for (const std::string& payload :
       {std::string{}, std::string{"Hello, world!"}, bytes_of({0x00, 0xff, 0xfe, 0xfd, 0xfc}),
        std::string(125, '\xfe')}) {
    EXPECT_EQ(read_every_way(frame(Opcode::ping, payload)), Events{ping(payload)});
    EXPECT_EQ(read_every_way(frame(Opcode::pong, payload)), Events{pong(payload)});
  }
}

TEST(PingPong, payloads_of_126_bytes_are_refused) {
  for (const Opcode opcode : {Opcode::ping, Opcode::pong, Opcode::close}) {
    EXPECT_EQ(read_every_way(frame(opcode, std::string(126, '\xfe'))),
              Events{failed(FrameError::control_too_long)});
  }
}

TEST(PingPong, many_in_a_row) {
  std::string bytes = frame(Opcode::pong, "unasked");
  Events expected{pong("unasked")};
  for (int i = 0; i < 10; ++i) {
    const std::string payload = "payload-" + std::to_string(i);
    bytes += frame(Opcode::ping, payload);
    expected.push_back(ping(payload));
  }

  EXPECT_EQ(read_every_way(bytes), expected);
}

// ---- 3: reserved bits ---------------------------------------------------------------------------

/// A frame whose first byte has these bits besides.
std::string with_bits(std::string bytes, int bits) {
  bytes[0] = static_cast<char>(bytes[0] | bits);
  return bytes;
}

TEST(ReservedBits, are_refused_on_every_kind_of_frame) {
  for (int bits = 0x10; bits <= 0x70; bits += 0x10) {
    for (const std::string& bad :
         {text_frame("x"), text_frame(""), frame(Opcode::binary, "x"), frame(Opcode::ping, "x"),
          frame(Opcode::pong, "x"), close_frame(1000), frame(Opcode::binary, ascii_of_size(300))}) {
      const std::string bytes = text_frame("good") + with_bits(bad, bits) + frame(Opcode::ping, "");
      EXPECT_EQ(read_every_way(bytes), (Events{text("good"), failed(FrameError::reserved_bits)}));
    }
  }
}

TEST(ReservedBits, are_refused_on_continuations) {
  const std::string bytes = fragment(Opcode::text, "a") + with_bits(last_fragment("b"), 0x40);

  EXPECT_EQ(read_every_way(bytes), Events{failed(FrameError::reserved_bits)});
}

// ---- 4: reserved opcodes ------------------------------------------------------------------------

TEST(ReservedOpcodes, are_refused) {
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    for (const std::string_view payload : {"", "payload"}) {
      const std::string bytes = text_frame("good") + frame(static_cast<Opcode>(opcode), payload) +
                                frame(Opcode::ping, "");
      EXPECT_EQ(read_every_way(bytes), (Events{text("good"), failed(FrameError::reserved_opcode)}))
          << opcode;
    }
  }
}

// ---- 5: fragments -------------------------------------------------------------------------------

TEST(Fragments, of_control_frames_are_refused) {
  for (const Opcode opcode : {Opcode::ping, Opcode::pong, Opcode::close}) {
    EXPECT_EQ(read_every_way(fragment(opcode, "a") + last_fragment("b")),
              Events{failed(FrameError::fragmented_control)});
  }
}

TEST(Fragments, make_one_message) {
  EXPECT_EQ(read_every_way(fragment(Opcode::text, "frag") + last_fragment("ment")),
            Events{text("fragment")});
  EXPECT_EQ(read_every_way(fragment(Opcode::binary, "\x01\xff") + last_fragment("\x02")),
            Events{binary("\x01\xff\x02")});
}

TEST(Fragments, may_have_control_frames_in_between) {
  const std::string bytes = fragment(Opcode::text, "one ") + frame(Opcode::ping, "p1") +
                            fragment(Opcode::continuation, "two ") + frame(Opcode::ping, "") +
                            frame(Opcode::pong, std::string(125, 'q')) + last_fragment("three") +
                            frame(Opcode::ping, "p2");

  EXPECT_EQ(read_every_way(bytes), (Events{ping("p1"), ping(""), pong(std::string(125, 'q')),
                                           text("one two three"), ping("p2")}));
}

TEST(Fragments, five_with_pings_in_between_and_another_message) {
  std::string bytes =
      fragment(Opcode::text, "fragment1") + fragment(Opcode::continuation, "fragment2");
  bytes += frame(Opcode::ping, "pongme 1!");
  bytes +=
      fragment(Opcode::continuation, "fragment3") + fragment(Opcode::continuation, "fragment4");
  bytes += frame(Opcode::ping, "pongme 2!") + last_fragment("fragment5") + text_frame("next");

  EXPECT_EQ(read_every_way(bytes),
            (Events{ping("pongme 1!"), ping("pongme 2!"),
                    text("fragment1fragment2fragment3fragment4fragment5"), text("next")}));
}

TEST(Fragments, may_be_empty) {
  EXPECT_EQ(read_every_way(fragment(Opcode::text, "") + fragment(Opcode::continuation, "") +
                           last_fragment("")),
            Events{text("")});
  EXPECT_EQ(read_every_way(fragment(Opcode::text, "") + fragment(Opcode::continuation, "middle") +
                           last_fragment("")),
            Events{text("middle")});
  EXPECT_EQ(read_every_way(fragment(Opcode::binary, "") + frame(Opcode::ping, "p") +
                           last_fragment("end")),
            (Events{ping("p"), binary("end")}));
}

TEST(Fragments, continue_a_message_that_has_begun) {
  const Events lonely{failed(FrameError::lonely_continuation)};
  EXPECT_EQ(read_every_way(last_fragment("x") + text_frame("y")), lonely);
  EXPECT_EQ(read_every_way(fragment(Opcode::continuation, "x") + text_frame("y")), lonely);
  EXPECT_EQ(read_every_way(last_fragment("") + text_frame("y")), lonely);

  const std::string after_the_end = fragment(Opcode::text, "a") + last_fragment("b") +
                                    fragment(Opcode::continuation, "c") + text_frame("d");
  EXPECT_EQ(read_every_way(after_the_end),
            (Events{text("ab"), failed(FrameError::lonely_continuation)}));
}

TEST(Fragments, are_not_interrupted_by_another_message) {
  const Events interrupted{failed(FrameError::message_not_finished)};
  EXPECT_EQ(read_every_way(fragment(Opcode::text, "a") + text_frame("b")), interrupted);
  EXPECT_EQ(read_every_way(fragment(Opcode::text, "") + frame(Opcode::binary, "b")), interrupted);
  EXPECT_EQ(read_every_way(fragment(Opcode::binary, "a") + fragment(Opcode::text, "b")),
            interrupted);
}

TEST(Fragments, every_cut_of_a_message_into_three) {
  const std::string payload = "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6!";
  for (std::size_t i = 0; i <= payload.size(); ++i) {
    for (std::size_t j = i; j <= payload.size(); ++j) {
      const std::string bytes = fragment(Opcode::text, payload.substr(0, i)) +
                                fragment(Opcode::continuation, payload.substr(i, j - i)) +
                                frame(Opcode::ping, "in between") +
                                last_fragment(payload.substr(j));
      ASSERT_EQ(read_in_pieces(bytes, bytes.size()), (Events{ping("in between"), text(payload)}));
      ASSERT_EQ(read_in_pieces(bytes, 3), (Events{ping("in between"), text(payload)}));
    }
  }
}

}  // namespace
}  // namespace pushgate::websocket
