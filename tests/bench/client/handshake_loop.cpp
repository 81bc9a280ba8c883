// handshake_loop.cpp - WebSockets that are opened, used once and closed, over and over.

#include "client/handshake_loop.hpp"

#include <array>
#include <string_view>

#include <sys/socket.h>

#include "load/clock.hpp"
#include "load/request.hpp"
#include "load/socket.hpp"
#include "load/websocket.hpp"

namespace pushgate::bench {
namespace {

constexpr std::size_t kEchoBytes = 128;
constexpr unsigned kUsers = 4096;  // as many uids as take part

[[noreturn]] void broken(std::string_view what) {
  errno = EPROTO;
  fail(what);
}

}  // namespace

HandshakeLoop::HandshakeLoop(const HandshakePlan& plan)
    : plan_(plan),
      slots_(plan.parallel),
      echo_frame_(make_frame(kBinaryFrame, kEchoBytes, true)),
      close_frame_(make_frame(kCloseFrame, 0, true)) {}

LoopResult HandshakeLoop::run(const LoopLimit& limit) {
  LoopResult result;
  const std::uint64_t begin = monotonic_ns();
  const std::uint64_t stop_at = begin + static_cast<std::uint64_t>(limit.seconds * 1e9);
  const std::uint64_t last = started_ + (limit.exchanges == 0 ? ~started_ : limit.exchanges);
  for (Slot& slot : slots_) start(slot, begin);
  while (open_ != 0) {
    for (const epoll_event& event : poller_.wait(-1)) {
      Slot& slot = *static_cast<Slot*>(event.data.ptr);
      if (slot.step == Step::idle || !advance(slot)) continue;
      const std::uint64_t now = monotonic_ns();
      slot.fd.reset();
      slot.step = Step::idle;
      --open_;
      ++result.exchanges;
      result.latency.add(now - slot.started_at);
      if (now < stop_at && started_ < last) start(slot, now);
    }
  }
  result.seconds = static_cast<double>(monotonic_ns() - begin) / 1e9;
  return result;
}

void HandshakeLoop::start(Slot& slot, std::uint64_t now) {
  const auto user = static_cast<unsigned>(started_++ % kUsers);
  ++open_;
  slot.started_at = now;
  slot.step = Step::handshake;
  slot.fd = connect_from(plan_.target, user);
  send_bytes(slot, upgrade_request(user));
  poller_.add(slot.fd.get(), &slot, EPOLLIN | EPOLLRDHUP | EPOLLET);
}

// Takes what has arrived; true when this WebSocket's life is over.
bool HandshakeLoop::advance(Slot& slot) {
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t got = ::recv(slot.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0 && slot.step == Step::closing && slot.unread == 0) return true;
    if (got <= 0) broken("the proxy closed too early");
    const auto count = static_cast<std::size_t>(got);
    if (slot.step == Step::handshake) {
      const std::string_view head{bytes.data(), count};
      if (!head.starts_with("HTTP/1.1 101 ") || head_length(bytes.data(), count) != count) {
        broken("the handshake was not answered with a 101 in one piece");
      }
      if (after_handshake(slot)) return true;
      continue;
    }
    if (count > slot.unread) broken("more bytes than expected");
    slot.unread -= count;
    if (slot.step == Step::echo && slot.unread == 0) {
      slot.step = Step::closing;
      if (!plan_.closing_frames) return true;
      send_bytes(slot, close_frame_);
      slot.unread = close_frame_.size() - 4;
    }
  }
}

bool HandshakeLoop::after_handshake(Slot& slot) {
  if (plan_.echo) {
    slot.step = Step::echo;
    send_bytes(slot, echo_frame_);
    slot.unread = echo_frame_.size() - 4;
    return false;
  }
  if (!plan_.closing_frames) return true;
  slot.step = Step::closing;
  send_bytes(slot, close_frame_);
  slot.unread = close_frame_.size() - 4;
  return false;
}

void HandshakeLoop::send_bytes(Slot& slot, const std::string& bytes) {
  const ssize_t sent =
      ::send(slot.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(bytes.size())) fail("send");
}

}  // namespace pushgate::bench
