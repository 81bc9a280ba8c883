#pragma once
// room_hub.hpp - who is in which room, on one io thread, and delivery to them. Sans-I/O.
//
// No locks: every thread has its own hub with its own sockets. A room exists while it has members.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pushgate/node/envelope.hpp"
#include "pushgate/node/store/offset.hpp"
#include "pushgate/node/transport/sid.hpp"

#include "node/hub/recipient.hpp"

namespace pushgate::node {

struct ClientOrigin;
class HubSocket;
class NamespaceHub;

/// Finds a std::string key by a view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};
template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

struct Room {
  struct Member {
    Recipient* recipient;
    HubSocket* socket;
  };
  const std::string* name = nullptr;  ///< the key that it is found by
  std::vector<Member> members{};
};

/// Whoever has to know which rooms have members on this thread (the bus), and who comes and goes
/// (presence, webhooks). Called in the middle of a change: it may not change the hub.
class HubWatcher {
 public:
  virtual void on_room_occupied(const NamespaceHub& hub, const std::string& room) = 0;
  virtual void on_room_vacated(const NamespaceHub& hub, const std::string& room) = 0;
  virtual void on_socket_added(const HubSocket& socket) = 0;
  virtual void on_socket_removed(const HubSocket& socket) = 0;
  /// A socket has come into a room, or is out of it. After on_room_occupied, before
  /// on_room_vacated.
  virtual void on_joined(const HubSocket& socket, const std::string& room) {
    static_cast<void>(socket);
    static_cast<void>(room);
  }
  virtual void on_left(const HubSocket& socket, const std::string& room) {
    static_cast<void>(socket);
    static_cast<void>(room);
  }

 protected:
  ~HubWatcher() = default;
};

/// What the hub knows of one Socket.IO socket, or of a plain client. Its id is a room of which it
/// is the only member, without an entry anywhere.
class HubSocket {
 public:
  HubSocket(NamespaceHub& hub, Recipient& recipient, const SessionId& id);
  HubSocket(const HubSocket&) = delete;
  HubSocket& operator=(const HubSocket&) = delete;
  virtual ~HubSocket();

  /// Leaves every room and the namespace: nothing is delivered to it any more. The destructor does
  /// the same.
  void detach() noexcept;
  bool is_detached() const noexcept { return detached_; }

  const SessionId& id() const noexcept { return id_; }
  NamespaceHub& hub() const noexcept { return hub_; }
  Recipient& recipient() const noexcept { return recipient_; }

  /// Without the room of its own id.
  std::vector<std::string> rooms() const;
  std::size_t room_count() const noexcept { return rooms_.size(); }
  bool is_in(std::string_view room) const noexcept;

  /// The last event out of a log that was queued for it; its epoch is that of the log now. Both
  /// numbers 0: none.
  std::uint64_t sent_high() const noexcept { return sent_high_; }
  std::uint64_t sent_low() const noexcept { return sent_low_; }
  void note_sent(const Offset& offset) noexcept {
    sent_high_ = offset.high;
    sent_low_ = offset.low;
  }

  /// Who is behind it; null if nobody knows, or while it is being destroyed.
  virtual const ClientOrigin* who() const noexcept { return nullptr; }
  /// As JSON, for those who ask which sockets there are.
  virtual std::string handshake_json() const = 0;
  virtual std::string data_json() const = 0;
  /// An application disconnects it; with `close`, its whole connection.
  virtual void disconnect(bool close) = 0;
  /// Whoever `owner` names has come back elsewhere: if it is this socket, it goes without a word.
  virtual void give_way(std::string_view owner) { static_cast<void>(owner); }

 private:
  friend class NamespaceHub;
  /// It has come into a room, or is out of one. Not called while it is being destroyed.
  virtual void on_rooms_changed() {}
  struct Membership {
    Room* room;
    std::uint32_t index;  ///< in room->members
  };

