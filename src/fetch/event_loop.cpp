#include "event_loop.hpp"

#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "pushgate/base/result.hpp"

namespace pushgate::fetch {

namespace asio = boost::asio;
using asio::posix::descriptor_base;

struct EventLoop::Socket {
  Socket(const asio::any_io_executor& executor, int number) : descriptor(executor), fd(number) {}
  ~Socket() { release(); }

  /// The owner closes it, so Asio must not.
  void release() {
    wish = {};
    if (descriptor.is_open()) static_cast<void>(descriptor.release());
  }

  asio::posix::stream_descriptor descriptor;
  int fd;
  Wish wish;
  Wish awaited;
};

struct EventLoop::State {
  State(const asio::any_io_executor& its_executor, OnReady ready, OnTimer time)
      : executor(its_executor),
        timer(its_executor),
        on_ready(std::move(ready)),
        on_timer(std::move(time)) {}

  asio::any_io_executor executor;
  asio::steady_timer timer;
  OnReady on_ready;
  OnTimer on_timer;
  std::unordered_map<int, std::shared_ptr<Socket>> sockets;
  bool closed = false;
};

EventLoop::EventLoop(const asio::any_io_executor& executor, OnReady on_ready, OnTimer on_timer)
    : state_(std::make_shared<State>(executor, std::move(on_ready), std::move(on_timer))) {}

EventLoop::~EventLoop() {
  state_->closed = true;
  state_->timer.cancel();
  for (const auto& [fd, socket] : state_->sockets) socket->release();
  state_->sockets.clear();
}

bool EventLoop::watch(int fd, Wish wish) {
  std::shared_ptr<Socket>& socket = state_->sockets[fd];
  if (!socket) {
    socket = std::make_shared<Socket>(state_->executor, fd);
    ErrorCode error;
    socket->descriptor.assign(fd, error);
    if (error) {
      state_->sockets.erase(fd);
      return false;
    }
  }
  socket->wish = wish;
  await(state_, socket);
  return true;
}

void EventLoop::forget(int fd) {
  const auto found = state_->sockets.find(fd);
  if (found == state_->sockets.end()) return;
  found->second->release();
  state_->sockets.erase(found);
}

/// Starts the waits that are wished for and do not run already. A wait that is not wished for any
/// more runs out without being told.
void EventLoop::await(const std::shared_ptr<State>& state, const std::shared_ptr<Socket>& socket) {
  const auto start = [&](bool Wish::*direction, descriptor_base::wait_type type) {
    if (!((*socket).wish.*direction) || (*socket).awaited.*direction) return;
    (*socket).awaited.*direction = true;
    socket->descriptor.async_wait(type, [state, socket, direction](const ErrorCode& error) {
      (*socket).awaited.*direction = false;
      if (state->closed || !((*socket).wish.*direction)) return;
      Ready ready;
      ready.readable = !error && direction == &Wish::readable;
      ready.writable = !error && direction == &Wish::writable;
      ready.error = static_cast<bool>(error);
      state->on_ready(socket->fd, ready);
      if (!state->closed) await(state, socket);
    });
  };
  start(&Wish::readable, descriptor_base::wait_read);
  start(&Wish::writable, descriptor_base::wait_write);
}

void EventLoop::arm(std::chrono::milliseconds after) {
  state_->timer.expires_after(after);
  state_->timer.async_wait([state = state_](const ErrorCode& error) {
    if (!error && !state->closed) state->on_timer();
  });
}

void EventLoop::disarm() { state_->timer.cancel(); }

}  // namespace pushgate::fetch
