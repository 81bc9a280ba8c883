#pragma once
// admin_events.hpp - what Socket.IO's admin UI may tell a node to do.

#include "pushgate/config/node_config.hpp"

#include "node/events/event_handler.hpp"

namespace pushgate::node {

/// In the namespace "/admin" only, whose sockets have shown a password. On connect: `config`, and
/// with `development` all sockets of this and all other nodes. Commands, unless `readOnly`:
/// `emit` (nsp, filter, event, args...), `join` and `leave` (nsp, room, filter), `_disconnect`
/// (nsp, close, filter); a filter is a room or a socket's id, or null for everybody.
class AdminEvents final : public EventHandler {
 public:
  explicit AdminEvents(const config::AdminUiConfig& config) : config_(config) {}

  void on_connect(ClientSocket& socket) override;
  EventOutcome on_event(const ClientEvent& event) override;

 private:
  config::AdminUiConfig config_;
};

}  // namespace pushgate::node
