#pragma once
// event_loop.hpp - what libcurl asks of an event loop, on Asio: sockets to watch, and one timer.

#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace pushgate::fetch {

/// Watches descriptors that belong to somebody else, who closes them, and has one timer. For one
/// thread. Calls back from the executor's queue, never from within a member, and never after its
/// destruction.
class EventLoop {
 public:
  struct Wish {
    bool readable = false;
    bool writable = false;
  };
  /// What has become true of a descriptor; `error`: reading and writing will tell.
  struct Ready {
    bool readable = false;
    bool writable = false;
    bool error = false;
  };
  using OnReady = std::function<void(int fd, Ready ready)>;
  using OnTimer = std::function<void()>;

  EventLoop(const boost::asio::any_io_executor& executor, OnReady on_ready, OnTimer on_timer);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  /// From now on this is of interest, level-triggered, until the next wish. False if the kernel
  /// does not let the descriptor be watched.
  bool watch(int fd, Wish wish);
  /// Called before the descriptor is closed.
  void forget(int fd);

  /// Calls on_timer once, after this long; replaces an earlier wish.
  void arm(std::chrono::milliseconds after);
  void disarm();

 private:
  struct State;
  struct Socket;

  static void await(const std::shared_ptr<State>& state, const std::shared_ptr<Socket>& socket);

  std::shared_ptr<State> state_;
};

}  // namespace pushgate::fetch
