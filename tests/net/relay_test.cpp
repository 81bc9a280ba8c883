// relay_test.cpp - one direction: every byte once and in order, whatever the sink takes and however
// the bytes travel.

#include "pushgate/net/relay.hpp"

#include <cerrno>
#include <csignal>
#include <limits>
#include <string>

#include "net/net_fixture.hpp"

namespace pushgate::net {
namespace {

using runtime::kReadable;
using runtime::kWritable;

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kMiB = 1024 * 1024;

/// near ══▶ from ──relay──▶ to ══▶ far
class RelayTest : public NetFixture {
 protected:
  RelayTest() {
    // splice(2) into a broken socket raises it; io threads have it blocked.
    std::signal(SIGPIPE, SIG_IGN);
    connect(0);
  }

  void connect(int buffer_bytes) {
    Connection source = connect_tcp(buffer_bytes);
    Connection sink = connect_tcp(buffer_bytes);
    from = attach(std::move(source.ours));
    to = attach(std::move(sink.ours));
    near = std::move(source.peer);
    far = std::move(sink.peer);
  }

  RelayResult run(std::uint64_t limit = kNoLimit) {
    const RelayResult result = relay.run(from, to, reactor.scratch(), limit);
    moved += result.bytes;
    return result;
  }

  /// Feeds `text` at the near end and takes at the far end until all of it has arrived.
  bool carry(std::string_view text) {
    std::size_t fed = 0;
    const std::size_t goal = far.collect().size() + text.size();
    return run_until([&] {
      fed += near.send_some(text.substr(fed));
      last = run();
      return far.collect().size() == goal || last.status == RelayStatus::input_failed ||
             last.status == RelayStatus::output_failed;
    });
  }

  bool runs_into(RelayStatus status) {
    return run_until([&] {
      last = run();
      return last.status == status;
    });
  }

  void mark_scratch() { reactor.scratch()[0] = '!'; }
  /// Copied bytes pass through the scratch buffer; spliced ones do not.
  bool scratch_is_untouched() { return reactor.scratch()[0] == '!'; }

