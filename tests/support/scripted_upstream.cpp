#include "support/scripted_upstream.hpp"

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

namespace pushgate::test {

ScriptedUpstream::ScriptedUpstream(int backlog, int buffer_bytes)
    : endpoint_(IpAddress::v4({127, 0, 0, 1}), 0) {
  open(backlog, buffer_bytes);
}

ScriptedUpstream::ScriptedUpstream(Endpoint at) : endpoint_(std::move(at)) { open(64, 0); }

void ScriptedUpstream::listen_again() { open(64, 0); }

void ScriptedUpstream::open(int backlog, int buffer_bytes) {
  listener_.reset(::socket(endpoint_.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (endpoint_.is_unix()) ::unlink(endpoint_.path().c_str());
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (buffer_bytes != 0) {
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
  }
  sockaddr_storage address;
  socklen_t length = endpoint_.to_sockaddr(address);
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener_.get(), backlog) != 0) {
    throw StreamError(std::string{"cannot listen: "} + std::strerror(errno));
  }
  length = sizeof address;
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length);
  endpoint_ = Endpoint::from_sockaddr(address, length);
}

RawStream ScriptedUpstream::accept() {
  pollfd watched{listener_.get(), POLLIN, 0};
  if (::poll(&watched, 1, Deadline{}.poll_timeout()) <= 0) {
    throw StreamError("nobody connected to the node at " + address());
  }
  UniqueFd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  if (!fd) throw StreamError(std::string{"accept: "} + std::strerror(errno));
  return RawStream{std::move(fd)};
}

bool ScriptedUpstream::has_caller() const {
  pollfd watched{listener_.get(), POLLIN, 0};
  return ::poll(&watched, 1, 0) > 0;
}

std::string ScriptedUpstream::everything_received() {
  std::string all;
  while (has_caller()) all += accept().read_to_end();
  return all;
}

Endpoint refusing_endpoint() {
  // Bound for as long as the process lives, and never listening: a port that was only closed could
  // be given to another test that runs at the same time.
  static std::vector<UniqueFd> bound;
  UniqueFd& fd = bound.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage address;
  socklen_t length = Endpoint{IpAddress::v4({127, 0, 0, 1}), 0}.to_sockaddr(address);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) {
    throw StreamError(std::string{"cannot bind: "} + std::strerror(errno));
  }
  length = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return Endpoint::from_sockaddr(address, length);
}

}  // namespace pushgate::test
