#include "support/raw_stream.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace pushgate::test {

namespace {

[[noreturn]] void fail(const char* what) {
  throw StreamError(std::string{what} + ": " + std::strerror(errno));
}

UniqueFd open_socket(int family) {
  UniqueFd fd{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!fd) fail("socket");
  return fd;
}

void set_buffers(int fd, int bytes) {
  if (bytes == 0) return;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

void make_non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) fail("fcntl");
}

}  // namespace

RawStream::RawStream(UniqueFd fd) : fd_(std::move(fd)) { make_non_blocking(fd_.get()); }

RawStream RawStream::connect(const Endpoint& to, int buffer_bytes) {
  UniqueFd fd = open_socket(to.family());
  set_buffers(fd.get(), buffer_bytes);
  return connect_with(std::move(fd), to);
}

RawStream RawStream::connect_from(std::string_view source, const Endpoint& to) {
  UniqueFd fd = open_socket(to.family());
  const Endpoint from{IpAddress::parse(source).value(), 0};
  sockaddr_storage address;
  const socklen_t length = from.to_sockaddr(address);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) fail("bind");
  return connect_with(std::move(fd), to);
}

RawStream RawStream::connect_with(UniqueFd fd, const Endpoint& to) {
  sockaddr_storage address;
  const socklen_t length = to.to_sockaddr(address);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    fail("connect");
  }
  return RawStream{std::move(fd)};
}

bool RawStream::await(short events) {
  const Deadline deadline;
  pollfd watched{fd_.get(), events, 0};
  for (;;) {
    const int ready = ::poll(&watched, 1, deadline.poll_timeout());
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) fail("poll");
  }
}

void RawStream::send(std::string_view bytes) {
  if (!try_send(bytes)) fail("send");
}

bool RawStream::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    if (!await(POLLOUT)) throw StreamError("send: the peer takes nothing");
  }
  return true;
}

bool RawStream::fill() {
  char piece[16 * 1024];
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), piece, sizeof piece, 0);
    if (got > 0) {
      pending_.append(piece, static_cast<std::size_t>(got));
      total_received_ += static_cast<std::size_t>(got);
      return true;
    }
    if (got == 0) {
      end_ = StreamEnd::closed;
      return false;
    }
    if (errno == ECONNRESET) {
      end_ = StreamEnd::reset;
      return false;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) fail("recv");
    if (!await(POLLIN)) throw StreamError("recv: nothing came; so far: " + pending_.substr(0, 400));
  }
}

std::string RawStream::read_until(std::string_view mark) {
  for (;;) {
    if (const std::size_t found = pending_.find(mark); found != std::string::npos) {
      return read_exactly(found + mark.size());
    }
    if (!fill()) throw StreamError("the stream ended early, with: " + pending_.substr(0, 400));
  }
}

std::string RawStream::read_exactly(std::size_t count) {
  while (pending_.size() < count) {
    if (!fill()) throw StreamError("the stream ended early, with: " + pending_.substr(0, 400));
  }
  std::string bytes = pending_.substr(0, count);
  pending_.erase(0, count);
  return bytes;
}

std::string RawStream::read_to_end() {
  while (fill()) {
  }
  return std::exchange(pending_, {});
}

std::string RawStream::read_some() {
  if (pending_.empty()) fill();
  return std::exchange(pending_, {});
}

bool RawStream::has_something() const {
  if (!pending_.empty()) return true;
  pollfd watched{fd_.get(), POLLIN | POLLRDHUP, 0};
  return ::poll(&watched, 1, 0) > 0;
}

void RawStream::half_close() {
  if (::shutdown(fd_.get(), SHUT_WR) != 0) fail("shutdown");
}

void RawStream::reset() {
  const linger abort{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  fd_.reset();
}

StreamPair make_stream_pair(int buffer_bytes) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
    fail("socketpair");
  }
  for (const int fd : fds) set_buffers(fd, buffer_bytes);
  return {UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

}  // namespace pushgate::test
