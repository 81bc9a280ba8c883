#pragma once
// room_events.hpp - rooms for clients without a line of server code: join, leave, publish.

#include "node/events/event_handler.hpp"

namespace pushgate::node {

/// `join` and `leave` with a room's name, or a list of names; `publish` with {room, event, data,
/// volatile}, which sends `event` with `data` to the others in the room, on every node. `data` is
/// one argument, or absent; binary attachments are taken along.
///
/// Each is acknowledged, if the client asked for it: {"ok":true}, or
/// {"ok":false,"error":"forbidden"} with the first refusal (bad_name, reserved, forbidden,
/// too_many, bad_request). Whoever publishes need not be in the room, unless its rule says so.
class RoomEvents final : public EventHandler {
 public:
  EventOutcome on_event(const ClientEvent& event) override;
};

}  // namespace pushgate::node
