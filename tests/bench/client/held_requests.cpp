// held_requests.cpp - requests that wait for an answer while others are measured.

#include "client/held_requests.hpp"

#include <cerrno>

#include <sys/socket.h>

#include "load/socket.hpp"

namespace pushgate::bench {

HeldRequests::HeldRequests(const sockaddr_in& target, unsigned count, unsigned first_user,
                           const CookieLines& cookies) {
  connections_.reserve(count);
  for (unsigned user = first_user; user < first_user + count; ++user) {
    connections_.push_back(connect_from(target, user));
    send_all(connections_.back().get(), http_request("/slow", user, cookies));
  }
}

void HeldRequests::check() const {
  for (const UniqueFd& connection : connections_) {
    char byte = 0;
    const ssize_t got = ::recv(connection.get(), &byte, 1, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) continue;
    errno = EPROTO;
    fail("a request that should wait has been answered");
  }
}

}  // namespace pushgate::bench
