#pragma once
// websocket_link.hpp - one WebSocket connection after its handshake: no coroutine, and no buffer
// while nothing is going on.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "pushgate/net/socket.hpp"
#include "pushgate/node/node_metrics.hpp"
#include "pushgate/runtime/pooled.hpp"
#include "pushgate/runtime/reactor.hpp"
#include "pushgate/websocket/message_reader.hpp"

namespace pushgate::node {

/// How a connection ended.
enum class LinkEnd : std::uint8_t {
  peer_closed,  ///< it sent a close frame, or the end of its stream
  failed,       ///< the connection broke
  bad_frames,   ///< what came is not RFC 6455, or too large
};

/// Reads frames and hands whole messages to its owner; writes what its owner gives it. One io
/// thread.
class WebSocketLink final : public runtime::Pooled, private runtime::EventSink {
 public:
  /// All are called with the link still there. After on_link_end there are no more calls, and the
  /// owner lets the link go, at the end of the turn at the latest.
  class Owner {
   public:
    virtual void on_text(std::string_view text) = 0;
    virtual void on_binary(std::string_view bytes) = 0;
    virtual void on_ping(std::string_view payload) = 0;
    virtual void on_pong() {}
    /// A write that came short can go on.
    virtual void on_writable() = 0;
    /// With `close_code` a close frame is owed: the answer to the peer's, or what it did wrong.
    virtual void on_link_end(LinkEnd end, std::uint16_t close_code) = 0;

   protected:
    ~Owner() = default;
  };

  /// The socket must be attached to `reactor`.
  WebSocketLink(runtime::Reactor& reactor, net::Socket socket, websocket::ReaderContext& context,
                bool compression, NodeMetrics& metrics, Owner& owner) noexcept;
  WebSocketLink(const WebSocketLink&) = delete;
  WebSocketLink& operator=(const WebSocketLink&) = delete;

  /// Handles what was read together with the handshake, and then whatever has come since. May end
  /// the link.
  void start(std::string_view early);
  void set_owner(Owner& owner) noexcept { owner_ = &owner; }

  /// Writes once. A short write makes the owner hear on_writable later.
  net::IoResult write(std::string_view bytes) noexcept;

  /// No more events from now on.
  void mute() noexcept;
  bool is_muted() const noexcept { return muted_; }
  /// For whoever ends the connection.
  net::Socket take_socket() noexcept { return std::move(socket_); }
  const net::Socket& socket() const noexcept { return socket_; }

 private:
  void on_ready(runtime::Channel& channel) override;
  void read_more();
  void handle(std::span<char> input);
  void end(LinkEnd how, std::uint16_t close_code = 0);

  runtime::Reactor& reactor_;
  net::Socket socket_;
  websocket::MessageReader reader_;
  NodeMetrics& metrics_;
  Owner* owner_;
  bool muted_ = false;
};

}  // namespace pushgate::node
