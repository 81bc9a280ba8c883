// socket.cpp - the few socket calls that the load programs share.

#include "load/socket.hpp"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace pushgate::bench {
namespace {

constexpr int kBacklog = 4096;
constexpr unsigned kSourceAddresses = 8;

void set_option(int fd, int level, int name) {
  const int on = 1;
  if (::setsockopt(fd, level, name, &on, sizeof on) != 0) fail("setsockopt");
}

sockaddr_in ipv4(std::uint32_t host_order_address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_addr.s_addr = htonl(host_order_address);
  out.sin_port = htons(port);
  return out;
}

UniqueFd tcp_socket(int flags) {
  UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)};
  if (!fd) fail("socket");
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  return fd;
}

}  // namespace

void fail(std::string_view what) {
  const int error = errno;
  std::fprintf(stderr, "bench: %.*s: %s\n", static_cast<int>(what.size()), what.data(),
               std::strerror(error));
  std::exit(3);
}

sockaddr_in parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  in_addr host{};
  const bool valid =
      colon != std::string_view::npos &&
      std::from_chars(text.data() + colon + 1, text.data() + text.size(), port).ec == std::errc{} &&
      ::inet_pton(AF_INET, std::string{text.substr(0, colon)}.c_str(), &host) == 1;
  if (!valid) {
    errno = EINVAL;
    fail("address must be IPV4:PORT");
  }
  return ipv4(ntohl(host.s_addr), port);
}

UniqueFd listen_on_loopback(std::uint16_t port) {
  UniqueFd fd = tcp_socket(SOCK_NONBLOCK);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT);
  const sockaddr_in at = ipv4(INADDR_LOOPBACK, port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) fail("bind");
  if (::listen(fd.get(), kBacklog) != 0) fail("listen");
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in at{};
  socklen_t length = sizeof at;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &length) != 0) fail("getsockname");
  return ntohs(at.sin_port);
}

// TCP_NODELAY is not set again: an accepted socket inherits it from its listener.
UniqueFd accept_one(int listener) {
  UniqueFd fd{::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (!fd && errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) fail("accept");
  return fd;
}

UniqueFd connect_from(const sockaddr_in& to, unsigned source) {
  UniqueFd fd = try_connect_from(to, source);
  if (!fd) fail("connect");
  return fd;
}

UniqueFd try_connect_from(const sockaddr_in& to, unsigned source) {
  UniqueFd fd = tcp_socket(0);
  set_option(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  const sockaddr_in from = ipv4(0x7F000101 + source % kSourceAddresses, 0);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) fail("bind");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    if (errno != ECONNREFUSED && errno != ECONNRESET) fail("connect");
    fd.reset();
    errno = ECONNREFUSED;
  }
  return fd;
}

UniqueFd connect_nonblocking(const sockaddr_in& to) {
  UniqueFd fd = tcp_socket(SOCK_NONBLOCK);
  const int result = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  if (result != 0 && errno != EINPROGRESS) fail("connect");
  return fd;
}

}  // namespace pushgate::bench
