// body_pump_test.cpp - a body between two sockets whose readiness the test decides.

#include "agent/session/body_pump.hpp"

#include <string>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "pushgate/runtime/reactor.hpp"

#include "support/http_message.hpp"

namespace pushgate::agent {
namespace {

using http::Framing;
using test::make_stream_pair;
using test::patterned;
using test::RawStream;
using test::StreamPair;
using Encoding = BodyPump::Encoding;

class BodyPumpTest : public testing::Test {
 protected:
  explicit BodyPumpTest(int sink_bytes = 0) {
    StreamPair from = make_stream_pair();
    StreamPair to = make_stream_pair(sink_bytes);
    source = RawStream{std::move(from.ours)};
    sink = RawStream{std::move(to.ours)};
    input = net::Socket::attach(reactor, std::move(from.theirs), nullptr).value();
    output = net::Socket::attach(reactor, std::move(to.theirs), nullptr).value();
  }

  /// One turn, as if the reactor had just reported both sockets.
  PumpStatus run(BodyPump& pump) {
    input.channel().ready |= runtime::kReadable;
    output.channel().ready |= runtime::kWritable;
    return pump.run(input, output, reactor.scratch(), beyond);
  }

  boost::asio::io_context io;
  runtime::Reactor reactor{io};
  RawStream source;
  RawStream sink;
  net::Socket input;
  net::Socket output;
  net::Buffer beyond;
  ProtectedNames protected_names;
};

TEST_F(BodyPumpTest, WithoutABodyIsDoneAtOnce) {
  BodyPump pump{Framing::none, 0, Encoding::raw, nullptr};

  EXPECT_TRUE(pump.done());
  EXPECT_EQ(run(pump), PumpStatus::done);
}

TEST_F(BodyPumpTest, OfLengthZeroIsDoneAtOnce) {
  const BodyPump pump{Framing::length, 0, Encoding::raw, nullptr};

  EXPECT_TRUE(pump.done());
}

TEST_F(BodyPumpTest, MovesABodyThatArrivesInPieces) {
  BodyPump pump{Framing::length, 6, Encoding::raw, nullptr};
  source.send("abc");
  EXPECT_EQ(run(pump), PumpStatus::wants_input);
  EXPECT_FALSE(pump.done());
  source.send("def");
  EXPECT_EQ(run(pump), PumpStatus::done);

  EXPECT_EQ(sink.read_exactly(6), "abcdef");
  EXPECT_EQ(pump.bytes(), 6u);
}

TEST_F(BodyPumpTest, LeavesWhatFollowsALengthInTheSocket) {
  BodyPump pump{Framing::length, 3, Encoding::raw, nullptr};
  source.send("abcNEXT");
  EXPECT_EQ(run(pump), PumpStatus::done);

  char next[8] = {};
  EXPECT_EQ(input.read(next, sizeof next).bytes, 4u);
  EXPECT_EQ(std::string_view{next}, "NEXT");
  EXPECT_TRUE(beyond.empty());
}

TEST_F(BodyPumpTest, SaysThatALengthWasNotReached) {
  BodyPump pump{Framing::length, 6, Encoding::raw, nullptr};
  source.send("abc");
  source.close();
  PumpStatus status = run(pump);
  if (status == PumpStatus::wants_input) status = run(pump);

  EXPECT_EQ(status, PumpStatus::truncated);
}

TEST_F(BodyPumpTest, SaysThatALastChunkNeverCame) {
  BodyPump pump{Framing::chunked, 0, Encoding::chunked, nullptr};
  source.send("3\r\nabc\r\n");
  source.close();
  PumpStatus status = run(pump);
  if (status == PumpStatus::wants_input) status = run(pump);

  EXPECT_EQ(status, PumpStatus::truncated);
  EXPECT_EQ(sink.read_exactly(8), "3\r\nabc\r\n");
}

TEST_F(BodyPumpTest, WritesChunksAnewWithoutTheirExtensions) {
  BodyPump pump{Framing::chunked, 0, Encoding::chunked, nullptr};
  source.send("003;x=y\r\nabc\r\n0\r\n\r\n");
  EXPECT_EQ(run(pump), PumpStatus::done);

  EXPECT_EQ(sink.read_until("0\r\n\r\n"), "3\r\nabc\r\n0\r\n\r\n");
}

TEST_F(BodyPumpTest, KeepsWhatFollowsTheLastChunk) {
  BodyPump pump{Framing::chunked, 0, Encoding::chunked, nullptr};
  source.send("0\r\n\r\nGET /next");
  EXPECT_EQ(run(pump), PumpStatus::done);

  EXPECT_EQ(beyond.view(), "GET /next");
}

TEST_F(BodyPumpTest, DropsTrailersByDefault) {
  BodyPump pump{Framing::chunked, 0, Encoding::chunked, nullptr};
  source.send("0\r\nX-Sum: 1\r\n\r\n");
  run(pump);

  EXPECT_EQ(sink.read_exactly(5), "0\r\n\r\n");
}

TEST_F(BodyPumpTest, PassesTrailersByRule) {
  BodyPump pump{Framing::chunked, 0, Encoding::chunked, &protected_names};
  source.send("0\r\nX-Sum: 1\r\n\r\n");
  run(pump);

  EXPECT_EQ(sink.read_until("\r\n\r\n"), "0\r\nX-Sum: 1\r\n\r\n");
}

TEST_F(BodyPumpTest, NeverPassesATrailerThatOnlyTheAgentMaySet) {
  protected_names.add("X-Pushgate-Uid");
  BodyPump pump{Framing::chunked, 0, Encoding::chunked, &protected_names};
  source.send("0\r\nx_pushgate_uid: admin\r\nX-Sum: 1\r\n\r\n");
  run(pump);

  EXPECT_EQ(sink.read_until("\r\n\r\n"), "0\r\nX-Sum: 1\r\n\r\n");
}

TEST_F(BodyPumpTest, TakesChunksOffForAReaderWithoutThem) {
  BodyPump pump{Framing::chunked, 0, Encoding::raw, &protected_names};
  source.send("3\r\nabc\r\n2\r\nde\r\n0\r\nX: 1\r\n\r\n");
  EXPECT_EQ(run(pump), PumpStatus::done);
  output.close();

  EXPECT_EQ(sink.read_to_end(), "abcde");
}

TEST_F(BodyPumpTest, PutsABodyUntilCloseIntoChunks) {
  BodyPump pump{Framing::until_close, 0, Encoding::chunked, nullptr};
  source.send("abc");
  EXPECT_EQ(run(pump), PumpStatus::wants_input);
  source.close();
  EXPECT_EQ(run(pump), PumpStatus::done);

  EXPECT_EQ(sink.read_until("0\r\n\r\n"), "3\r\nabc\r\n0\r\n\r\n");
}

TEST_F(BodyPumpTest, StopsAtAMalformedChunk) {
  BodyPump pump{Framing::chunked, 0, Encoding::chunked, nullptr};
  source.send("zz\r\n");

  EXPECT_EQ(run(pump), PumpStatus::malformed);
  EXPECT_EQ(pump.chunk_error(), http::ChunkError::bad_size);
}

TEST_F(BodyPumpTest, SaysThatTheSinkIsGone) {
  BodyPump pump{Framing::length, 6, Encoding::raw, nullptr};
  sink.close();
  source.send("abc");

  EXPECT_EQ(run(pump), PumpStatus::output_failed);
}

TEST_F(BodyPumpTest, TakesOnlyItsOwnBytesOfWhatCameWithTheHead) {
  BodyPump pump{Framing::length, 3, Encoding::raw, nullptr};
  std::string out;

  EXPECT_EQ(pump.take("abcNEXT", out), 3u);
  EXPECT_EQ(out, "") << "a raw body is written by the caller, uncopied";
  EXPECT_TRUE(pump.source_done());
}

TEST_F(BodyPumpTest, TakesChunksThatCameWithTheHeadInAnySplit) {
  const std::string wire = "3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";
  for (std::size_t split = 0; split <= wire.size(); ++split) {
    BodyPump pump{Framing::chunked, 0, Encoding::raw, nullptr};
    std::string out;
    const std::string_view bytes = wire;
    EXPECT_EQ(pump.take(bytes.substr(0, split), out), split);
    EXPECT_EQ(pump.take(bytes.substr(split), out), wire.size() - split);
    EXPECT_EQ(out, "abc0123456789abcdef") << "split at " << split;
    EXPECT_TRUE(pump.source_done());
  }
}

class NarrowSink : public BodyPumpTest {
 protected:
  NarrowSink() : BodyPumpTest(4096) {}

