// closed_loop.cpp - many connections, each of which sends again as soon as it has its answer.

#include "client/closed_loop.hpp"

#include <algorithm>

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "load/clock.hpp"
#include "load/request.hpp"
#include "load/socket.hpp"
#include "load/websocket.hpp"

namespace pushgate::bench {
namespace {

// One read takes a small answer whole. What is left of a large one is discarded by the kernel
// (MSG_TRUNC), because copying it would make the client dearer than the proxy.
constexpr std::size_t kScratchBytes = 20 * 1024;

// A client on the same machine is woken by the proxy's own CPU time; a real one is elsewhere. So a
// client of large answers asks to be woken only when this much has come, or all that is left.
constexpr std::size_t kWakeBytes = 512 * 1024;

[[noreturn]] void broken(std::string_view what) {
  if (errno == 0 || errno == EAGAIN) errno = EPROTO;
  fail(what);
}

// Not recv(): AddressSanitizer takes its result for the number of bytes written to the buffer.
ssize_t drop(int fd, std::size_t bytes) {
  return ::syscall(SYS_recvfrom, fd, nullptr, bytes, MSG_DONTWAIT | MSG_TRUNC, nullptr, nullptr);
}

void wake_me_at(int fd, std::size_t bytes) {
  const int low_water = static_cast<int>(std::min(bytes, kWakeBytes));
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &low_water, sizeof low_water) != 0) {
    fail("SO_RCVLOWAT");
  }
}

}  // namespace

ClosedLoop::ClosedLoop(const LoopPlan& plan)
    : plan_(plan), connections_(plan.connections), scratch_(kScratchBytes, '\0') {
  for (unsigned i = 0; i < plan_.connections; ++i) {
    Connection& connection = connections_[i];
    if (plan_.websocket) {
      connection.fd = open_websocket(plan_.target, i);
      check_one_echo(connection.fd.get(), plan_.size);
      connection.request = make_frame(kBinaryFrame, plan_.size, true);
    } else {
      connection.fd = connect_from(plan_.target, i);
      connection.request = http_request("/bytes/" + std::to_string(plan_.size), i, plan_.cookies);
    }
    poller_.add(connection.fd.get(), &connection);
  }
}

LoopResult ClosedLoop::run(const LoopLimit& limit) {
  limit_ = limit;
  result_ = {};
  started_ = 0;
  const std::uint64_t begin = monotonic_ns();
  stop_at_ = begin + static_cast<std::uint64_t>(limit.seconds * 1e9);
  for (Connection& connection : connections_) send_request(connection, begin);
  while (outstanding_ != 0) {
    for (const epoll_event& event : poller_.wait(-1)) {
      auto& connection = *static_cast<Connection*>(event.data.ptr);
      if (!connection.busy) continue;
      if (connection.unsent != 0) send_rest(connection);
      if (read_answer(connection)) complete(connection, monotonic_ns());
    }
  }
  result_.seconds = static_cast<double>(monotonic_ns() - begin) / 1e9;
  return result_;
}

void ClosedLoop::send_request(Connection& connection, std::uint64_t now) {
  const bool enough = limit_.exchanges != 0 && started_ >= limit_.exchanges;
  if (enough || now >= stop_at_) return;
  ++started_;
  ++outstanding_;
  connection.busy = true;
  connection.sent_at = now;
  connection.unsent = connection.request.size();
  connection.awaits_head = !plan_.websocket;
  connection.unread =
      plan_.websocket ? connection.request.size() - 4 : 0;  // the echo lacks the masking key
  if (rarely_woken()) wake_me_at(connection.fd.get(), plan_.size);
  send_rest(connection);
}

bool ClosedLoop::rarely_woken() const { return plan_.size > kWakeBytes / 2; }

void ClosedLoop::send_rest(Connection& connection) {
  const char* from = connection.request.data() + connection.request.size() - connection.unsent;
  const ssize_t sent =
      ::send(connection.fd.get(), from, connection.unsent, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) broken("send");
  if (sent > 0) connection.unsent -= static_cast<std::size_t>(sent);
}

// True when the answer is complete. A read shorter than asked for has emptied the socket.
bool ClosedLoop::read_answer(Connection& connection) {
  for (;;) {
    const bool discard = !connection.awaits_head && connection.unread > scratch_.size();
    const std::size_t wanted = discard ? connection.unread : scratch_.size();
    const int fd = connection.fd.get();
    const ssize_t got =
        discard ? drop(fd, wanted) : ::recv(fd, scratch_.data(), wanted, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) broken("the proxy closed a connection");
    const auto count = static_cast<std::size_t>(got);
    if (connection.awaits_head) {
      read_head(connection, count);
    } else if (count > connection.unread) {
      broken("more bytes than the answer has");
    } else {
      connection.unread -= count;
    }
    if (!connection.awaits_head && connection.unread == 0) return true;
    if (count < wanted) {
      if (rarely_woken() && !connection.awaits_head) {
        wake_me_at(connection.fd.get(), connection.unread);
      }
      return false;
    }
  }
}

void ClosedLoop::read_head(Connection& connection, std::size_t got) {
  connection.partial_head.append(scratch_, 0, got);
  const std::string& seen = connection.partial_head;
  const std::size_t length = head_length(seen.data(), seen.size());
  if (length == 0) return;
  if (!seen.starts_with("HTTP/1.1 200 ")) broken("an answer is not 200");
  if (seen.size() > length + plan_.size) broken("more bytes than the answer has");
  connection.unread = length + plan_.size - seen.size();
  connection.awaits_head = false;
  connection.partial_head.clear();
}

void ClosedLoop::complete(Connection& connection, std::uint64_t now) {
  connection.busy = false;
  --outstanding_;
  ++result_.exchanges;
  result_.latency.add(now - connection.sent_at);
  send_request(connection, now);
}

}  // namespace pushgate::bench
