// relay.cpp - the floor: what a proxy costs that moves bytes and knows nothing about them.

#include "relay/relay.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>

#include "load/socket.hpp"

namespace pushgate::bench {
namespace {

constexpr std::size_t kSpliceBytes = 1024 * 1024;
constexpr unsigned kSpliceFlags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

bool try_later() { return errno == EAGAIN || errno == EINTR || errno == ENOTCONN; }

}  // namespace

Relay::Relay(RelayPlan plan, std::uint16_t port)
    : plan_(std::move(plan)), scratch_(plan_.scratch_bytes, '\0') {
  listener_.listening = true;
  listener_.client.pair = &listener_;
  listener_.client.fd = listen_on_loopback(port);
  poller_.add(listener_.client.fd.get(), &listener_.client);
}

std::uint16_t Relay::port() const { return port_of(listener_.client.fd.get()); }

void Relay::run() {
  for (;;) {
    for (const epoll_event& event : poller_.wait(-1)) {
      Side& side = *static_cast<Side*>(event.data.ptr);
      if (side.pair->listening) {
        accept_all();
      } else if (!side.pair->dead) {
        serve(side, event.events);
      }
    }
    retired_.clear();
  }
}

void Relay::accept_all() {
  while (UniqueFd fd = accept_one(listener_.client.fd.get())) {
    // Owned by its two registrations until retire() takes it back.
    auto* pair = std::make_unique<Pair>().release();
    pair->client.fd = std::move(fd);
    pair->backend.fd = connect_nonblocking(plan_.backends[next_backend_]);
    next_backend_ = (next_backend_ + 1) % plan_.backends.size();
    pair->client.pair = pair->backend.pair = pair;
    pair->client.other = &pair->backend;
    pair->backend.other = &pair->client;
    poller_.add(pair->client.fd.get(), &pair->client);
    poller_.add(pair->backend.fd.get(), &pair->backend);
  }
}

void Relay::serve(Side& side, unsigned events) {
  bool open = true;
  if ((events & EPOLLOUT) != 0) {
    open = flush(side);
    if (open && side.other->more_to_read) open = pump(*side.other, side.other->at_end);
  }
  if (open && (events & (EPOLLIN | kEnding)) != 0) open = pump(side, (events & kEnding) != 0);
  if (!open) retire(*side.pair);
}

// False when the pair is finished. `ending` says that the peer's FIN is among the unread bytes, so
// that a short read does not mean "nothing more will ever wake us".
bool Relay::pump(Side& from, bool ending) {
  from.at_end = from.at_end || ending;
  from.more_to_read = true;
  const bool copying = !plan_.splice_responses || &from == &from.pair->client;
  return copying ? pump_copying(from, from.at_end) : pump_splicing(from, from.at_end);
}

bool Relay::pump_copying(Side& from, bool ending) {
  Side& to = *from.other;
  while (to.unsent.empty() && to.pipe == nullptr) {
    const ssize_t got = ::recv(from.fd.get(), scratch_.data(), scratch_.size(), 0);
    if (got == 0) return false;  // the floor closes both ends, without the courtesy of a half-close
    if (got < 0) {
      from.more_to_read = false;
      return try_later();
    }
    const auto count = static_cast<std::size_t>(got);
    const ssize_t sent = ::send(to.fd.get(), scratch_.data(), count, MSG_NOSIGNAL);
    if (sent < 0 && !try_later()) return false;
    const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    if (taken < count) to.unsent.assign(scratch_, taken, count - taken);
    if (count < scratch_.size() && !ending) {
      from.more_to_read = false;
      return true;
    }
  }
  return true;
}

bool Relay::pump_splicing(Side& from, bool ending) {
  Side& to = *from.other;
  while (to.unsent.empty() && to.pipe == nullptr) {
    if (idle_pipes_.empty()) idle_pipes_.push_back(std::make_unique<SplicePipe>());
    const ssize_t got = ::splice(from.fd.get(), nullptr, idle_pipes_.back()->write_end(), nullptr,
                                 kSpliceBytes, kSpliceFlags);
    if (got == 0) return !ending;
    if (got < 0) {
      from.more_to_read = false;
      return try_later();
    }
    to.pipe = std::move(idle_pipes_.back());
    idle_pipes_.pop_back();
    to.pipe->held_bytes = static_cast<std::size_t>(got);
    if (!drain_pipe(to)) return false;
  }
  return true;
}

bool Relay::drain_pipe(Side& to) {
  while (to.pipe->held_bytes != 0) {
    const ssize_t sent = ::splice(to.pipe->read_end(), nullptr, to.fd.get(), nullptr,
                                  to.pipe->held_bytes, kSpliceFlags);
    if (sent <= 0) return sent < 0 && try_later();
    to.pipe->held_bytes -= static_cast<std::size_t>(sent);
  }
  idle_pipes_.push_back(std::move(to.pipe));
  return true;
}

bool Relay::flush(Side& to) {
  if (to.pipe != nullptr) return drain_pipe(to);
  if (to.unsent.empty()) return true;
  const ssize_t sent = ::send(to.fd.get(), to.unsent.data(), to.unsent.size(), MSG_NOSIGNAL);
  if (sent < 0) return try_later();
  to.unsent.erase(0, static_cast<std::size_t>(sent));
  if (to.unsent.empty()) to.unsent.shrink_to_fit();
  return true;
}

void Relay::retire(Pair& pair) {
  pair.dead = true;
  for (Side* side : {&pair.client, &pair.backend}) {
    side->fd.reset();
    side->pipe.reset();
  }
  retired_.emplace_back(&pair);
}

}  // namespace pushgate::bench