  /// Feeds `wire`, reads slowly, and returns what came out until the pump is done.
  std::string move_all(BodyPump& pump, std::string_view wire) {
    std::string out;
    bool held_back = false;
    for (int turn = 0; turn < 100'000; ++turn) {
      const std::string_view piece = wire.substr(0, 30'000);
      if (!held_back && !piece.empty()) {
        source.send(piece);
        wire.remove_prefix(piece.size());
      }
      const PumpStatus status = run(pump);
      held_back = status == PumpStatus::wants_output || status == PumpStatus::more;
      was_held_back = was_held_back || status == PumpStatus::wants_output;
      if (sink.has_something()) out += sink.read_some();
      if (status == PumpStatus::done && pump.done()) break;
    }
    output.close();
    return out + sink.read_to_end();
  }

  bool was_held_back = false;
};

TEST_F(NarrowSink, GetsALongBodyWhole) {
  const std::string body = patterned(700'000);
  BodyPump pump{Framing::length, body.size(), Encoding::raw, nullptr};

  EXPECT_TRUE(move_all(pump, body) == body);
  EXPECT_TRUE(was_held_back);
}

TEST_F(NarrowSink, GetsAChunkedBodyWhole) {
  const std::string body = patterned(300'000);
  BodyPump pump{Framing::chunked, 0, Encoding::raw, nullptr};

  EXPECT_TRUE(move_all(pump, test::chunked(body)) == body);
  EXPECT_TRUE(was_held_back);
}

}  // namespace
}  // namespace pushgate::agent
