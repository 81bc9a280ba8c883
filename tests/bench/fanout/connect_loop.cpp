// connect_loop.cpp - Socket.IO clients that come, join a room and go, over and over.

#include "fanout/connect_loop.hpp"

#include <array>
#include <cerrno>

#include <sys/socket.h>

#include "load/clock.hpp"
#include "load/socket.hpp"

namespace pushgate::bench {
namespace {

constexpr unsigned kUsers = 4096;  // as many uids, and as many rooms, as take part

void send_all(int fd, const std::string& bytes) {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(bytes.size())) fail("send");
}

}  // namespace

LoopResult ConnectLoop::run(double seconds) {
  LoopResult result;
  const std::uint64_t begin = monotonic_ns();
  const std::uint64_t stop_at = begin + static_cast<std::uint64_t>(seconds * 1e9);
  for (Slot& slot : slots_) start(slot, begin);
  while (open_ != 0) {
    for (const epoll_event& event : poller_.wait(-1)) {
      Slot& slot = *static_cast<Slot*>(event.data.ptr);
      if (!slot.fd || !advance(slot)) continue;
      const std::uint64_t now = monotonic_ns();
      slot.fd.reset();
      --open_;
      ++result.exchanges;
      result.latency.add(now - slot.started_at);
      if (now < stop_at) start(slot, now);
    }
  }
  result.seconds = static_cast<double>(monotonic_ns() - begin) / 1e9;
  return result;
}

void ConnectLoop::start(Slot& slot, std::uint64_t now) {
  const auto user = static_cast<unsigned>(started_++ % kUsers);
  ++open_;
  slot.started_at = now;
  slot.fd = connect_from(plan_.targets[user % plan_.targets.size()], user);
  slot.greeting = Greeting{plan_.wire, user, {user}, {}};
  send_all(slot.fd.get(), slot.greeting.begin());
  poller_.add(slot.fd.get(), &slot, EPOLLIN | EPOLLRDHUP | EPOLLET);
}

// Takes what has arrived; true when the client is a member of its room.
bool ConnectLoop::advance(Slot& slot) {
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t got = ::recv(slot.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) {
      errno = EPROTO;
      fail("the server closed during the greeting");
    }
    const std::string answer = slot.greeting.advance({bytes.data(), static_cast<std::size_t>(got)});
    if (slot.greeting.done()) return true;
    if (!answer.empty()) send_all(slot.fd.get(), answer);
    if (static_cast<std::size_t>(got) < bytes.size()) return false;
  }
}

}  // namespace pushgate::bench
