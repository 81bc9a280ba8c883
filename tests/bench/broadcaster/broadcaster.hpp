#pragma once
// broadcaster.hpp - the floor: what a message to a room costs when nothing is done but sending it.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pushgate/base/unique_fd.hpp"

#include "load/poller.hpp"

namespace pushgate::bench {

/// Accepts WebSockets; `room=r7` in a target, as often as wanted, makes the connection a member of
/// room 7. A frame from any connection goes to the members of the room that its payload begins with
/// (load/message.hpp): the frame is built once, and then there is one send for each member, now.
/// No acknowledgements, no timers, no limits. One thread.
///
/// At /socket.io/ it says to every client what Socket.IO would say to it until it is in a room, and
/// keeps nothing of it: the floor of connecting.
class Broadcaster {
 public:
  Broadcaster();

  std::uint16_t port() const;
  [[noreturn]] void run();

 private:
  struct Connection {
    UniqueFd fd;
    bool upgraded = false;
    bool socketio = false;
    std::vector<std::uint32_t> rooms;
    std::string unread;  ///< the beginning of a request or frame whose end has not come
    std::string unsent;  ///< what the socket has not taken: its receiver is slow
  };

  void accept_all();
  void serve(Connection& connection, unsigned events);
  bool receive(Connection& connection, bool ending);
  std::size_t consume(Connection& connection, std::string_view bytes);
  std::size_t upgrade(Connection& connection, std::string_view bytes);
  void greet(Connection& connection, std::string_view payload);
  void broadcast(std::string_view message);
  void leave_all(const Connection& connection);

  UniqueFd listener_;
  Poller poller_;
  std::unordered_map<std::uint32_t, std::vector<Connection*>> members_;
  std::string scratch_;
  std::string frame_;
};

}  // namespace pushgate::bench
