#pragma once
// reactor_fixture.hpp - a reactor on the test's own thread, and descriptors to give it.

#include <array>
#include <chrono>
#include <functional>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "pushgate/base/unique_fd.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::runtime {

/// Two connected, non-blocking sockets: the reactor gets one, the test keeps the other.
struct SocketPair {
  SocketPair() {
    std::array<int, 2> fds{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    ours.reset(fds[0]);
    peer.reset(fds[1]);
  }

  void peer_says(std::string_view bytes) const {
    EXPECT_EQ(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  UniqueFd ours;
  UniqueFd peer;
};

/// Remembers every call, and does what the test wants done in it.
class RecordingSink final : public EventSink {
 public:
  explicit RecordingSink(std::function<void(Channel&)> then = {}) : then_(std::move(then)) {}

  void on_ready(Channel& channel) override {
    calls.push_back(&channel);
    if (then_) then_(channel);
  }

  std::vector<Channel*> calls;

 private:
  std::function<void(Channel&)> then_;
};

/// A timer that counts.
class Alarm final : public TimerNode {
 public:
  explicit Alarm(std::function<void(TimePoint)> then = {}) : then_(std::move(then)) {}
  int rung = 0;
  TimePoint rung_at{};

 private:
  void on_timer(TimePoint now) override {
    ++rung;
    rung_at = now;
    if (then_) then_(now);
  }
  std::function<void(TimePoint)> then_;
};

class ReactorFixture : public ::testing::Test {
 protected:
  static constexpr std::uint8_t kAll = kReadable | kWritable | kPeerClosed | kBroken;

  /// Runs the thread until the condition holds; false if that does not come in time.
  template <class Condition>
  bool run_until(Condition condition) {
    const TimePoint give_up = Clock::now() + std::chrono::seconds{20};
    while (!condition()) {
      if (io.run_one_until(give_up) == 0) return condition();
    }
    return true;
  }

  /// Runs what there is to run now, without waiting.
  void run_ready() { io.poll(); }

  Channel& add(const SocketPair& pair, EventSink& sink, std::uint8_t interest = kAll) {
    Channel* const channel = reactor.add(pair.ours.get(), &sink).value();
    channel->interest = interest;
    return *channel;
  }

  boost::asio::io_context io{1};
  Reactor reactor{io};
};

}  // namespace pushgate::runtime
