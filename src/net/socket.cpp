#include "pushgate/net/socket.hpp"

#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "pushgate/runtime/stream_calls.hpp"

namespace pushgate::net {

using runtime::Channel;
using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::kReadable;
using runtime::kWritable;

namespace {

void set_option(int fd, int level, int name, int value) noexcept {
  // A socket of another family (unix) refuses TCP options; nothing depends on them there.
  ::setsockopt(fd, level, name, &value, sizeof value);
}

bool is_transient(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

Result<Socket> Socket::attach(runtime::Reactor& reactor, UniqueFd fd, runtime::EventSink* sink,
                              runtime::Turn turn) {
  const Result<Channel*> channel = reactor.add(fd.get(), sink, turn);
  if (!channel) return channel.error();
  Socket socket;
  socket.reactor_ = &reactor;
  socket.channel_ = *channel;
  socket.fd_ = std::move(fd);
  return socket;
}

Socket::Socket(Socket&& other) noexcept
    : reactor_(other.reactor_),
      channel_(std::exchange(other.channel_, nullptr)),
      fd_(std::move(other.fd_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    reactor_ = other.reactor_;
    channel_ = std::exchange(other.channel_, nullptr);
    fd_ = std::move(other.fd_);
  }
  return *this;
}

IoResult Socket::read(char* data, std::size_t size) noexcept {
  if (channel_->ahead != 0) return read_ahead(data, size);
  const ssize_t got = runtime::receive_bytes(fd_.get(), data, size);
  if (got < 0) return read_failed(errno);
  if (got == 0) return {IoStatus::end, 0, 0};
  // A short read has emptied the socket, unless the end of the stream is waiting behind it.
  if (static_cast<std::size_t>(got) < size) exhausted_input();
  return {IoStatus::ok, 0, static_cast<std::size_t>(got)};
}

IoResult Socket::read_failed(int error) noexcept {
  if (!is_transient(error)) return {IoStatus::failed, error, 0};
  channel_->ready &= static_cast<std::uint8_t>(~kReadable);
  return {IoStatus::would_block, 0, 0};
}

/// What the reactor has read already. If that was not all, the channel stays readable.
IoResult Socket::read_ahead(char* data, std::size_t size) noexcept {
  const runtime::ReceivedAhead::Taken taken =
      reactor_->received_ahead().take(*channel_, data, size);
  if (taken.error != 0) return read_failed(taken.error);
  if (taken.bytes == 0) return {IoStatus::end, 0, 0};
  if (taken.socket_is_empty) exhausted_input();
  return {IoStatus::ok, 0, taken.bytes};
}

IoResult Socket::write(std::string_view data) noexcept {
  const ssize_t sent = runtime::send_bytes(fd_.get(), data);
  return sent_for_it({sent, errno}, data.size());
}

IoResult Socket::write(std::string_view first, std::string_view second) noexcept {
  if (second.empty()) return write(first);
  if (first.empty()) return write(second);
  iovec pieces[2] = {{const_cast<char*>(first.data()), first.size()},
                     {const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent_for_it({sent, errno}, first.size() + second.size());
}

IoResult Socket::sent_for_it(const runtime::Departures::Outcome& outcome,
                             std::size_t wanted) noexcept {
  if (outcome.bytes < 0) {
    if (!is_transient(outcome.error)) return {IoStatus::failed, outcome.error, 0};
    exhausted_output();
    return {IoStatus::would_block, 0, 0};
  }
  const auto bytes = static_cast<std::size_t>(outcome.bytes);
  if (bytes < wanted) exhausted_output();
  return {IoStatus::ok, 0, bytes};
}

void Socket::exhausted_input() noexcept {
  if (!(channel_->ready & kPeerClosed)) channel_->ready &= static_cast<std::uint8_t>(~kReadable);
}

void Socket::exhausted_output() noexcept {
  channel_->ready &= static_cast<std::uint8_t>(~kWritable);
  reactor_->watch_output(*channel_);
}

void Socket::shutdown_write() noexcept { ::shutdown(fd_.get(), SHUT_WR); }

void Socket::close() noexcept {
  if (channel_ != nullptr) reactor_->remove(std::exchange(channel_, nullptr));
  fd_.reset();
}

UniqueFd Socket::detach() noexcept {
  if (channel_ != nullptr) reactor_->release(std::exchange(channel_, nullptr));
  return std::move(fd_);
}

void Socket::reset_on_close() noexcept {
  const linger abort{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
}

void set_keepalive(int fd, const KeepaliveOptions& options) noexcept {
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, options.idle_seconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, options.interval_seconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, options.probes);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, options.user_timeout_ms);
}

void set_no_delay(int fd) noexcept { set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

Result<UniqueFd> begin_connect(const Endpoint& endpoint) noexcept {
  UniqueFd fd{::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return last_system_error();
  if (!endpoint.is_unix()) set_no_delay(fd.get());
  sockaddr_storage address;
  const socklen_t length = endpoint.to_sockaddr(address);
  const int outcome = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), length);
  // EAGAIN is what a unix socket says when the listener's queue is full: a failure to retry
  // elsewhere.
  if (outcome != 0 && errno != EINPROGRESS) return last_system_error();
  return fd;
}

}  // namespace pushgate::net
