#pragma once
// event_observer.hpp - for those who are told what clients do: webhooks, scripts. They change
// nothing by it; who answers a client is an EventHandler.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pushgate::node {

/// A client in a namespace. Views are valid during the call.
struct SocketFacts {
  std::string_view node;  ///< the name of the node that has it
  std::string_view nsp;
  std::string_view id;
  std::string_view uid;           ///< empty: nobody knows
  std::string_view address;       ///< of the client itself
  std::int64_t connected_ms = 0;  ///< since 1970, when its connection began
};

/// One object for each io thread of each node, called on that thread only, in the middle of what
/// is told: an observer must be quick, and must not touch the node from inside a call.
///
/// The order for one client is connect, joins, events and leaves, disconnect, and then the leaves
/// of the rooms that it was still in. Rooms are those that have a name of their own: the rooms of
/// socket ids and of users (`user:<uid>`) are not reported.
class EventObserver {
 public:
  virtual ~EventObserver() = default;

  /// False: it wants to hear of nothing but rooms that are occupied or vacated, now.
  virtual bool listens() const noexcept { return true; }

  virtual void on_connect(const SocketFacts& socket) { static_cast<void>(socket); }
  /// `reason` as applications know it: "transport close", "ping timeout", ...
  virtual void on_disconnect(const SocketFacts& socket, std::string_view reason) {
    static_cast<void>(socket);
    static_cast<void>(reason);
  }
  virtual void on_join(const SocketFacts& socket, std::string_view room) {
    static_cast<void>(socket);
    static_cast<void>(room);
  }
  virtual void on_leave(const SocketFacts& socket, std::string_view room) {
    static_cast<void>(socket);
    static_cast<void>(room);
  }
  /// The first member on this io thread has come, or the last one has gone.
  virtual void on_room_occupied(std::string_view nsp, std::string_view room) {
    static_cast<void>(nsp);
    static_cast<void>(room);
  }
  virtual void on_room_vacated(std::string_view nsp, std::string_view room) {
    static_cast<void>(nsp);
    static_cast<void>(room);
  }
  /// A client's own event, before the handlers see it. `data` is the text of a JSON array
  /// `["name",args...]` in which {"_placeholder":true,"num":k} stands for a binary.
  virtual void on_event(const SocketFacts& socket, std::string_view data, std::size_t attachments) {
    static_cast<void>(socket);
    static_cast<void>(data);
    static_cast<void>(attachments);
  }
};

/// Makes the observers. Outlives the nodes; `make_observer` is called on the control thread, before
/// the io threads run.
class EventObserverSource {
 public:
  virtual ~EventObserverSource() = default;
  /// For one io thread of the node of this name.
  virtual std::unique_ptr<EventObserver> make_observer(const std::string& node) = 0;
};

}  // namespace pushgate::node
