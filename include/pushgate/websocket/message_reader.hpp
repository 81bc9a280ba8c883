#pragma once
// message_reader.hpp - the messages in a connection's bytes (RFC 6455 sections 5 to 8). sans-I/O.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "pushgate/websocket/deflate.hpp"
#include "pushgate/websocket/frame_codec.hpp"
#include "pushgate/websocket/frame_error.hpp"
#include "pushgate/websocket/utf8.hpp"

namespace pushgate::websocket {

/// What the readers of one io thread share: the rules, and memory for what cannot be a view into
/// the input. Must outlive them and stay where it is; on one thread.
class ReaderContext {
 public:
  struct Rules {
    /// Bounds a message, the sum of its fragments, and what it inflates to. Below 2^31.
    std::size_t max_message_bytes = 1'000'000;
    Peer peer = Peer::client;
  };

  ReaderContext() = default;
  explicit ReaderContext(const Rules& rules) noexcept : rules_(rules) {}
  ReaderContext(const ReaderContext&) = delete;
  ReaderContext& operator=(const ReaderContext&) = delete;

  const Rules& rules() const noexcept { return rules_; }
  /// Holds for every frame whose header has not been read yet.
  void set_max_message_bytes(std::size_t bytes) noexcept { rules_.max_message_bytes = bytes; }
  /// Heap memory behind the last event; 0 once next() has been called again.
  std::size_t held_bytes() const noexcept { return message_.capacity(); }

 private:
  friend class MessageReader;

  /// Whatever the last event's payload was a view into is no longer needed.
  void release_last() noexcept {
    if (message_.capacity() > 0) message_ = std::vector<char>{};  // gives the memory back
    if (inflater_) inflater_->trim();
  }

  Rules rules_;
  std::unique_ptr<Inflater> inflater_;            ///< made for the first compressed message
  std::vector<char> message_;                     ///< the last message that came in several pieces
  std::array<char, kMaxControlBytes> control_{};  ///< the last control frame that did
};

/// What next() found.
struct ReaderEvent {
  enum class Kind : std::uint8_t {
    none,    ///< all input is consumed; nothing more to say until there is more
    text,    ///< a whole message, valid UTF-8
    binary,  ///< a whole message
    ping,    ///< answer with a pong of the same payload
    pong,
    close,  ///< the last event: close_code and the reason in payload; answer with a close frame
    error,  ///< the last event: close the connection with close_code
  };

  Kind kind = Kind::none;
  FrameError error = FrameError::none;
  /// close: the peer's code, close_code::kNone if it gave none. error: the code to send.
  std::uint16_t close_code = 0;
  std::string_view payload{};

  bool ends_connection() const noexcept { return kind == Kind::close || kind == Kind::error; }
};

/// The reading half of one connection, after the handshake.
///
///     std::span<char> input = scratch.first(received_bytes);
///     for (;;) {
///       const ReaderEvent event = reader.next(input);
///       if (event.kind == ReaderEvent::Kind::none) break;
///       ...                                   // may destroy the reader, but must then leave the
///       loop
///     }
///
/// `input` is unmasked in place and loses its front as it is consumed; nothing refers to it after
/// Kind::none. An event's payload is a view into the input, or into the context if the frame came
/// in several pieces, the message in several frames, or compressed. It stays valid until the next
/// call of next() of any reader of the same context, as long as the input's memory is left alone.
/// It is never in the reader: whoever handles an event may destroy the reader and go on using the
/// payload.
///
/// Events do not depend on how the bytes were split. Text that is not UTF-8 is an error with the
/// first piece that no continuation could mend (uncompressed messages; compressed ones are inflated
/// when they are whole). After close or error all further input is swallowed.
///
/// Between messages a reader is three words and holds no other memory. What it holds within a
/// message is bounded by the limit, however many frames the message has, and follows what has
/// arrived, not what was announced. A small frame that lies in the input as a whole takes some tens
/// of nanoseconds and does not allocate.
class MessageReader {
 public:
  /// `compression`: permessage-deflate was agreed on for this connection.
  explicit MessageReader(ReaderContext& context, bool compression = false) noexcept;
  MessageReader(MessageReader&& other) noexcept;
  MessageReader& operator=(MessageReader&& other) noexcept;
  ~MessageReader();

  /// The next event in `input`. Throws std::bad_alloc, nothing else.
  ReaderEvent next(std::span<char>& input);

  /// Heap memory that is held for what is incomplete, in bytes; 0 between messages.
  std::size_t held_bytes() const noexcept;

 private:
  struct Partial;

  ReaderEvent take_header(std::span<char>& input);
  ReaderEvent resume_header(std::span<char>& input, HeaderRules rules);
  ReaderEvent begin_frame(const FrameHeader& header, std::span<char>& input);
  FrameError check_place(const FrameHeader& header) const noexcept;
  bool fits(const FrameHeader& header) const noexcept;
  std::size_t max_kept_bytes() const noexcept;

  ReaderEvent take_whole_frame(const FrameHeader& header, std::span<char> payload);
  ReaderEvent take_payload(std::span<char>& input);
  bool is_good_text_so_far(std::span<const char> piece) noexcept;

  ReaderEvent on_kept_control();
  ReaderEvent on_control(Opcode opcode, std::string_view payload) const;
  ReaderEvent on_kept_message();
  ReaderEvent on_message(std::string_view payload);
  ReaderEvent on_compressed_message(bool text, std::string_view payload);
  static ReaderEvent fail(FrameError error) noexcept;

  Partial& partial();
  void release_if_idle() noexcept;

  ReaderContext* context_;
  std::unique_ptr<Partial> partial_;       ///< what of an incomplete frame or message must be kept
  Utf8Validator utf8_;                     ///< of the text message in progress
  Opcode message_ = Opcode::continuation;  ///< of the message in progress; continuation: none
  bool compressed_ = false;                ///< the message in progress
  bool compression_;
  bool ended_ = false;
};

static_assert(sizeof(MessageReader) <= 48);

}  // namespace pushgate::websocket
