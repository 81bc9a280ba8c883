#include "node/events/event_handler.hpp"

#include "node/events/echo_events.hpp"
#include "node/events/gopush_events.hpp"
#include "node/events/room_events.hpp"

namespace pushgate::node {

std::vector<std::unique_ptr<EventHandler>> make_event_handlers(
    std::span<const config::EventSet> sets) {
  std::vector<std::unique_ptr<EventHandler>> handlers;
  for (const config::EventSet set : sets) {
    switch (set) {
      case config::EventSet::gopush:
        handlers.push_back(std::make_unique<GopushEvents>());
        break;
      case config::EventSet::rooms:
        handlers.push_back(std::make_unique<RoomEvents>());
        break;
      case config::EventSet::echo:
        handlers.push_back(std::make_unique<EchoEvents>());
        break;
    }
  }
  return handlers;
}

}  // namespace pushgate::node
