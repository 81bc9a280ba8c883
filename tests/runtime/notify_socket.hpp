#pragma once
// notify_socket.hpp - a service manager's end of sd_notify(3).

#include <string>
#include <vector>

#include <stdlib.h>
#include <sys/socket.h>

#include "pushgate/base/endpoint.hpp"

#include "runtime/ops_fixture.hpp"

namespace pushgate::runtime {

/// Binds a datagram socket and names it in NOTIFY_SOCKET, until destroyed.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address{};
    const socklen_t length = Endpoint::unix_path(path).to_sockaddr(address);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~NotifySocket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
  }

  /// The datagrams since the last call.
  std::vector<std::string> received() {
    std::vector<std::string> all;
    char text[4096];
    ssize_t n = 0;
    while ((n = ::recv(fd_.get(), text, sizeof text, 0)) >= 0) {
      all.emplace_back(text, static_cast<std::size_t>(n));
    }
    return all;
  }

 private:
  UniqueFd fd_;
};

}  // namespace pushgate::runtime
