#pragma once
// message.hpp - one thing to be sent, to one client or to a million: each form that it takes on the
// wire is encoded once, by whoever needs it first, and shared by everybody. Sans-I/O.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pushgate::node {

class Compressor;

/// What a message looks like for a kind of recipient.
enum class WireKind : std::uint8_t {
  engine4,           ///< WebSocket frames of Engine.IO 4: a text, then one binary per attachment
  engine3,           ///< the same with the packet type before each binary
  engine4_deflated,  ///< engine4 with permessage-deflate
  engine3_deflated,
  plain,           ///< one WebSocket frame without any protocol inside, see plain_payload
  plain_deflated,  ///< plain with permessage-deflate
  event_stream,    ///< one event of text/event-stream
  polling,         ///< no bytes of its own: the packets are put into a payload when the client asks
};
inline constexpr std::size_t kWireKinds = 8;

constexpr bool is_deflated(WireKind kind) noexcept {
  return kind == WireKind::engine4_deflated || kind == WireKind::engine3_deflated ||
         kind == WireKind::plain_deflated;
}

/// Immutable, shared by threads. What its recipients have to know of it is fixed when it is made.
class Message {
 public:
  struct Content {
    /// The Engine.IO packet as text (with its type: `42["news",1]`, `0{"sid":...}`, `2`) in a
    /// WebSocket frame: what most recipients get.
    std::string frame;
    std::size_t text_at = 0;                 ///< where the text begins in it
    std::vector<std::string> attachments{};  ///< the binaries that follow it
    /// Where the JSON array of an event begins in the text; 0 if this is no event: then plain
    /// clients and event streams get nothing.
    std::size_t event_at = 0;
    std::string offset{};  ///< its place in the history of its room, if that is kept
    /// The event without its offset, which is an element of the array in the text. Only if there
    /// is one.
    std::string event{};
    bool is_control = false;  ///< no text, to be sent as it is
  };

  explicit Message(Content content) noexcept : content_(std::move(content)) {}
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message();

  std::string_view text() const noexcept {
    return std::string_view{content_.frame}.substr(content_.text_at);
  }
  const std::vector<std::string>& attachments() const noexcept { return content_.attachments; }
  const std::string& offset() const noexcept { return content_.offset; }
  /// `["event",...]`; empty if this is no event.
  std::string_view event() const noexcept;

  /// The bytes for recipients of this kind. Encodes them at the first call; any thread. The
  /// compressor is the calling thread's own and used for the deflated kinds only.
  const std::string& form(WireKind kind, Compressor* compressor) const;
  /// About what a payload for a polling client needs for it.
  std::size_t polling_bytes() const noexcept;

 private:
  const std::string* make_form(WireKind kind, Compressor* compressor) const;
  std::string encode(WireKind kind, Compressor* compressor) const;
  std::string plain_form(Compressor* compressor) const;
  void drop(const std::string* form) const noexcept;

  Content content_;
  mutable std::array<std::atomic<const std::string*>, kWireKinds> forms_{};
};

/// What plain WebSocket clients get of an event: of `message` with one argument, a string or a
/// binary, just that; of everything else the JSON array.
struct PlainPayload {
  std::string bytes;
  bool is_binary = false;
};
PlainPayload plain_payload(std::string_view event, const std::vector<std::string>& attachments);

}  // namespace pushgate::node
