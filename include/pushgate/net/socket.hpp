#pragma once
// socket.hpp - a connected stream socket on an io thread: reads and writes that never block.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sys/uio.h>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/result.hpp"
#include "pushgate/base/unique_fd.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::net {

enum class IoStatus : std::uint8_t {
  ok,           ///< `bytes` were moved, at least one
  would_block,  ///< nothing now; the channel's next event says when
  end,          ///< reading: the peer has sent its last byte
  failed,       ///< `error` is the errno
};

struct IoResult {
  IoStatus status = IoStatus::ok;
  int error = 0;
  std::size_t bytes = 0;
};

/// Owns a non-blocking stream socket and its registration with a reactor. Move-only. All methods on
/// the reactor's thread. Not connected to anything when default-constructed.
class Socket {
 public:
  Socket() noexcept = default;
  /// Registers `fd` for input; for output from the first short write on.
  static Result<Socket> attach(runtime::Reactor& reactor, UniqueFd fd, runtime::EventSink* sink,
                               runtime::Turn turn = runtime::Turn::usual);

  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }

  bool is_open() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }
  runtime::Channel& channel() const noexcept { return *channel_; }

  /// Reads once. A read that fills `size` leaves the channel readable; a shorter one clears it,
  /// because the next byte will bring the next event.
  IoResult read(char* data, std::size_t size) noexcept;
  IoResult write(std::string_view data) noexcept;
  /// Writes two pieces with one system call.
  IoResult write(std::string_view first, std::string_view second) noexcept;

  /// What became of `wanted` bytes that the thread's Departures have sent: as if `write` had.
  IoResult sent_for_it(const runtime::Departures::Outcome& outcome, std::size_t wanted) noexcept;

  /// After a short read or write by other means (splice): the channel waits for its next event.
  void exhausted_input() noexcept;
  void exhausted_output() noexcept;

  void shutdown_write() noexcept;
  void close() noexcept;
  /// Gives the descriptor away, to be attached to another reactor. What has been read ahead must
  /// have been read.
  UniqueFd detach() noexcept;
  /// Makes close() send RST instead of FIN, and the kernel forget the connection at once.
  void reset_on_close() noexcept;

 private:
  IoResult read_ahead(char* data, std::size_t size) noexcept;
  IoResult read_failed(int error) noexcept;

  runtime::Reactor* reactor_ = nullptr;
  runtime::Channel* channel_ = nullptr;
  UniqueFd fd_;
};

/// TCP keepalive and TCP_USER_TIMEOUT, so that a peer that vanished is noticed. Set on a listening
/// socket, accepted connections inherit them and pay nothing.
struct KeepaliveOptions {
  int idle_seconds = 60;
  int interval_seconds = 15;
  int probes = 4;
  int user_timeout_ms = 120'000;
};
void set_keepalive(int fd, const KeepaliveOptions& options) noexcept;
void set_no_delay(int fd) noexcept;

/// Begins a connection. The socket is usable for writing once connected; a write before that says
/// would_block, and the first one after the attempt has failed says why. Failure at once (no route,
/// no descriptor) is returned.
Result<UniqueFd> begin_connect(const Endpoint& endpoint) noexcept;

}  // namespace pushgate::net
