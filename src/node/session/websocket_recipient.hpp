#pragma once
// websocket_recipient.hpp - a recipient whose messages leave over a WebSocket.

#include <cstdint>
#include <memory>
#include <string_view>

#include "node/hub/recipient.hpp"
#include "node/session/websocket_link.hpp"

namespace pushgate::node {

/// The common part of Socket.IO sessions and plain clients: sending, pongs and the end. Which
/// messages come in is the derived class's business, and so is what the end means.
class WebSocketRecipient : public Recipient, public WebSocketLink::Owner {
 public:
  ~WebSocketRecipient() override;

 protected:
  WebSocketRecipient(FlushList& list, WireKind kind) noexcept : Recipient(list, kind) {}

  /// The connection is there; the recipient's queue leaves through it from now on.
  void set_link(std::unique_ptr<WebSocketLink> link);
  WebSocketLink* link() noexcept { return link_.get(); }

  /// The connection has ended, by the peer or because a write failed. `end` bad_frames: the peer is
  /// owed the close frame, which close_link sends.
  virtual void on_websocket_end(LinkEnd end, std::uint16_t close_code) = 0;
  /// More waits than the queue may hold; called at the end of a turn.
  virtual void on_queue_full() = 0;

  /// Sends what is queued as far as it goes at once, then a close frame (0: none), and closes so
  /// that the peer can read it.
  void close_link(std::uint16_t close_code, std::string_view reason);
  /// The peer has said its last, which is answered with the same code: nothing is left to be read,
  /// so the connection can be closed at once.
  void answer_close(std::uint16_t close_code);
  /// Closes without a word.
  void drop_link() noexcept;

  void flush() override;
  void send_early() final;
  bool takes_volatile() const noexcept override { return !blocked_; }
  void on_slow() final;
  bool is_slow() const noexcept { return slow_; }

 private:
  void on_ping(std::string_view payload) final;
  void on_writable() final;
  void on_link_end(LinkEnd end, std::uint16_t close_code) final;
  bool send_queue();

  std::unique_ptr<WebSocketLink> link_;
  bool blocked_ = false;  ///< the last write came short: the kernel's buffer is full
  bool slow_ = false;
};

}  // namespace pushgate::node
