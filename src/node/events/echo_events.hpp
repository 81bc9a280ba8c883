#pragma once
// echo_events.hpp - what the public test suites of the protocol expect of a server.

#include "node/events/event_handler.hpp"

namespace pushgate::node {

/// On connect: `auth` with what the client gave as auth. `message` comes back as `message-back`,
/// and `message-with-ack` is acknowledged, with the same arguments. Good for trying out a
/// connection, and for measuring.
class EchoEvents final : public EventHandler {
 public:
  void on_connect(ClientSocket& socket) override;
  EventOutcome on_event(const ClientEvent& event) override;
};

}  // namespace pushgate::node
