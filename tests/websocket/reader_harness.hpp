#pragma once
// reader_harness.hpp - feeds the same bytes to a MessageReader in many splits, which must all give
// the same events; and writes frames and expected events in few words.

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/websocket/message_reader.hpp"

namespace pushgate::websocket {

/// An event, with its payload copied.
struct Seen {
  ReaderEvent::Kind kind = ReaderEvent::Kind::none;
  FrameError error = FrameError::none;
  std::uint16_t close_code = 0;
  std::string payload{};

  friend bool operator==(const Seen&, const Seen&) = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& seen);
using Events = std::vector<Seen>;

Seen text(std::string_view payload);
Seen binary(std::string_view payload);
Seen ping(std::string_view payload);
Seen pong(std::string_view payload);
Seen closed(std::uint16_t code, std::string_view reason = {});
Seen failed(FrameError error);

/// Whose reader it is and what was agreed on.
struct ReaderSetup {
  std::size_t max_message_bytes = 1'000'000;
  Peer peer = Peer::client;
  bool compression = false;
};

/// The events of these bytes in pieces of `piece_bytes`.
Events read_in_pieces(std::string_view bytes, std::size_t piece_bytes,
                      const ReaderSetup& setup = {});
/// The same with pieces of random sizes.
Events read_in_random_pieces(std::string_view bytes, unsigned seed, const ReaderSetup& setup = {});
/// In one piece, byte by byte (if that is not too long), and in random pieces: the test fails if
/// one of them differs from the first.
Events read_every_way(std::string_view bytes, const ReaderSetup& setup = {});

// ---- what is read -------------------------------------------------------------------------------

/// A client's frame; the mask is another one each time.
std::string frame(Opcode opcode, std::string_view payload, FrameFlags flags = {});
std::string text_frame(std::string_view payload);
/// A first or later fragment: without FIN.
std::string fragment(Opcode opcode, std::string_view payload);
std::string last_fragment(std::string_view payload);
std::string close_frame(std::uint16_t code, std::string_view reason = {});
std::string bytes_of(std::initializer_list<int> bytes);
/// Printable, and different at every position that is near.
std::string ascii_of_size(std::size_t bytes);
/// Any bytes, the same for the same seed.
std::string random_bytes(std::size_t bytes, unsigned seed);

}  // namespace pushgate::websocket
