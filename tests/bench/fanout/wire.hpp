#pragma once
// wire.hpp - what members and publishers say to each kind of server.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "load/options.hpp"

namespace pushgate::bench {

enum class Dialect { socketio, websocket };

/// Socket.IO 5 over Engine.IO 4 over WebSocket, or plain WebSocket.
///
/// Socket.IO: a client joins with the event `join` and publishes with the event `publish`, and
/// receives the event `m` with the message. Plain WebSocket: the rooms are in the target of the
/// handshake, and a frame is a message.
struct Wire {
  Dialect dialect = Dialect::socketio;
  std::string member_target;   ///< plain WebSocket: names of rooms follow
  std::string separator;       ///< plain WebSocket: between two names of rooms
  std::string publish_target;  ///< plain WebSocket: where messages are sent

  static Wire from(const Options& options);

  std::string target_of_member(std::span<const std::uint32_t> rooms) const;
  std::string target_of_publisher() const;

  /// Appends the client's frame that publishes a message of `size` bytes.
  void append_publication(std::string& out, std::uint32_t room, std::uint32_t sequence,
                          std::size_t size) const;

  /// The message in a server's frame, and all behind it; empty if the frame carries none.
  std::string_view message_in(std::string_view payload) const noexcept {
    if (dialect == Dialect::websocket) return payload;
    return payload.starts_with(kEventHead) ? payload.substr(kEventHead.size()) : std::string_view{};
  }

  /// Is it a ping of Engine.IO?
  bool is_ping(std::string_view payload) const noexcept {
    return dialect == Dialect::socketio && payload == "2";
  }

 private:
  static constexpr std::string_view kEventHead = R"(42["m",")";
};

/// "r7"
std::string room_name(std::uint32_t room);

}  // namespace pushgate::bench
