#pragma once
// close_reason.hpp - why a socket was disconnected, in the words that applications compare with.

#include <cstdint>
#include <string_view>

namespace pushgate::node {

enum class CloseReason : std::uint8_t {
  transport_error,              ///< the connection failed, or broke a rule of Engine.IO
  transport_close,              ///< the client's side closed the connection
  forced_close,                 ///< the session was closed from here, below Socket.IO
  ping_timeout,                 ///< no sign of life in time
  parse_error,                  ///< bytes that are no packet
  server_namespace_disconnect,  ///< an application disconnected this socket
  client_namespace_disconnect,  ///< the client left the namespace
  server_shutting_down,         ///< this node goes away
  forced_server_close,          ///< an application, or no CONNECT in time, closed the connection
  too_many_events,              ///< ours: the client sent more than node.eventRate
  slow_consumer,                ///< ours: more waits to be sent than the outbox may hold
};

/// "transport error", "ping timeout", ...: what applications and the access log see.
std::string_view name_of(CloseReason reason) noexcept;

/// May the client come back and get what it missed? Not if it was told to go, left by itself, or
/// broke the protocol.
bool is_recoverable(CloseReason reason) noexcept;

}  // namespace pushgate::node
