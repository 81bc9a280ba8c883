#include "reader_harness.hpp"

#include <algorithm>
#include <functional>
#include <random>

#include <gtest/gtest.h>

namespace pushgate::websocket {

namespace {

/// Each piece is fed in memory of its own, which is gone before the next one is: a view that is
/// kept too long, or one byte too many, does not pass AddressSanitizer.
class Feeder {
 public:
  explicit Feeder(const ReaderSetup& setup)
      : context_{{.max_message_bytes = setup.max_message_bytes, .peer = setup.peer}},
        reader_{context_, setup.compression} {}

  void feed(std::string_view piece) {
    std::vector<char> memory{piece.begin(), piece.end()};
    std::span<char> input{memory};
    for (;;) {
      const ReaderEvent event = reader_.next(input);
      if (event.kind == ReaderEvent::Kind::none) break;
      EXPECT_TRUE(events_.empty() || !ends(events_.back())) << "an event after the last one";
      events_.push_back({.kind = event.kind,
                         .error = event.error,
                         .close_code = event.close_code,
                         .payload = std::string{event.payload}});
    }
    EXPECT_TRUE(input.empty());
  }

  Events take_events() {
    const bool ended = !events_.empty() && ends(events_.back());
    EXPECT_TRUE(!ended || reader_.held_bytes() == 0);
    return std::move(events_);
  }

 private:
  static bool ends(const Seen& seen) {
    return seen.kind == ReaderEvent::Kind::close || seen.kind == ReaderEvent::Kind::error;
  }

  ReaderContext context_;
  MessageReader reader_;
  Events events_;
};

Events read_split(std::string_view bytes, const ReaderSetup& setup,
                  const std::function<std::size_t()>& piece_bytes) {
  Feeder feeder{setup};
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, piece_bytes());
    feeder.feed(piece);
    bytes.remove_prefix(piece.size());
  }
  return feeder.take_events();
}

Seen seen(ReaderEvent::Kind kind, std::string_view payload) {
  return {.kind = kind, .payload = std::string{payload}};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  constexpr const char* kNames[] = {"none", "text", "binary", "ping", "pong", "close", "error"};
  out << kNames[static_cast<std::size_t>(seen.kind)];
  if (seen.error != FrameError::none) out << ' ' << rule_of(seen.error);
  if (seen.close_code != 0) out << ' ' << seen.close_code;
  constexpr std::size_t kShownBytes = 40;
  return out << " \"" << seen.payload.substr(0, kShownBytes) << "\" of " << seen.payload.size();
}

Seen text(std::string_view payload) { return seen(ReaderEvent::Kind::text, payload); }
Seen binary(std::string_view payload) { return seen(ReaderEvent::Kind::binary, payload); }
Seen ping(std::string_view payload) { return seen(ReaderEvent::Kind::ping, payload); }
Seen pong(std::string_view payload) { return seen(ReaderEvent::Kind::pong, payload); }
Seen closed(std::uint16_t code, std::string_view reason) {
  Seen event = seen(ReaderEvent::Kind::close, reason);
  event.close_code = code;
  return event;
}
Seen failed(FrameError error) {
  return {.kind = ReaderEvent::Kind::error, .error = error, .close_code = close_code_of(error)};
}

Events read_in_pieces(std::string_view bytes, std::size_t piece_bytes, const ReaderSetup& setup) {
  return read_split(bytes, setup, [piece_bytes] { return piece_bytes; });
}

Events read_in_random_pieces(std::string_view bytes, unsigned seed, const ReaderSetup& setup) {
  std::mt19937 random{seed};
  // Many pieces of a few bytes, so that headers are cut, and some of most of what there is.
  return read_split(bytes, setup, [&random, &bytes] {
    const std::size_t most = random() % 2 == 0 ? 16 : std::max<std::size_t>(bytes.size(), 1);
    return 1 + random() % most;
  });
}

Events read_every_way(std::string_view bytes, const ReaderSetup& setup) {
  constexpr std::size_t kMostSingleBytes = 200'000;
  const Events whole = read_in_pieces(bytes, std::max<std::size_t>(bytes.size(), 1), setup);
  if (bytes.size() <= kMostSingleBytes) {
    EXPECT_EQ(read_in_pieces(bytes, 1, setup), whole) << "byte by byte";
  }
  for (unsigned seed = 1; seed <= 8; ++seed) {
    if (bytes.size() > kMostSingleBytes) {
      EXPECT_EQ(read_in_pieces(bytes, 997 * seed, setup), whole) << "pieces of 997 * " << seed;
    } else {
      EXPECT_EQ(read_in_random_pieces(bytes, seed, setup), whole) << "seed " << seed;
    }
  }
  return whole;
}

std::string frame(Opcode opcode, std::string_view payload, FrameFlags flags) {
  static unsigned number = 0;
  const unsigned mixed = ++number * 2654435761u;
  const auto byte = [mixed](unsigned i) { return static_cast<char>(mixed >> (8 * i) & 0xffu); };
  std::string out;
  append_masked_frame(out, opcode, payload, MaskKey{byte(0), byte(1), byte(2), byte(3)}, flags);
  return out;
}

std::string text_frame(std::string_view payload) { return frame(Opcode::text, payload); }
std::string fragment(Opcode opcode, std::string_view payload) {
  return frame(opcode, payload, {.fin = false});
}
std::string last_fragment(std::string_view payload) { return frame(Opcode::continuation, payload); }
std::string close_frame(std::uint16_t code, std::string_view reason) {
  return frame(Opcode::close, close_payload(code, reason));
}

std::string bytes_of(std::initializer_list<int> bytes) {
  std::string out;
  for (const int byte : bytes) out += static_cast<char>(byte);
  return out;
}

std::string ascii_of_size(std::size_t bytes) {
  constexpr std::size_t kPrime = 89;  // of the 95 printable characters
  std::string out(bytes, ' ');
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(' ' + i % kPrime);
  return out;
}

std::string random_bytes(std::size_t bytes, unsigned seed) {
  std::mt19937 random{seed};
  std::string out(bytes, '\0');
  for (char& c : out) c = static_cast<char>(random() & 0xffu);
  return out;
}

}  // namespace pushgate::websocket
