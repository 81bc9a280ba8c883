#include "node/hub/room_hub.hpp"

#include <algorithm>
#include <utility>

namespace pushgate::node {

// ---- HubSocket
// ---------------------------------------------------------------------------------

HubSocket::HubSocket(NamespaceHub& hub, Recipient& recipient, const SessionId& id)
    : hub_(hub), recipient_(recipient), id_(id) {
  hub_.add(*this);
}

HubSocket::~HubSocket() { detach(); }

void HubSocket::detach() noexcept {
  if (detached_) return;
  hub_.leave_all(*this);
  hub_.remove(*this);
  detached_ = true;
}

std::vector<std::string> HubSocket::rooms() const {
  std::vector<std::string> names;
  names.reserve(rooms_.size());
  for (const Membership& membership : rooms_) names.push_back(*membership.room->name);
  return names;
}

bool HubSocket::is_in(std::string_view room) const noexcept {
  return std::any_of(rooms_.begin(), rooms_.end(), [room](const Membership& membership) {
    return *membership.room->name == room;
  });
}

// ---- NamespaceHub
// ------------------------------------------------------------------------------

void NamespaceHub::add(HubSocket& socket) {
  socket.index_ = static_cast<std::uint32_t>(sockets_.size());
  sockets_.push_back(&socket);
  by_id_.emplace(socket.id_, &socket);
  watcher_.on_socket_added(socket);
}

void NamespaceHub::remove(HubSocket& socket) noexcept {
  sockets_.back()->index_ = socket.index_;
  sockets_[socket.index_] = sockets_.back();
  sockets_.pop_back();
  by_id_.erase(socket.id_);
  watcher_.on_socket_removed(socket);
}

HubSocket* NamespaceHub::find(const SessionId& id) const noexcept {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const Room* NamespaceHub::find_room(std::string_view name) const noexcept {
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? nullptr : &found->second;
}

bool NamespaceHub::join(HubSocket& socket, std::string_view name) {
  // Joining after the end must not keep a room alive.
  if (socket.detached_ || socket.is_in(name)) return false;
  auto found = rooms_.find(name);
  const bool is_new = found == rooms_.end();
  if (is_new) {
    found = rooms_.emplace(std::string{name}, Room{}).first;
    found->second.name = &found->first;
  }
  Room& room = found->second;
  socket.rooms_.push_back({&room, static_cast<std::uint32_t>(room.members.size())});
  room.members.push_back({&socket.recipient_, &socket});
  if (is_new) watcher_.on_room_occupied(*this, found->first);
  watcher_.on_joined(socket, found->first);
  socket.on_rooms_changed();
  return true;
}

bool NamespaceHub::leave(HubSocket& socket, std::string_view name) {
  for (std::size_t i = 0; i < socket.rooms_.size(); ++i) {
    if (*socket.rooms_[i].room->name != name) continue;
    drop_membership(socket, i);
    return true;
  }
  return false;
}

void NamespaceHub::leave_all(HubSocket& socket) {
  while (!socket.rooms_.empty()) drop_membership(socket, socket.rooms_.size() - 1);
}

void NamespaceHub::drop_membership(HubSocket& socket, std::size_t which) {
  const auto [room, index] = socket.rooms_[which];
  socket.rooms_.erase(socket.rooms_.begin() + static_cast<std::ptrdiff_t>(which));
  // The last member takes the place that becomes free.
  const Room::Member moved = room->members.back();
  room->members.pop_back();
  if (moved.socket != &socket) {
    room->members[index] = moved;
    for (HubSocket::Membership& membership : moved.socket->rooms_) {
      if (membership.room == room) membership.index = index;
    }
  }
  watcher_.on_left(socket, *room->name);
  socket.on_rooms_changed();
  if (!room->members.empty()) return;
  watcher_.on_room_vacated(*this, *room->name);
  rooms_.erase(rooms_.find(*room->name));
}

void NamespaceHub::mark_all(const std::vector<std::string>& rooms, std::uint32_t mark) noexcept {
  for (const std::string& room : rooms) {
    visit_room(room, [mark](Recipient&, HubSocket& socket) { socket.mark_ = mark; });
  }
}

std::size_t NamespaceHub::deliver(const BroadcastOptions& options, const MessageRef& message,
                                  const Offset* place) {
  std::size_t recipients = 0;
  if (place != nullptr) {
    select(options, [&](Recipient& recipient, HubSocket& socket) {
      ++recipients;
      socket.note_sent(*place);
      recipient.send(message);
    });
    return recipients;
  }
  select(options, [&](Recipient& recipient, HubSocket&) {
    ++recipients;
    recipient.send(message);
  });
  return recipients;
}

}  // namespace pushgate::node
