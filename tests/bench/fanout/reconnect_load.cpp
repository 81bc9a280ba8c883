// reconnect_load.cpp - clients that lose their connections again and again: what reaches them?

#include "fanout/reconnect_load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>

#include "fanout/room_load.hpp"
#include "load/clock.hpp"
#include "load/message.hpp"
#include "load/socket.hpp"

namespace pushgate::bench {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kPatience = 10 * kSecond;
constexpr std::size_t kScratchBytes = 256 * 1024;
constexpr std::uint32_t kRoom = 0;
constexpr unsigned kTogether = 64;  // as many first greetings at a time

/// The offset is the last argument of the event, behind the message.
std::string_view offset_behind(std::string_view message, std::size_t size) {
  const std::string_view rest = message.substr(size);
  constexpr std::string_view kBetween = R"(",")";
  if (!rest.starts_with(kBetween)) return {};
  return rest.substr(kBetween.size(), rest.find('"', kBetween.size()) - kBetween.size());
}

}  // namespace

ReconnectLoad::ReconnectLoad(const ReconnectPlan& plan)
    : plan_(plan), clients_(plan.clients), scratch_(kScratchBytes, '\0') {
  for (unsigned i = 0; i < plan_.clients; ++i) {
    clients_[i].seen.resize(plan_.messages);
    clients_[i].target = i % static_cast<unsigned>(plan_.targets.size());
    connect(i);
    if (i % kTogether == kTogether - 1) await_members(i + 1);
  }
  await_members(plan_.clients);
  publisher_ = open_client(plan_.targets.front(), plan_.wire, plan_.clients, {});
  poller_.add(publisher_.fd.get(), &publisher_, EPOLLIN | EPOLLRDHUP | EPOLLET);
  outcome_ = {};
}

void ReconnectLoad::await_members(unsigned count) {
  const std::uint64_t deadline = monotonic_ns() + kPatience;
  while (!are_members(count)) {
    take_turns(monotonic_ns());
    if (monotonic_ns() > deadline) {
      errno = ETIMEDOUT;
      fail("not all clients became members");
    }
  }
}

ReconnectOutcome ReconnectLoad::run() {
  const std::uint64_t begin = monotonic_ns();
  for (unsigned i = 0; i < plan_.clients; ++i) {
    plan_turn(i, begin + random_() % static_cast<std::uint64_t>(plan_.cut_every * 1e9));
  }
  cutting_ = true;
  const auto gap = static_cast<std::uint64_t>(1e9 / plan_.per_second);
  const std::uint64_t last = begin + (plan_.messages - 1) * gap;
  outcome_.expected = std::uint64_t{plan_.clients} * plan_.messages;
  std::uint64_t now = begin;
  while (now < last + kPatience) {
    while (published_at_.size() < plan_.messages && now >= begin + published_at_.size() * gap) {
      publish(now);
    }
    cutting_ = published_at_.size() < plan_.messages;
    if (!cutting_ && are_members(plan_.clients) && now > last + kSecond) {
      if (outcome_.delivered == outcome_.expected || now > last + 4 * kSecond) break;
    }
    take_turns(now);
    now = monotonic_ns();
  }
  outcome_.seconds = static_cast<double>(now - begin) / 1e9;
  return outcome_;
}

// Connections are cut and made, and what has come is received; then the next beat is awaited.
void ReconnectLoad::take_turns(std::uint64_t now) {
  while (!turns_.empty() && turns_.top().first <= now) {
    const auto [at, index] = turns_.top();
    turns_.pop();
    if (at != clients_[index].due) continue;
    if (!clients_[index].stream.fd) {
      connect(index);
    } else if (cutting_) {
      ++outcome_.cuts;
      disconnect(index, now);
    }
  }
  if (!send_some(publisher_.fd.get(), unsent_)) fail("the publisher's connection");
  for (const epoll_event& event : poller_.wait(0)) {
    if (event.data.ptr == &publisher_) {
      receive_at_publisher();
    } else {
      receive(static_cast<unsigned>(static_cast<Client*>(event.data.ptr) - clients_.data()), now);
    }
  }
  ticker_.wait();
}

void ReconnectLoad::publish(std::uint64_t now) {
  const auto sequence = static_cast<std::uint32_t>(published_at_.size());
  published_at_.push_back(now);
  plan_.wire.append_publication(unsent_, kRoom, sequence, plan_.size);
}

