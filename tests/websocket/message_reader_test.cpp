// What a MessageReader promises besides events: memory, views, and what may happen between calls.

#include "pushgate/websocket/message_reader.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "reader_harness.hpp"
#include "runtime/counted_allocations.hpp"

namespace pushgate::websocket {
namespace {

using Kind = ReaderEvent::Kind;

std::span<char> span_of(std::string& bytes) { return {bytes.data(), bytes.size()}; }

bool lies_in(std::string_view view, const std::string& memory) {
  return view.data() >= memory.data() && view.data() + view.size() <= memory.data() + memory.size();
}

/// Feeds bytes that are expected to yield nothing.
void feed_quietly(MessageReader& reader, std::string bytes) {
  std::span<char> input = span_of(bytes);
  EXPECT_EQ(reader.next(input).kind, Kind::none);
}

TEST(MessageReader, is_small) { EXPECT_LE(sizeof(MessageReader), 24u); }

TEST(MessageReader, does_not_copy_a_frame_that_is_there_as_a_whole) {
  ReaderContext context;
  MessageReader reader{context};
  std::string bytes = text_frame("one") + frame(Opcode::ping, "two") + close_frame(1000, "three");
  std::span<char> input = span_of(bytes);

  for (const std::string_view expected : {"one", "two", "three"}) {
    const ReaderEvent event = reader.next(input);
    EXPECT_EQ(event.payload, expected);
    EXPECT_TRUE(lies_in(event.payload, bytes)) << expected;
  }
}

TEST(MessageReader, does_not_allocate_for_frames_that_are_there_as_a_whole) {
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += text_frame("message") + frame(Opcode::ping, "ping");
  const std::size_t before = runtime::allocations_of_this_thread();

  ReaderContext context;
  MessageReader reader{context};
  std::span<char> input = span_of(bytes);
  int events = 0;
  while (reader.next(input).kind != Kind::none) ++events;

  EXPECT_EQ(runtime::allocations_of_this_thread(), before);
  EXPECT_EQ(events, 20);
}

TEST(MessageReader, consumes_up_to_the_event) {
  ReaderContext context;
  MessageReader reader{context};
  const std::string second = text_frame("second");
  std::string bytes = text_frame("first") + second;
  std::span<char> input = span_of(bytes);

  EXPECT_EQ(reader.next(input).payload, "first");
  EXPECT_EQ(input.size(), second.size());
  EXPECT_EQ(reader.next(input).payload, "second");
  EXPECT_TRUE(input.empty());
  EXPECT_EQ(reader.next(input).kind, Kind::none);
}

TEST(MessageReader, holds_no_memory_between_messages) {
  ReaderContext context;
  MessageReader reader{context};
  EXPECT_EQ(reader.held_bytes(), 0u);
  const std::string bytes = fragment(Opcode::text, ascii_of_size(5000)) + frame(Opcode::ping, "p") +
                            last_fragment("end") + frame(Opcode::pong, "q") +
                            fragment(Opcode::text, "") + last_fragment("") +
                            frame(Opcode::ping, "");
  std::size_t most = 0;
  for (const char c : bytes) {
    std::string one(1, c);
    std::span<char> input = span_of(one);
    while (reader.next(input).kind != Kind::none) {
    }
    most = std::max(most, reader.held_bytes());
  }

  EXPECT_EQ(reader.held_bytes(), 0u);
  EXPECT_GT(most, 5000u);
}

TEST(MessageReader, holds_no_memory_after_an_error) {
  ReaderContext context;
  MessageReader reader{context};
  feed_quietly(reader, fragment(Opcode::text, ascii_of_size(5000)));
  EXPECT_GT(reader.held_bytes(), 5000u);
  std::string bad = text_frame("x");
  std::span<char> input = span_of(bad);

  EXPECT_EQ(reader.next(input).error, FrameError::message_not_finished);

  EXPECT_EQ(reader.held_bytes(), 0u);
}

TEST(MessageReader, holds_what_has_arrived_and_not_what_was_announced) {
  ReaderContext context;
  MessageReader reader{context};
  const std::string whole = frame(Opcode::binary, std::string(900'000, 'x'));

  feed_quietly(reader, whole.substr(0, 100));

  EXPECT_LT(reader.held_bytes(), 1000u);
}

/// A hundred thousand frames of one byte cost what their bytes cost, and empty ones nothing.
TEST(MessageReader, memory_does_not_depend_on_the_number_of_fragments) {
  ReaderContext context;
  MessageReader reader{context};
  feed_quietly(reader, fragment(Opcode::binary, "x"));
  const std::size_t held_at_first = reader.held_bytes();
  for (int i = 0; i < 1000; ++i) feed_quietly(reader, fragment(Opcode::continuation, ""));
  EXPECT_EQ(reader.held_bytes(), held_at_first);

  for (int i = 0; i < 100'000; ++i) feed_quietly(reader, fragment(Opcode::continuation, "x"));

  EXPECT_LT(reader.held_bytes(), 2 * 100'000u + 1000u);
}

TEST(MessageReader, memory_is_bounded_by_the_limit) {
  constexpr std::size_t kLimit = 10'000;
  ReaderContext context{{.max_message_bytes = kLimit}};
  MessageReader reader{context};
  feed_quietly(reader, fragment(Opcode::binary, std::string(kLimit * 6 / 10, 'x')));

  feed_quietly(reader, fragment(Opcode::continuation, std::string(kLimit * 4 / 10, 'x')));
  const std::string ping_begin = frame(Opcode::ping, std::string(125, 'p')).substr(0, 100);
  feed_quietly(reader, ping_begin);

  EXPECT_GE(reader.held_bytes(), kLimit);
  EXPECT_LT(reader.held_bytes(), kLimit + 500u);
}

/// Views are never into the reader, so its owner may go because of what it reads.
TEST(MessageReader, may_be_destroyed_while_an_event_is_handled) {
  DeflateSettings settings;
  Deflater deflater{settings};
  const std::string compressed{deflater.compress("compressed")};
  const std::string streams[] = {
      text_frame("message"),
      fragment(Opcode::text, "mess") + last_fragment("age"),
      frame(Opcode::text, compressed, {.rsv1 = true}),
      frame(Opcode::ping, "ping"),
  };
  const std::string payloads[] = {"message", "message", "compressed", "ping"};
  for (std::size_t i = 0; i < std::size(streams); ++i) {
    ReaderContext context;
    auto reader = std::make_unique<MessageReader>(context, true);
    // The last piece is a string of its own, and stays.
    std::string first = streams[i].substr(0, streams[i].size() - 2);
    std::string rest = streams[i].substr(first.size());
    std::span<char> input = span_of(first);
    EXPECT_EQ(reader->next(input).kind, Kind::none);
    input = span_of(rest);
    const ReaderEvent event = reader->next(input);

    reader.reset();

    EXPECT_EQ(event.payload, payloads[i]);
  }
}

TEST(MessageReader, of_one_context_do_not_disturb_each_other) {
  ReaderContext context;
  MessageReader first{context};
  MessageReader second{context};
  feed_quietly(first, fragment(Opcode::text, "first "));
  feed_quietly(second, fragment(Opcode::text, "second "));
  feed_quietly(second, frame(Opcode::ping, "ping").substr(0, 8));
  std::string rest = last_fragment("message");
  std::span<char> input = span_of(rest);

  EXPECT_EQ(first.next(input).payload, "first message");
}

TEST(ReaderContext, holds_a_message_until_the_next_call) {
  ReaderContext context;
  MessageReader reader{context};
  feed_quietly(reader, fragment(Opcode::text, ascii_of_size(100'000)));
  std::string rest = last_fragment("");
  std::span<char> input = span_of(rest);
  EXPECT_EQ(reader.next(input).payload.size(), 100'000u);
  EXPECT_GE(context.held_bytes(), 100'000u);

  EXPECT_EQ(reader.next(input).kind, Kind::none);

  EXPECT_EQ(context.held_bytes(), 0u);
}

TEST(MessageReader, can_be_moved_within_a_message) {
  ReaderContext context;
  MessageReader reader{context};
  feed_quietly(reader, fragment(Opcode::text, "\xe2"));
  MessageReader moved{std::move(reader)};
  std::string rest = last_fragment("\x82\xac");
  std::span<char> input = span_of(rest);

  EXPECT_EQ(moved.next(input).payload, "\xe2\x82\xac");
}

TEST(MessageReader, swallows_what_comes_after_the_end) {
  ReaderContext context;
  MessageReader reader{context};
  std::string bytes = close_frame(1000) + text_frame("late");
  std::span<char> input = span_of(bytes);
  EXPECT_EQ(reader.next(input).kind, Kind::close);
  EXPECT_TRUE(input.empty());

  feed_quietly(reader, text_frame("later"));

  EXPECT_EQ(reader.held_bytes(), 0u);
}

TEST(MessageReader, takes_a_new_limit_with_the_next_frame) {
  ReaderContext context;
  MessageReader reader{context};
  feed_quietly(reader, fragment(Opcode::binary, std::string(1000, 'x')));

  context.set_max_message_bytes(500);
  std::string rest = last_fragment("");
  std::span<char> input = span_of(rest);

  EXPECT_EQ(reader.next(input).error, FrameError::message_too_big);
}

}  // namespace
}  // namespace pushgate::websocket
