// broadcaster.cpp - the floor: what a message to a room costs when nothing is done but sending it.

#include "broadcaster/broadcaster.hpp"

#include <algorithm>
#include <charconv>

#include <sys/socket.h>

#include "load/http_head.hpp"
#include "load/message.hpp"
#include "load/socket.hpp"
#include "load/websocket.hpp"

namespace pushgate::bench {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr std::string_view kRoom = "room=r";
constexpr std::string_view kSocketIo = "GET /socket.io/";

constexpr std::string_view kOpen =
    R"(0{"sid":"AAAAAAAAAAAAAAAAAAAA","upgrades":[],"pingInterval":25000,"pingTimeout":20000,)"
    R"("maxPayload":1000000})";
constexpr std::string_view kConnected = R"(40{"sid":"BBBBBBBBBBBBBBBBBBBB"})";
constexpr std::string_view kJoined = R"(430[{"ok":true}])";

/// Appends to `unsent` what the socket does not take. False: the connection is broken.
bool send_or_keep(int fd, std::string_view bytes, std::string& unsent) {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return false;
  unsent.append(bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent)));
  return true;
}

}  // namespace

Broadcaster::Broadcaster() : listener_(listen_on_loopback(0)), scratch_(kScratchBytes, '\0') {
  poller_.add(listener_.get(), nullptr);
}

std::uint16_t Broadcaster::port() const { return port_of(listener_.get()); }

void Broadcaster::run() {
  for (;;) {
    for (const epoll_event& event : poller_.wait(-1)) {
      if (event.data.ptr == nullptr) {
        accept_all();
      } else {
        serve(*static_cast<Connection*>(event.data.ptr), event.events);
      }
    }
  }
}

void Broadcaster::accept_all() {
  while (UniqueFd fd = accept_one(listener_.get())) {
    // Owned by its epoll registration until serve() takes it back to close it.
    auto connection = std::make_unique<Connection>();
    connection->fd = std::move(fd);
    const int raw = connection->fd.get();
    poller_.add(raw, connection.release());
  }
}

void Broadcaster::serve(Connection& connection, unsigned events) {
  bool open = true;
  if ((events & EPOLLOUT) != 0 && !connection.unsent.empty()) {
    const std::string waiting = std::move(connection.unsent);
    connection.unsent.clear();
    open = send_or_keep(connection.fd.get(), waiting, connection.unsent);
  }
  if (open && (events & (EPOLLIN | kEnding)) != 0) {
    open = receive(connection, (events & kEnding) != 0);
  }
  if (!open) {
    leave_all(connection);
    const std::unique_ptr<Connection> last_owner{&connection};
  }
}

// A read shorter than the buffer has emptied the socket.
bool Broadcaster::receive(Connection& connection, bool ending) {
  for (;;) {
    const ssize_t got = ::recv(connection.fd.get(), scratch_.data(), scratch_.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    const std::string_view bytes{scratch_.data(), static_cast<std::size_t>(got)};
    if (connection.unread.empty()) {
      connection.unread.assign(bytes.substr(consume(connection, bytes)));
    } else {
      connection.unread.append(bytes);
      connection.unread.erase(0, consume(connection, connection.unread));
    }
    if (bytes.size() < scratch_.size() && !ending) return true;
  }
}

std::size_t Broadcaster::consume(Connection& connection, std::string_view bytes) {
  std::size_t used = connection.upgraded ? 0 : upgrade(connection, bytes);
  while (connection.upgraded) {
    const std::string_view rest = bytes.substr(used);
    const FrameHead head = read_frame_head(rest);
    if (!head.whole || rest.size() < head.head_bytes + head.payload_bytes) break;
    used += head.head_bytes + static_cast<std::size_t>(head.payload_bytes);
    if (head.opcode != kTextFrame) continue;
    frame_.clear();
    append_echo(frame_, head, rest);
    const std::string_view payload = std::string_view{frame_}.substr(
        frame_.size() - static_cast<std::size_t>(head.payload_bytes));
    if (connection.socketio) {
      greet(connection, payload);
    } else if (payload.size() >= kStampBytes) {
      broadcast(payload);
    }
  }
  return used;
}

std::size_t Broadcaster::upgrade(Connection& connection, std::string_view bytes) {
  const std::size_t end = bytes.find(kHeadEnd);
  if (end == std::string_view::npos) return 0;
  const std::string_view head = bytes.substr(0, end + 2);
  const std::string_view line = head.substr(0, head.find("\r\n"));
  for (std::size_t at = line.find(kRoom); at != std::string_view::npos; at = line.find(kRoom, at)) {
    at += kRoom.size();
    std::uint32_t room = 0;
    std::from_chars(line.data() + at, line.data() + line.size(), room);
    connection.rooms.push_back(room);
    members_[room].push_back(&connection);
  }
  std::string answer = switching_protocols(header_field(head, "Sec-WebSocket-Key"));
  connection.upgraded = true;
  connection.socketio = line.starts_with(kSocketIo);
  if (connection.socketio) append_server_frame(answer, kTextFrame, kOpen);
  send_or_keep(connection.fd.get(), answer, connection.unsent);
  return end + kHeadEnd.size();
}

void Broadcaster::greet(Connection& connection, std::string_view payload) {
  std::string answer;
  append_server_frame(answer, kTextFrame, payload.starts_with("40") ? kConnected : kJoined);
  send_or_keep(connection.fd.get(), answer, connection.unsent);
}

// frame_ holds the whole frame. A broken connection is closed when its own event comes.
void Broadcaster::broadcast(std::string_view message) {
  const auto room = members_.find(room_of(message));
  if (room == members_.end()) return;
  for (Connection* member : room->second) {
    if (!member->unsent.empty()) {
      member->unsent.append(frame_);
    } else {
      send_or_keep(member->fd.get(), frame_, member->unsent);
    }
  }
}

void Broadcaster::leave_all(const Connection& connection) {
  for (const std::uint32_t room : connection.rooms) {
    std::erase(members_[room], &connection);
  }
}

}  // namespace pushgate::bench
