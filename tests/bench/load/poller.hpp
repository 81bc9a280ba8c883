#pragma once
// poller.hpp - an edge-triggered epoll descriptor and its batch of events.

#include <array>
#include <cerrno>
#include <span>

#include <sys/epoll.h>

#include "pushgate/base/unique_fd.hpp"

#include "load/socket.hpp"

namespace pushgate::bench {

/// Set when the peer has ended its direction, or the connection is broken: read until the end.
inline constexpr unsigned kEnding = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

class Poller {
 public:
  Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) fail("epoll_create1");
  }

  /// Registers `fd` once, for both directions and edge-triggered. `owner` comes back in data.ptr.
  void add(int fd, void* owner, unsigned events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = owner;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  /// Waits for at most `timeout_ms` (-1: for ever). The span is valid until the next call.
  std::span<const epoll_event> wait(int timeout_ms) {
    const int count =
        ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    return {events_.data(), static_cast<std::size_t>(count < 0 ? 0 : count)};
  }

 private:
  UniqueFd epoll_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace pushgate::bench
