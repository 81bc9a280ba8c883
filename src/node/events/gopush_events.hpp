#pragma once
// gopush_events.hpp - the events that clients of gopush know.

#include "node/events/event_handler.hpp"

namespace pushgate::node {

/// On connect: `go:push` "hello world". The event `room` with {room, event, noBroadcast, ...} joins
/// `room:<room>`, and unless noBroadcast is true, emits `event` with the whole object to the others
/// of that room, on every node. Any number of rooms can be joined one after the other.
class GopushEvents final : public EventHandler {
 public:
  void on_connect(ClientSocket& socket) override;
  EventOutcome on_event(const ClientEvent& event) override;
};

}  // namespace pushgate::node
