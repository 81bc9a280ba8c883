#include "pushgate/net/listener.hpp"

#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pushgate/net/socket.hpp"

namespace pushgate::net {

namespace {

constexpr int kBacklog = 4096;  // capped by net.core.somaxconn
constexpr int kAcceptsPerTurn = 32;
constexpr std::chrono::milliseconds kPause{100};

ErrorCode set_flag(int fd, int name) noexcept {
  const int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, name, &on, sizeof on) != 0) return last_system_error();
  return {};
}

/// True if accept(2) failed because of the connection, not of us: try the next one (accept(2),
/// NOTES).
bool is_connection_error(int error) noexcept {
  switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EINTR:
      return true;
    default:
      return false;
  }
}

void remove_stale_socket(const Endpoint& endpoint) noexcept {
  struct stat status {};
  if (::lstat(endpoint.path().c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
    ::unlink(endpoint.path().c_str());
  }
}

}  // namespace

Result<UniqueFd> open_listener(const Endpoint& endpoint, bool share_port) {
  UniqueFd fd{::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return last_system_error();
  if (endpoint.is_unix()) {
    remove_stale_socket(endpoint);
  } else {
    if (const ErrorCode error = set_flag(fd.get(), SO_REUSEADDR)) return error;
    if (share_port) {
      if (const ErrorCode error = set_flag(fd.get(), SO_REUSEPORT)) return error;
    }
    set_no_delay(fd.get());
    set_keepalive(fd.get(), KeepaliveOptions{});
  }
  sockaddr_storage address;
  const socklen_t length = endpoint.to_sockaddr(address);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return last_system_error();
  }
  return fd;
}

Result<std::vector<UniqueFd>> open_listeners(Endpoint endpoint, std::size_t count) {
  if (endpoint.is_unix()) count = 1;
  if (count > 1 && endpoint.port() != 0) {
    // A socket that shares nothing finds out whether somebody else has the port.
    const Result<UniqueFd> alone = open_listener(endpoint, false);
    if (!alone) return alone.error();
  }
  std::vector<UniqueFd> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    Result<UniqueFd> socket = open_listener(endpoint, count > 1);
    if (!socket) return socket.error();
    if (i == 0) endpoint = bound_endpoint(socket->get());
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

std::string cannot_listen(const Endpoint& endpoint, std::string_view key, ErrorCode error,
                          std::string_view remedy) {
  std::string text = "cannot listen on " + endpoint.to_string();
  text.append(" (").append(key).append("): ").append(error.message());
  if (error.value() == EADDRINUSE) {
    text.append("; if another pushgate of this host has it: ").append(remedy);
  }
  return text;
}

Endpoint bound_endpoint(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return Endpoint::from_sockaddr(address, length);
}

Listener::Listener(runtime::Reactor& reactor, UniqueFd socket, Events events)
    : reactor_(reactor), socket_(std::move(socket)), events_(std::move(events)) {}

ErrorCode Listener::start() {
  const Result<runtime::Channel*> channel = reactor_.add_listener(socket_.get(), this);
  if (!channel) return channel.error();
  channel_ = *channel;
  return {};
}

void Listener::close() noexcept {
  if (channel_ != nullptr) reactor_.remove(std::exchange(channel_, nullptr));
  socket_.reset();
}

void Listener::on_ready(runtime::Channel&) {
  for (int i = 0; i < kAcceptsPerTurn && is_open(); ++i) {
    if (!accept_one()) return;
  }
}

void Listener::finish() {
  for (int i = 0; i < kBacklog && is_open(); ++i) {
    if (!accept_one()) break;
  }
  close();
}

/// False if nobody is waiting, or if nobody can be accepted now.
bool Listener::accept_one() {
  for (;;) {
    sockaddr_storage address;
    socklen_t length = sizeof address;
    UniqueFd fd{::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length,
                          SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (fd) {
      events_.accepted(std::move(fd), Endpoint::from_sockaddr(address, length));
      return true;
    }
    if (errno == EAGAIN) return false;
    if (is_connection_error(errno)) continue;
    pause(last_system_error());
    return false;
  }
}

void Listener::pause(ErrorCode why) {
  if (channel_ != nullptr) reactor_.pause(*channel_);
  reactor_.arm(*this, reactor_.now() + kPause);
  events_.failed(why);
}

void Listener::on_timer(TimePoint) {
  if (channel_ != nullptr) reactor_.resume(*channel_);
}

}  // namespace pushgate::net