void ReconnectLoad::connect(unsigned index) {
  Client& client = clients_[index];
  for (std::size_t tries = 0; tries < plan_.targets.size() && !client.stream.fd; ++tries) {
    client.stream.fd = try_connect_from(plan_.targets[client.target], index);
    if (!client.stream.fd) {
      client.target = (client.target + 1) % static_cast<unsigned>(plan_.targets.size());
    }
  }
  if (!client.stream.fd) fail("no server listens");
  client.stream.carry.clear();
  client.joined = false;
  client.greeting = Greeting{plan_.wire, index, {kRoom}, client.session};
  poller_.add(client.stream.fd.get(), &client, EPOLLIN | EPOLLRDHUP | EPOLLET);
  std::string request = client.greeting.begin();
  send_some(client.stream.fd.get(), request);  // an error is heard as the end of the connection
}

void ReconnectLoad::disconnect(unsigned index, std::uint64_t now) {
  clients_[index].stream.fd.reset();
  clients_[index].joined = false;
  plan_turn(index, now + jitter(plan_.down, 0.5));
}

void ReconnectLoad::plan_turn(unsigned index, std::uint64_t at) {
  clients_[index].due = at;
  turns_.emplace(at, index);
}

void ReconnectLoad::receive(unsigned index, std::uint64_t now) {
  Client& client = clients_[index];
  if (!client.stream.fd) return;
  if (!client.joined) {
    greet(index, now);
    return;
  }
  const auto take_one = [&](std::uint8_t opcode, std::string_view payload) {
    take(client, opcode, payload, now);
  };
  if (receive_frames(client.stream, scratch_, take_one)) return;
  ++outcome_.closed;
  disconnect(index, now);
}

void ReconnectLoad::greet(unsigned index, std::uint64_t now) {
  Client& client = clients_[index];
  const int fd = client.stream.fd.get();
  const ssize_t got = ::recv(fd, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    ++outcome_.closed;
    disconnect(index, now);
    return;
  }
  std::string answer = client.greeting.advance({scratch_.data(), static_cast<std::size_t>(got)});
  send_some(fd, answer);
  if (!client.greeting.done()) return;
  client.joined = true;
  if (client.known) ++(client.greeting.recovered() ? outcome_.recovered : outcome_.begun_anew);
  client.known = true;
  // A new session has a new offset: the old one means nothing to it.
  if (!client.greeting.recovered()) client.session.offset.clear();
  client.session.pid = client.greeting.pid();
  const std::string rest = client.greeting.take_rest();
  const std::size_t used = take_frames(rest, [&](std::uint8_t opcode, std::string_view payload) {
    take(client, opcode, payload, now);
  });
  client.stream.carry = rest.substr(used);
  if (cutting_) plan_turn(index, now + jitter(plan_.cut_every, 1.0 / 3));
}

void ReconnectLoad::take(Client& client, std::uint8_t opcode, std::string_view payload,
                         std::uint64_t now) {
  const std::string_view message = plan_.wire.message_in(opcode, payload);
  if (message.size() >= plan_.size) {
    const std::uint32_t sequence = sequence_of(message);
    const std::string_view offset = offset_behind(message, plan_.size);
    if (!offset.empty()) client.session.offset = offset;
    if (sequence >= published_at_.size()) {
      ++outcome_.astray;
    } else if (client.seen[sequence]) {
      ++outcome_.twice;
    } else {
      client.seen[sequence] = true;
      ++outcome_.delivered;
      if (sequence < client.next) ++outcome_.astray;
      client.next = std::max(client.next, sequence + 1);
      outcome_.latency.add(now - published_at_[sequence]);
    }
  } else {
    std::string pong = plan_.wire.answer_to_ping(opcode, payload);
    send_some(client.stream.fd.get(), pong);
  }
}

void ReconnectLoad::receive_at_publisher() {
  const auto take_one = [&](std::uint8_t opcode, std::string_view payload) {
    unsent_ += plan_.wire.answer_to_ping(opcode, payload);
  };
  if (receive_frames(publisher_, scratch_, take_one)) return;
  errno = EPROTO;
  fail("the server closed the publisher's connection");
}

std::uint64_t ReconnectLoad::jitter(double seconds, double share) {
  std::uniform_real_distribution<double> around{seconds * (1 - share), seconds * (1 + share)};
  return static_cast<std::uint64_t>(around(random_) * 1e9);
}

bool ReconnectLoad::are_members(unsigned count) const {
  return std::all_of(clients_.begin(), clients_.begin() + count,
                     [](const Client& client) { return client.joined; });
}

}  // namespace pushgate::bench
