// backend.cpp - the server behind every proxy: bytes over HTTP, and a WebSocket echo.

#include "backend/backend.hpp"

#include <charconv>

#include <sys/socket.h>

#include "load/http_head.hpp"
#include "load/socket.hpp"
#include "load/websocket.hpp"

namespace pushgate::bench {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr std::string_view kGet = "GET /bytes/";
constexpr std::string_view kWhoIsIt = "GET /uid ";
constexpr std::string_view kHold = "GET /hold ";
constexpr std::string_view kBadRequest =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

std::string answer_with_uid(std::string_view head) {
  const std::string_view cookies = header_field(head, "Cookie");
  const std::size_t at = cookies.find("uid=");
  const std::string_view rest = at == std::string_view::npos ? "" : cookies.substr(at + 4);
  return "HTTP/1.1 200 OK\r\nX-User-Id: " + std::string{rest.substr(0, rest.find(';'))} +
         "\r\nContent-Length: 0\r\n\r\n";
}

}  // namespace

Backend::Backend(std::size_t ports) : scratch_(kScratchBytes, '\0') {
  for (std::size_t i = 0; i < ports; ++i) {
    listeners_.push_back(std::make_unique<Connection>());
    Connection& listener = *listeners_.back();
    listener.fd = listen_on_loopback(0);
    listener.listening = true;
    poller_.add(listener.fd.get(), &listener);
  }
}

std::vector<std::uint16_t> Backend::ports() const {
  std::vector<std::uint16_t> out;
  for (const auto& listener : listeners_) out.push_back(port_of(listener->fd.get()));
  return out;
}

void Backend::run() {
  for (;;) {
    for (const epoll_event& event : poller_.wait(-1)) {
      auto* connection = static_cast<Connection*>(event.data.ptr);
      if (connection->listening) {
        accept_all(*connection);
      } else {
        serve(*connection, event.events);
      }
    }
  }
}

void Backend::accept_all(Connection& listener) {
  while (UniqueFd fd = accept_one(listener.fd.get())) {
    // Owned by its epoll registration until serve() takes it back to close it.
    auto connection = std::make_unique<Connection>();
    connection->fd = std::move(fd);
    const int raw = connection->fd.get();
    poller_.add(raw, connection.release());
  }
}

void Backend::serve(Connection& connection, unsigned events) {
  bool open = (events & EPOLLOUT) == 0 || flush(connection);
  if (open && (events & (EPOLLIN | kEnding)) != 0) {
    open = receive(connection, (events & kEnding) != 0);
  }
  if (!open || (connection.closing && connection.unsent.empty())) {
    const std::unique_ptr<Connection> last_owner{&connection};
  }
}

// A read shorter than the buffer has emptied the socket: the next byte is a new edge, and no second
// recv is needed to hear EAGAIN.
bool Backend::receive(Connection& connection, bool ending) {
  for (;;) {
    const ssize_t got = ::recv(connection.fd.get(), scratch_.data(), scratch_.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    const std::string_view bytes{scratch_.data(), static_cast<std::size_t>(got)};
    if (connection.unread.empty()) {
      const std::size_t used = consume(connection, bytes);
      connection.unread.assign(bytes.substr(used));
    } else {
      connection.unread.append(bytes);
      const std::size_t used = consume(connection, connection.unread);
      connection.unread.erase(0, used);
    }
    if (connection.closing) return true;
    if (bytes.size() < scratch_.size() && !ending) return true;
  }
}

std::size_t Backend::consume(Connection& connection, std::string_view bytes) {
  const std::size_t used = connection.websocket ? 0 : consume_requests(connection, bytes);
  if (!connection.websocket) return used;
  return used + consume_frames(connection, bytes.substr(used));
}

std::size_t Backend::consume_requests(Connection& connection, std::string_view bytes) {
  std::size_t used = 0;
  while (!connection.websocket && !connection.closing) {
    const std::size_t end = bytes.find(kHeadEnd, used);
    if (end == std::string_view::npos) break;
    answer(connection, bytes.substr(used, end + 2 - used));
    used = end + kHeadEnd.size();
  }
  return used;
}

void Backend::answer(Connection& connection, std::string_view head) {
  std::size_t count = 0;
  if (head.starts_with(kGet) &&
      std::from_chars(head.data() + kGet.size(), head.data() + head.size(), count).ec ==
          std::errc{}) {
    send_bytes(connection, responses_.response(count), Lifetime::of_the_program);
    return;
  }
  if (head.starts_with(kHold)) return;
  if (head.starts_with(kWhoIsIt)) {
    send_bytes(connection, answer_with_uid(head), Lifetime::of_the_call);
    return;
  }
  const std::string_view key = header_field(head, "Sec-WebSocket-Key");
  if (key.empty()) {
    connection.closing = true;
    send_bytes(connection, kBadRequest, Lifetime::of_the_program);
    return;
  }
  connection.websocket = true;
  send_bytes(connection, switching_protocols(key), Lifetime::of_the_call);
}

std::size_t Backend::consume_frames(Connection& connection, std::string_view bytes) {
  std::size_t used = 0;
  echo_.clear();
  while (!connection.closing) {
    const std::string_view rest = bytes.substr(used);
    const FrameHead head = read_frame_head(rest);
    if (!head.whole || rest.size() < head.head_bytes + head.payload_bytes) break;
    append_echo(echo_, head, rest);
    connection.closing = head.opcode == kCloseFrame;
    used += head.head_bytes + static_cast<std::size_t>(head.payload_bytes);
  }
  if (!echo_.empty()) send_bytes(connection, echo_, Lifetime::of_the_call);
  return used;
}

void Backend::send_bytes(Connection& connection, std::string_view bytes, Lifetime lifetime) {
  if (!connection.unsent.empty()) {
    std::string all{connection.unsent};
    all.append(bytes);
    connection.stored = std::move(all);
    connection.unsent = connection.stored;
    return;
  }
  const ssize_t sent = ::send(connection.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  if (bytes.empty()) return;
  if (lifetime == Lifetime::of_the_call) {
    connection.stored.assign(bytes);
    bytes = connection.stored;
  }
  connection.unsent = bytes;
}

bool Backend::flush(Connection& connection) {
  while (!connection.unsent.empty()) {
    const std::string_view rest = connection.unsent;
    const ssize_t sent = ::send(connection.fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    connection.unsent.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace pushgate::bench
