// room_load.cpp - members in rooms, one publisher, and the proof that nothing was lost.

#include "fanout/room_load.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>

#include "fanout/greeting.hpp"
#include "load/clock.hpp"
#include "load/message.hpp"
#include "load/socket.hpp"

namespace pushgate::bench {
namespace {

constexpr std::size_t kScratchBytes = 512 * 1024;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kPatience = 10 * kSecond;
constexpr unsigned kTogether = 256;
constexpr unsigned kLargestWindow = 1024;
constexpr double kWorthwhile = 1.1;  // a larger window must give this much more

// Primes, so that multiplying by them permutes the rooms, whose number has no prime factors but 2,
// 3 and 5. The stride keeps rooms that are published to in turn from having members in common.
constexpr std::array<std::uint64_t, 10> kFactors{1, 7, 11, 13, 17, 19, 23, 29, 31, 37};
constexpr std::uint32_t kStride = 7919;

[[noreturn]] void broken(std::string_view what) {
  errno = EPROTO;
  fail(what);
}

void limit_waiting(int fd) {
  const timeval limit{15, 0};
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) fail("SO_RCVTIMEO");
}

void send_all(int fd, std::string_view bytes) {
  if (bytes.empty()) return;
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(bytes.size())) fail("send");
}

}  // namespace

Stream open_client(const sockaddr_in& target, const Wire& wire, unsigned user,
                   std::vector<std::uint32_t> rooms) {
  Stream stream{connect_from(target, user), {}};
  const int fd = stream.fd.get();
  limit_waiting(fd);
  Greeting greeting{wire, user, std::move(rooms), {}};
  send_all(fd, greeting.begin());
  std::array<char, 16 * 1024> bytes{};
  while (!greeting.done()) {
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
    if (got == 0) broken("the server closed during the greeting");
    if (got < 0) fail("no answer to the greeting");
    send_all(fd, greeting.advance({bytes.data(), static_cast<std::size_t>(got)}));
  }
  stream.carry = greeting.take_rest();
  return stream;
}

RoomLoad::RoomLoad(const RoomPlan& plan)
    : plan_(plan),
      ticker_(plan.tick_us),
      members_(plan.members),
      recipients_(plan.rooms),
      scratch_(kScratchBytes, '\0') {
  open_members();
  publisher_ = open_client(plan_.targets.front(), plan_.wire, plan_.members, {});
  poller_.add(publisher_.fd.get(), nullptr, EPOLLIN | EPOLLRDHUP | EPOLLET);
}

void RoomLoad::open_members() {
  for (unsigned i = 0; i < plan_.members; ++i) {
    const std::vector<std::uint32_t> rooms = rooms_of(i);
    for (const std::uint32_t room : rooms) ++recipients_[room];
    members_[i].stream = open_client(plan_.targets[i % plan_.targets.size()], plan_.wire, i, rooms);
    poller_.add(members_[i].stream.fd.get(), &members_[i], EPOLLIN | EPOLLRDHUP | EPOLLET);
    if (i % kTogether == 0) drain();  // a slow server's first members are pinged meanwhile
  }
}

// The places in rooms are dealt out in rows of one place for each room, every row in another order:
// all rooms get the same number of members, and few members share more than one room.
std::vector<std::uint32_t> RoomLoad::rooms_of(unsigned member) const {
  std::vector<std::uint32_t> out;
  for (unsigned i = 0; i < plan_.rooms_each; ++i) {
    const std::uint64_t place = std::uint64_t{member} * plan_.rooms_each + i;
    const std::uint64_t factor = kFactors[place / plan_.rooms % kFactors.size()];
    const auto room = static_cast<std::uint32_t>(place % plan_.rooms * factor % plan_.rooms);
    if (std::find(out.begin(), out.end(), room) == out.end()) out.push_back(room);
  }
  return out;
}