  Socket from;
  Socket to;
  Wire near;
  Wire far;
  Relay relay;
  RelayResult last;
  std::uint64_t moved = 0;
};

TEST_F(RelayTest, CarriesWhatIsThereAndHoldsNothing) {
  near.send("hello");
  ASSERT_TRUE(becomes(from, kReadable));

  const RelayResult result = run();

  EXPECT_EQ(result.status, RelayStatus::wants_input);
  EXPECT_EQ(result.bytes, 5U);
  EXPECT_TRUE(relay.idle());
  EXPECT_TRUE(run_until([&] { return far.collect() == "hello"; }));
}

TEST_F(RelayTest, WithoutInputThereIsNothingToDo) {
  const RelayResult result = run();

  EXPECT_EQ(result.status, RelayStatus::wants_input);
  EXPECT_EQ(result.bytes, 0U);
}

TEST_F(RelayTest, PreloadedBytesComeFirst) {
  relay.preload("first ");
  near.send("second");
  ASSERT_TRUE(becomes(from, kReadable));

  const RelayResult result = run();

  EXPECT_EQ(result.bytes, 6U) << "what was preloaded was not read here";
  EXPECT_TRUE(run_until([&] { return far.collect() == "first second"; }));
}

TEST_F(RelayTest, ASinkThatTakesNothingStopsTheReading) {
  connect(16 * 1024);
  const std::string text = pattern(kMiB);
  std::size_t fed = 0;
  ASSERT_TRUE(run_until([&] {
    fed += near.send_some(std::string_view(text).substr(fed));
    last = run();
    return last.status == RelayStatus::wants_output;
  }));
  EXPECT_FALSE(relay.idle());
  EXPECT_TRUE(to.channel().interest & kWritable);

  near.send_some(std::string_view(text).substr(fed));
  const RelayResult stuck = run();

  EXPECT_EQ(stuck.status, RelayStatus::wants_output);
  EXPECT_EQ(stuck.bytes, 0U);
}

TEST_F(RelayTest, BackPressureLosesAndReordersNothing) {
  connect(16 * 1024);
  const std::string text = pattern(2 * kMiB);

  ASSERT_TRUE(carry(text));

  EXPECT_TRUE(far.collect() == text);
  EXPECT_EQ(moved, text.size());
  EXPECT_TRUE(relay.idle());
  EXPECT_FALSE(to.channel().interest & kWritable) << "nobody waits for output any more";
}

TEST_F(RelayTest, WhatIsKeptCanBeFlushedWithoutReading) {
  connect(16 * 1024);
  const std::string text = pattern(kMiB);
  std::size_t fed = 0;
  ASSERT_TRUE(run_until([&] {
    fed += near.send_some(std::string_view(text).substr(fed));
    return run().status == RelayStatus::wants_output;
  }));
  const std::uint64_t before = moved;

  ASSERT_TRUE(run_until([&] {
    far.collect();
    int error = 0;
    return relay.flush(to, error) == RelayStatus::wants_input;
  }));

  EXPECT_TRUE(relay.idle());
  EXPECT_TRUE(run_until([&] { return far.collect().size() == before; }));
  EXPECT_TRUE(far.collect() == text.substr(0, before));
}

TEST_F(RelayTest, PendingBytesCanBeTakenOver) {
  relay.preload("kept");

  const Buffer taken = relay.take_pending();

  EXPECT_EQ(taken.view(), "kept");
  EXPECT_TRUE(relay.idle());
}

TEST_F(RelayTest, NoByteBehindTheLimitIsRead) {
  near.send("headtail");
  ASSERT_TRUE(becomes(from, kReadable));

  const RelayResult result = run(4);

  EXPECT_EQ(result.status, RelayStatus::limit);
  EXPECT_EQ(result.bytes, 4U);
  char rest[16];
  EXPECT_EQ(from.read(rest, sizeof rest).bytes, 4U);
  EXPECT_EQ(std::string_view(rest, 4), "tail");
}

TEST_F(RelayTest, ALimitOfNothingIsReachedAtOnce) {
  near.send("x");
  ASSERT_TRUE(becomes(from, kReadable));

  EXPECT_EQ(run(0).status, RelayStatus::limit);
}

TEST_F(RelayTest, ALimitHoldsForSplicedBytesToo) {
  constexpr std::size_t kLimit = 300'000;
  const std::string text = pattern(kLimit + 100'000);
  relay.expect_bulk();
  std::size_t fed = 0;

  ASSERT_TRUE(run_until([&] {
    fed += near.send_some(std::string_view(text).substr(fed));
    far.collect();
    last = run(kLimit - moved);
    return last.status == RelayStatus::limit;
  }));

  EXPECT_EQ(moved, kLimit);
  EXPECT_TRUE(run_until([&] { return far.collect().size() == kLimit; }));
  EXPECT_TRUE(far.collect() == text.substr(0, kLimit));
}

// ---- bulk -------------------------------------------------------------------------------------

TEST_F(RelayTest, ExpectedBulkPassesWithoutACopy) {
  const std::string text = pattern(4 * kMiB);
  relay.expect_bulk();
  mark_scratch();

  ASSERT_TRUE(carry(text));

  EXPECT_TRUE(far.collect() == text);
  EXPECT_TRUE(scratch_is_untouched());
  EXPECT_TRUE(relay.idle());
}

TEST_F(RelayTest, BulkUnderBackPressureLosesNothing) {
  connect(16 * 1024);
  const std::string text = pattern(kMiB);
  relay.expect_bulk();

  ASSERT_TRUE(carry(text));

  EXPECT_TRUE(far.collect() == text);
}

TEST_F(RelayTest, FullReadsInARowTurnIntoBulkByThemselves) {
  // Sizes of their own, because what the kernel would choose depends on how fast this thread is.
  connect(static_cast<int>(kMiB));
  const std::string block = pattern(4 * kMiB);

  EXPECT_TRUE(run_until([&] {
    near.send_some(block);
    mark_scratch();
    last = run();
    far.collect();
    return last.bytes > 0 && scratch_is_untouched();
  }));
}

TEST_F(RelayTest, SmallMessagesLeaveBulkAndAreCopiedAgain) {
  relay.expect_bulk();
  int spliced = 0;
  int copied = 0;
  std::string sent;

  while (copied == 0 && spliced < 20) {
    mark_scratch();
    sent += 'm';
    ASSERT_TRUE(carry("m"));
    ++(scratch_is_untouched() ? spliced : copied);
  }

  EXPECT_GT(spliced, 0);
  EXPECT_EQ(copied, 1);
  EXPECT_EQ(far.collect(), sent);
}

TEST_F(RelayTest, WithoutDescriptorsForAPipeBulkIsCopied) {
  // A sanitizer that meets a type for the first time needs descriptors of its own.
  ASSERT_TRUE(carry("x"));
  runtime::EventSink& sink = nobody;
  sink.on_ready(to.channel());
  const NoMoreDescriptors exhausted;
  const std::string text = pattern(2 * kMiB);
  relay.expect_bulk();

  ASSERT_TRUE(carry(text));

  EXPECT_TRUE(far.collect() == "x" + text);
}

TEST_F(RelayTest, ARelayThatEndsInTheMiddleOfBulkLeavesNothingForTheNext) {
  connect(16 * 1024);
  const std::string text = pattern(kMiB);
  relay.expect_bulk();
  std::size_t fed = 0;
  ASSERT_TRUE(run_until([&] {
    fed += near.send_some(std::string_view(text).substr(fed));
    return run().status == RelayStatus::wants_output;
  }));
  relay = Relay{};
  connect(0);
  relay.expect_bulk();

  ASSERT_TRUE(carry(text));

  EXPECT_TRUE(far.collect() == text);
}

// ---- ends -------------------------------------------------------------------------------------

class RelayEnd : public RelayTest, public ::testing::WithParamInterface<bool> {
 protected:
  RelayEnd() {
    if (GetParam()) relay.expect_bulk();
  }
};

TEST_P(RelayEnd, ComesAfterEverythingThatWasSaidBefore) {
  near.send("last words");
  near.end();

  ASSERT_TRUE(runs_into(RelayStatus::input_ended));

  EXPECT_TRUE(relay.idle());
  EXPECT_TRUE(run_until([&] { return far.collect() == "last words"; }));
}

TEST_P(RelayEnd, WaitsForASinkThatIsSlow) {
  connect(16 * 1024);
  const std::string text = pattern(kMiB);
  std::size_t fed = 0;
  ASSERT_TRUE(run_until([&] {
    fed += near.send_some(std::string_view(text).substr(fed));
    if (fed == text.size()) near.end();
    far.collect();
    last = run();
    return last.status == RelayStatus::input_ended;
  }));

  EXPECT_TRUE(run_until([&] { return far.collect().size() == text.size(); }));
  EXPECT_TRUE(far.collect() == text);
}

TEST_P(RelayEnd, AResetSourceIsAFailureOfTheInput) {
  near.reset();

  ASSERT_TRUE(runs_into(RelayStatus::input_failed));

  EXPECT_EQ(last.error, ECONNRESET);
}

TEST_P(RelayEnd, ASinkThatIsGoneIsAFailureOfTheOutput) {
  far.reset();
  ASSERT_TRUE(becomes(to, runtime::kBroken));
  near.send("x");

  ASSERT_TRUE(runs_into(RelayStatus::output_failed));

  EXPECT_TRUE(last.error == EPIPE || last.error == ECONNRESET) << last.error;
}

INSTANTIATE_TEST_SUITE_P(CopiedAndSpliced, RelayEnd, ::testing::Bool(),
                         [](const auto& spliced) { return spliced.param ? "spliced" : "copied"; });

}  // namespace
}  // namespace pushgate::net
