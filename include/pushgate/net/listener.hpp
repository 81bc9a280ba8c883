#pragma once
// listener.hpp - accepts connections for one io thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/result.hpp"
#include "pushgate/base/unique_fd.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::net {

/// Opens a listening socket. With `share_port` several of them may listen on the same address, and
/// the kernel spreads connections over them (SO_REUSEPORT). TCP_NODELAY, keepalive and
/// TCP_USER_TIMEOUT are set here, once: accepted sockets inherit them. A stale unix socket file is
/// removed.
Result<UniqueFd> open_listener(const Endpoint& endpoint, bool share_port);

/// One listening socket for each of several threads, on an address of their own: EADDRINUSE also if
/// another process would share the port. With port 0 all have the one that the kernel chose. A unix
/// socket cannot be shared: there is one, whatever `count` says.
Result<std::vector<UniqueFd>> open_listeners(Endpoint endpoint, std::size_t count);

/// Why a daemon cannot start, in words; `key` is what to change in the configuration, and `remedy`
/// what to write there if another process has the address.
std::string cannot_listen(const Endpoint& endpoint, std::string_view key, ErrorCode error,
                          std::string_view remedy);

/// The address a listening socket is bound to: with the port that the kernel chose for port 0.
Endpoint bound_endpoint(int fd);

/// Accepts from one listening socket on one io thread.
///
/// When the process runs out of descriptors, accepting pauses for a moment instead of spinning; the
/// connections wait in the kernel's queue meanwhile.
class Listener final : private runtime::EventSink, private runtime::TimerNode {
 public:
  struct Events {
    std::function<void(UniqueFd, const Endpoint& peer)> accepted;  ///< non-blocking, close-on-exec
    std::function<void(ErrorCode)>
        failed;  ///< EMFILE and the like; accepting goes on after a pause
  };

  Listener(runtime::Reactor& reactor, UniqueFd socket, Events events);
  ~Listener() { close(); }

  /// Registers with the reactor.
  ErrorCode start();
  /// Accepts what is waiting already, then closes: nobody who has connected is turned away.
  void finish();
  /// Closes the socket: connections not yet accepted are refused by the kernel, unless another
  /// socket listens on the same address.
  void close() noexcept;
  bool is_open() const noexcept { return static_cast<bool>(socket_); }

 private:
  void on_ready(runtime::Channel& channel) override;
  void on_timer(TimePoint now) override;
  bool accept_one();
  void pause(ErrorCode why);

  runtime::Reactor& reactor_;
  UniqueFd socket_;
  Events events_;
  runtime::Channel* channel_ = nullptr;
};

}  // namespace pushgate::net