  NamespaceHub& hub_;
  Recipient& recipient_;
  SessionId id_;
  std::uint32_t index_ = 0;  ///< in the namespace's list
  std::uint32_t mark_ = 0;   ///< the last selection it was met in
  bool detached_ = false;
  std::uint64_t sent_high_ = 0;
  std::uint64_t sent_low_ = 0;
  std::vector<Membership> rooms_;
};

/// The sockets and rooms of one namespace on one io thread.
class NamespaceHub {
 public:
  NamespaceHub(std::string name, HubWatcher& watcher) : name_(std::move(name)), watcher_(watcher) {}
  NamespaceHub(const NamespaceHub&) = delete;
  NamespaceHub& operator=(const NamespaceHub&) = delete;

  const std::string& name() const noexcept { return name_; }
  std::size_t sockets() const noexcept { return sockets_.size(); }
  const TextMap<Room>& rooms() const noexcept { return rooms_; }

  /// False if it is there already.
  bool join(HubSocket& socket, std::string_view room);
  bool leave(HubSocket& socket, std::string_view room);
  void leave_all(HubSocket& socket);

  HubSocket* find(const SessionId& id) const noexcept;
  const Room* find_room(std::string_view name) const noexcept;

  /// Queues the message for everybody whom the options mean. Returns how many those are. `place`:
  /// where a log has it, if one does.
  std::size_t deliver(const BroadcastOptions& options, const MessageRef& message,
                      const Offset* place = nullptr);

  /// Calls `visit(HubSocket&)` once for each socket that is in any of the rooms (in the namespace,
  /// if there are none) and in none of the excepted. The list is made first, so `visit` may join
  /// and leave; it may not destroy sockets.
  template <class Visit>
  void for_each(const BroadcastOptions& options, Visit visit) {
    std::vector<HubSocket*> chosen;
    select(options, [&chosen](Recipient&, HubSocket& socket) { chosen.push_back(&socket); });
    for (HubSocket* const socket : chosen) visit(*socket);
  }

 private:
  friend class HubSocket;

  void add(HubSocket& socket);
  void remove(HubSocket& socket) noexcept;
  void drop_membership(HubSocket& socket, std::size_t which);
  void mark_all(const std::vector<std::string>& rooms, std::uint32_t mark) noexcept;

  /// Without rooms of several members to keep apart nobody can be met twice: no marks are needed.
  template <class Found>
  void select(const BroadcastOptions& options, Found found);
  template <class Found>
  void visit_room(const std::string& name, Found found);

  std::string name_;
  HubWatcher& watcher_;
  TextMap<Room> rooms_;
  std::vector<HubSocket*> sockets_;
  std::unordered_map<SessionId, HubSocket*> by_id_;
  std::uint32_t last_mark_ = 0;
};

template <class Found>
void NamespaceHub::visit_room(const std::string& name, Found found) {
  if (const auto room = rooms_.find(name); room != rooms_.end()) {
    for (const Room::Member& member : room->second.members) {
      found(*member.recipient, *member.socket);
    }
    return;
  }
  if (const std::optional<SessionId> id = SessionId::parse(name)) {
    if (HubSocket* const socket = find(*id)) found(socket->recipient_, *socket);
  }
}

template <class Found>
void NamespaceHub::select(const BroadcastOptions& options, Found found) {
  if (options.except.empty() && options.rooms.size() == 1) {
    visit_room(options.rooms.front(), found);
    return;
  }
  const std::uint32_t mark = ++last_mark_;
  mark_all(options.except, mark);
  const auto first_time = [mark, &found](Recipient& recipient, HubSocket& socket) {
    if (socket.mark_ == mark) return;
    socket.mark_ = mark;
    found(recipient, socket);
  };
  for (const std::string& room : options.rooms) visit_room(room, first_time);
  if (!options.rooms.empty()) return;
  for (HubSocket* const socket : sockets_) first_time(socket->recipient_, *socket);
}

}  // namespace pushgate::node
