#pragma once
// socket.hpp - the few socket calls that the load programs share. Loopback and IPv4 only.

#include <cstdint>
#include <string_view>

#include <netinet/in.h>

#include "pushgate/base/unique_fd.hpp"

namespace pushgate::bench {

/// Prints `what` with the meaning of errno and ends the program with status 3. A load program that
/// goes on after an error would report a number that means nothing.
[[noreturn]] void fail(std::string_view what);

/// "127.0.0.1:4000" as an address; ends the program when it is not one.
sockaddr_in parse_address(std::string_view text);

/// A non-blocking listener on 127.0.0.1, port chosen by the kernel when `port` is 0. SO_REUSEPORT
/// is set, so that several threads may each have their own.
UniqueFd listen_on_loopback(std::uint16_t port);
std::uint16_t port_of(int fd);

/// Accepts one connection (non-blocking, TCP_NODELAY), or returns an empty descriptor.
UniqueFd accept_one(int listener);

/// A connected socket. `source` selects one of eight local addresses 127.0.1.x: each has its own
/// range of ephemeral ports, so thousands of connections in TIME_WAIT do not make connect() search.
/// The socket blocks; the callers pass MSG_DONTWAIT where they must not wait.
UniqueFd connect_from(const sockaddr_in& to, unsigned source);

/// The same, but an empty descriptor when nobody listens there.
UniqueFd try_connect_from(const sockaddr_in& to, unsigned source);

/// Starts a non-blocking connect. On loopback it is nearly always complete when this returns.
UniqueFd connect_nonblocking(const sockaddr_in& to);

}  // namespace pushgate::bench
