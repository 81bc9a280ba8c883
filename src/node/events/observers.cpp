#include "node/events/observers.hpp"

#include "node/hub/room_hub.hpp"
#include "node/session/client_origin.hpp"
#include "node/session/client_socket.hpp"

namespace pushgate::node {

namespace {

bool is_reported(std::string_view room) noexcept { return !room.starts_with(kUserRoomPrefix); }

/// Calls `tell` with the facts of a socket; not at all if it is being destroyed.
template <class Tell>
void with_facts(const std::string& node, const HubSocket& socket, Tell tell) {
  const ClientOrigin* const who = socket.who();
  if (who == nullptr) return;
  const SessionId::Text id = socket.id().text();
  tell(SocketFacts{.node = node,
                   .nsp = socket.hub().name(),
                   .id = {id.data(), id.size()},
                   .uid = who->uid,
                   .address = who->address,
                   .connected_ms = who->issued_ms});
}

}  // namespace

Observers::Observers(const std::string& node, std::span<EventObserverSource* const> sources)
    : node_(node) {
  for (EventObserverSource* const source : sources) {
    observers_.push_back(source->make_observer(node));
  }
}

void Observers::connected(const HubSocket& socket) const {
  if (nobody()) return;
  with_facts(node_, socket, [&](const SocketFacts& facts) {
    for_each([&](EventObserver& observer) { observer.on_connect(facts); });
  });
}

void Observers::disconnected(const HubSocket& socket, CloseReason reason) const {
  if (nobody()) return;
  with_facts(node_, socket, [&](const SocketFacts& facts) {
    for_each([&](EventObserver& observer) { observer.on_disconnect(facts, name_of(reason)); });
  });
}

void Observers::joined(const HubSocket& socket, std::string_view room) const {
  if (nobody() || !is_reported(room)) return;
  with_facts(node_, socket, [&](const SocketFacts& facts) {
    for_each([&](EventObserver& observer) { observer.on_join(facts, room); });
  });
}

void Observers::left(const HubSocket& socket, std::string_view room) const {
  if (nobody() || !is_reported(room)) return;
  with_facts(node_, socket, [&](const SocketFacts& facts) {
    for_each([&](EventObserver& observer) { observer.on_leave(facts, room); });
  });
}

void Observers::occupied(const NamespaceHub& hub, std::string_view room) const {
  if (!is_reported(room)) return;
  for_each([&](EventObserver& observer) { observer.on_room_occupied(hub.name(), room); });
}

void Observers::vacated(const NamespaceHub& hub, std::string_view room) const {
  if (!is_reported(room)) return;
  for_each([&](EventObserver& observer) { observer.on_room_vacated(hub.name(), room); });
}

void Observers::event(const HubSocket& socket, std::string_view data,
                      std::size_t attachments) const {
  if (nobody()) return;
  with_facts(node_, socket, [&](const SocketFacts& facts) {
    for_each([&](EventObserver& observer) { observer.on_event(facts, data, attachments); });
  });
}

}  // namespace pushgate::node
