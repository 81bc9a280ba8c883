#pragma once
// permessage_deflate.hpp - agreeing on the compression of messages (RFC 7692 section 7.1).
// sans-I/O.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pushgate::websocket {

/// How a server compresses. Whatever is set here, neither side ever keeps a window from one message
/// to the next: one compressed form of a message is valid for every member of a room, and a
/// connection costs no memory for compression.
struct DeflateSettings {
  bool enabled = false;
  /// 9 to 15: a window of 2^n bytes. A client that wants a smaller one is not compressed for.
  int server_window_bits = 15;
  int level = 1;         ///< 1 (fast) to 9 (small)
  int memory_level = 8;  ///< 1 to 9: 2^(n+9) bytes for each io thread, beside the window
  /// Messages below this size are sent as they are: compressing them costs more than it saves.
  std::size_t threshold_bytes = 1024;
};

/// What became of a client's offer.
struct DeflateAnswer {
  enum class Outcome : std::uint8_t {
    declined,   ///< no acceptable offer, or compression is off: answer without the field
    accepted,   ///< answer with `field`
    malformed,  ///< not the syntax of RFC 6455 section 9.1: 400
  };

  Outcome outcome = Outcome::declined;
  /// The value of Sec-WebSocket-Extensions in the answer, e.g.
  /// "permessage-deflate; server_no_context_takeover; client_no_context_takeover".
  std::string field{};

  bool accepted() const noexcept { return outcome == Outcome::accepted; }
};

/// Takes the first offer that can be met of `offers`, the value of Sec-WebSocket-Extensions
/// (several fields joined by commas; empty if there was none).
///
/// Declined is an offer with a parameter that is unknown, stands twice, or has a value that is
/// missing, uncalled-for or out of range, and one whose server_max_window_bits is below ours. The
/// answer always has both no_context_takeover parameters, which a server may demand unasked
/// (section 7.1.1), and server_max_window_bits if the client named it. What the client's own window
/// may be is of no interest: we can read any. Other extensions are passed over.
///
/// O(length). Allocates the answer.
DeflateAnswer negotiate_deflate(std::string_view offers, const DeflateSettings& settings);

}  // namespace pushgate::websocket