Outcome RoomLoad::run_at_rate(double deliveries_per_second, double seconds) {
  const double recipients = std::accumulate(recipients_.begin(), recipients_.end(), 0.0);
  const double messages_per_second =
      deliveries_per_second * static_cast<double>(plan_.rooms) / recipients;
  const std::size_t before = ledger_.published();
  return run(
      [&](double elapsed) {
        return before + static_cast<std::size_t>(elapsed * messages_per_second) + 1;
      },
      seconds);
}

Outcome RoomLoad::run_with_window(unsigned window, double seconds) {
  return run([&](double) { return ledger_.published() - ledger_.in_flight() + window; }, seconds);
}

unsigned RoomLoad::find_window(double seconds_each) {
  unsigned best = 1;
  double highest = 0;
  unsigned in_vain = 0;
  for (unsigned window = 1; window <= kLargestWindow && in_vain < 2; window *= 2) {
    const Outcome outcome = run_with_window(window, seconds_each);
    if (outcome.lost + outcome.astray != 0 || outcome.latency.quantile(0.99) > kSecond) break;
    if (outcome.per_second() > highest * kWorthwhile) {
      highest = outcome.per_second();
      best = window;
      in_vain = 0;
    } else {
      ++in_vain;
    }
  }
  return best;
}

// `due` says how many messages are to have been published by now.
template <class Due>
Outcome RoomLoad::run(const Due& due, double seconds) {
  ledger_.begin_stretch();
  astray_ = 0;
  const std::size_t first = ledger_.published();
  const std::uint64_t begin = monotonic_ns();
  const std::uint64_t stop_at = begin + static_cast<std::uint64_t>(seconds * 1e9);
  std::uint64_t now = begin;
  while (now < stop_at || (ledger_.outstanding() != 0 && now < stop_at + kPatience)) {
    if (now < stop_at) {
      const std::size_t wanted = due(static_cast<double>(now - begin) / 1e9);
      while (ledger_.published() < wanted) publish(now);
    }
    if (!send_some(publisher_.fd.get(), unsent_)) fail("the publisher's connection");
    drain();
    ticker_.wait();
    now = monotonic_ns();
  }
  Outcome out;
  out.delivered = ledger_.delivered();
  out.lost = ledger_.outstanding();
  out.astray = astray_;
  out.published = ledger_.published() - first;
  out.seconds = static_cast<double>(now - begin) / 1e9;
  out.latency = ledger_.latency();
  return out;
}

void RoomLoad::publish(std::uint64_t now) {
  const std::uint32_t room = next_room_;
  next_room_ = (next_room_ + kStride) % plan_.rooms;
  const std::uint32_t sequence = ledger_.publish(now, recipients_[room]);
  plan_.wire.append_publication(unsent_, room, sequence, plan_.size);
}

void RoomLoad::drain() {
  for (;;) {
    const auto events = poller_.wait(0);
    if (events.empty()) return;
    for (const epoll_event& event : events) {
      if (event.data.ptr == nullptr) {
        receive_at_publisher();
      } else {
        receive(*static_cast<Member*>(event.data.ptr));
      }
    }
  }
}

void RoomLoad::receive(Member& member) {
  const std::uint64_t now = monotonic_ns();
  const auto take = [&](std::uint8_t opcode, std::string_view payload) {
    const std::string_view message = plan_.wire.message_in(opcode, payload);
    if (message.size() >= plan_.size) {
      const std::uint32_t sequence = sequence_of(message);
      const bool in_order = sequence >= member.next;
      member.next = sequence + 1;
      if (!in_order || !ledger_.deliver(sequence, now)) ++astray_;
    } else {
      send_all(member.stream.fd.get(), plan_.wire.answer_to_ping(opcode, payload));
    }
  };
  if (!receive_frames(member.stream, scratch_, take))
    broken("the server closed a member's connection");
}

// It hears pings, its server's remarks on what it publishes, and perhaps its own messages.
void RoomLoad::receive_at_publisher() {
  const auto take = [&](std::uint8_t opcode, std::string_view payload) {
    unsent_ += plan_.wire.answer_to_ping(opcode, payload);
  };
  if (!receive_frames(publisher_, scratch_, take))
    broken("the server closed the publisher's connection");
}

}  // namespace pushgate::bench
