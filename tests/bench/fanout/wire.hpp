#pragma once
// wire.hpp - what members and publishers say to each kind of server.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "load/options.hpp"
#include "load/websocket.hpp"

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
  std::string_view message_in(std::uint8_t opcode, std::string_view payload) const noexcept {
    if (opcode != kTextFrame) return {};
    if (dialect == Dialect::websocket) return payload;
    return payload.starts_with(kEventHead) ? payload.substr(kEventHead.size()) : std::string_view{};
  }

  /// The frame that answers a ping of WebSocket or of Engine.IO; empty if it is none.
  std::string answer_to_ping(std::uint8_t opcode, std::string_view payload) const;

 private:
  static constexpr std::string_view kEventHead = R"(42["m",")";
};

/// "r7"
std::string room_name(std::uint32_t room);

}  // namespace pushgate::bench
