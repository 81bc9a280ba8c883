// websocket_reader_fuzz.cpp - any bytes as a client's frames, as a text message and as a compressed
// message: in one piece and in pieces they must give the same events.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/text.hpp"
#include "pushgate/websocket/message_reader.hpp"

namespace {

using namespace pushgate::websocket;
using Kind = ReaderEvent::Kind;

constexpr std::size_t kMaxMessageBytes = 4096;
constexpr std::size_t kMostHeldBytes = kMaxMessageBytes + kMaxMessageBytes / 8 + 1024;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Seen {
  Kind kind;
  FrameError error;
  std::uint16_t close_code;
  std::string payload;

  friend bool operator==(const Seen&, const Seen&) = default;
};

void check(const ReaderEvent& event) {
  require(event.payload.size() <= kMaxMessageBytes);
  require((event.kind == Kind::error) == (event.error != FrameError::none));
  if (event.kind == Kind::text || event.kind == Kind::close) {
    require(pushgate::is_valid_utf8(event.payload));
  }
  if (event.kind == Kind::ping || event.kind == Kind::pong) {
    require(event.payload.size() <= kMaxControlBytes);
  }
  if (event.kind == Kind::close) {
    require(event.close_code == close_code::kNone || is_valid_close_code(event.close_code));
  }
}

std::vector<Seen> read(std::string_view bytes, bool compression, std::size_t piece_bytes) {
  ReaderContext context{{.max_message_bytes = kMaxMessageBytes}};
  MessageReader reader{context, compression};
  std::vector<Seen> seen;
  while (!bytes.empty()) {
    std::string piece{bytes.substr(0, piece_bytes)};
    bytes.remove_prefix(piece.size());
    std::span<char> input{piece.data(), piece.size()};
    for (;;) {
      const ReaderEvent event = reader.next(input);
      if (event.kind == Kind::none) break;
      require(seen.empty() || (seen.back().kind != Kind::close && seen.back().kind != Kind::error));
      check(event);
      seen.push_back({event.kind, event.error, event.close_code, std::string{event.payload}});
      if (event.ends_connection()) require(input.empty() && reader.held_bytes() == 0);
    }
    require(input.empty());
    require(reader.held_bytes() <= kMostHeldBytes);
  }
  return seen;
}

std::vector<Seen> read_both_ways(std::string_view bytes, bool compression,
                                 std::size_t piece_bytes) {
  std::vector<Seen> whole = read(bytes, compression, bytes.size());
  require(read(bytes, compression, piece_bytes) == whole);
  return whole;
}

std::string as_message(std::string_view payload, bool compressed) {
  std::string out;
  append_masked_frame(out, Opcode::text, payload, MaskKey{'m', 'a', 's', 'k'},
                      {.rsv1 = compressed});
  return out;
}

void check_text(std::string_view payload, std::size_t piece_bytes) {
  const std::vector<Seen> seen = read_both_ways(as_message(payload, false), false, piece_bytes);
  require(seen.size() == 1);
  if (payload.size() > kMaxMessageBytes)
    return require(seen[0].error == FrameError::message_too_big);
  require((seen[0].kind == Kind::text) == pushgate::is_valid_utf8(payload));
}

void check_compressed(std::string_view payload, std::size_t piece_bytes) {
  const std::vector<Seen> seen = read_both_ways(as_message(payload, true), true, piece_bytes);
  require(seen.size() == 1);
  if (seen[0].kind != Kind::text) return;
  static Deflater deflater{DeflateSettings{}};
  const std::string again = as_message(deflater.compress(seen[0].payload), true);
  require(read(again, true, again.size()) == seen);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::size_t piece_bytes = 1 + data[0] / 4u;
  switch (data[0] % 4u) {
    case 0:
      read_both_ways(bytes, false, piece_bytes);
      break;
    case 1:
      read_both_ways(bytes, true, piece_bytes);
      break;
    case 2:
      check_text(bytes, piece_bytes);
      break;
    default:
      check_compressed(bytes, piece_bytes);
  }
  return 0;
}
