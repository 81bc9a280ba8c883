#pragma once
// net_fixture.hpp - connections of which the reactor has one end and the test the other.

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "pushgate/base/unique_fd.hpp"
#include "pushgate/net/socket.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::net {

/// The test's end of a connection. Never blocks.
class Wire {
 public:
  Wire() = default;
  explicit Wire(UniqueFd fd) : fd_(std::move(fd)) {
    ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
  }

  int fd() const { return fd_.get(); }
  void send(std::string_view bytes) const { EXPECT_EQ(send_some(bytes), bytes.size()); }
  /// How much of it the kernel has taken.
  std::size_t send_some(std::string_view bytes) const {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<std::size_t>(n);
    }
    return sent;
  }
  /// Takes everything that has arrived.
  const std::string& collect() {
    char block[32 * 1024];
    for (;;) {
      const ssize_t n = ::recv(fd_.get(), block, sizeof block, 0);
      if (n > 0) {
        received_.append(block, static_cast<std::size_t>(n));
        continue;
      }
      // The error of a reset is told once; after that the stream looks ended.
      ended_ = ended_ || (n == 0 && !reset_);
      reset_ = reset_ || (n < 0 && errno != EAGAIN);
      return received_;
    }
  }
  bool has_ended() { return collect(), ended_; }
  bool was_reset() { return collect(), reset_; }
  /// For a connection that had ended before: a read does not tell that it was then reset.
  bool is_broken() const {
    pollfd state{fd_.get(), 0, 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & POLLHUP) != 0;
  }

  void end() const { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }
  void reset() {
    const linger abort{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    fd_.reset();
  }

 private:
  UniqueFd fd_;
  std::string received_;
  bool ended_ = false;
  bool reset_ = false;
};

struct Connection {
  UniqueFd ours;
  Wire peer;
};

inline void set_buffers(int fd, int bytes) {
  if (bytes == 0) return;
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

/// Over the loopback. `buffer_bytes`: size of all four socket buffers, 0 leaves the system's.
inline Connection connect_tcp(int buffer_bytes = 0) {
  const UniqueFd listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  set_buffers(listener.get(), buffer_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener.get(), raw, length), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(::getsockname(listener.get(), raw, &length), 0);
  UniqueFd peer{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  set_buffers(peer.get(), buffer_bytes);
  set_no_delay(peer.get());
  EXPECT_EQ(::connect(peer.get(), raw, length), 0);
  UniqueFd ours{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  EXPECT_TRUE(ours);
  set_no_delay(ours.get());
  return {std::move(ours), Wire{std::move(peer)}};
}

inline Connection connect_unix() {
  int fds[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
  return {UniqueFd{fds[0]}, Wire{UniqueFd{fds[1]}}};
}

/// Bytes that show every loss, repetition and exchange of pieces.
inline std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint32_t state = 12345;
  for (char& c : text) {
    state = state * 1664525u + 1013904223u;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

/// While it lives, the kernel gives this process no new descriptor.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const UniqueFd next{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(next.get());
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;

 private:
  rlimit before_{};
};

class NetFixture : public ::testing::Test {
 protected:
  struct Ignore final : runtime::EventSink {
    void on_ready(runtime::Channel&) override {}
  };

  /// Runs the thread until the condition holds; false if that does not come in time. The condition
  /// is asked again at least every few milliseconds: a peer's kernel tells us nothing.
  template <class Condition>
  bool run_until(Condition condition) {
    const TimePoint give_up = Clock::now() + std::chrono::seconds{20};
    while (!condition()) {
      if (Clock::now() > give_up) return false;
      io.run_one_for(std::chrono::milliseconds{2});
    }
    return true;
  }

  Socket attach(UniqueFd fd) { return Socket::attach(reactor, std::move(fd), &nobody).value(); }

  bool becomes(Socket& socket, std::uint8_t bits) {
    return run_until([&] { return (socket.channel().ready & bits) == bits; });
  }

  boost::asio::io_context io{1};
  runtime::Reactor reactor{io};
  Ignore nobody;
};

}  // namespace pushgate::net
