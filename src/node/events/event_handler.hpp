#pragma once
// event_handler.hpp - what a node does about the comings, goings and events of its clients.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pushgate/config/node_config.hpp"
#include "pushgate/node/transport/close_reason.hpp"
#include "pushgate/node/transport/socketio_codec.hpp"

namespace pushgate::node {

class ClientSocket;

/// An event that a client has sent. Views are valid during the call.
struct ClientEvent {
  ClientSocket& socket;
  const PacketView& packet;
  std::span<const std::string> attachments;
};

enum class EventOutcome : std::uint8_t {
  passed_on,  ///< of no interest here: the next handler is asked
  handled,
};

/// One set of behaviours. Each io thread has its own object, so no locks are needed; handlers are
/// asked in the order of the configuration. A handler may emit, join, leave, publish, acknowledge
/// and disconnect through the socket; after a disconnect it must not use it again.
class EventHandler {
 public:
  virtual ~EventHandler() = default;

  /// The client has been told that it is connected. Not called for a recovered connection, which is
  /// the continuation of one that was there before.
  virtual void on_connect(ClientSocket& socket) { static_cast<void>(socket); }
  virtual EventOutcome on_event(const ClientEvent& event) = 0;
  virtual void on_disconnect(ClientSocket& socket, CloseReason reason) {
    static_cast<void>(socket);
    static_cast<void>(reason);
  }
};

/// The handlers that the configuration names, in its order.
std::vector<std::unique_ptr<EventHandler>> make_event_handlers(
    std::span<const config::EventSet> sets);

}  // namespace pushgate::node
