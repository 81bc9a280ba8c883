#pragma once
// reactor.hpp - one io thread's readiness loop: which sockets can be read or written, and what is
// due.
//
// Why not Asio's own: an Asio read costs a recv that fails with EAGAIN before it waits, and a plain
// wait costs an epoll_ctl; both are a large part of what proxying a small message costs. Here every
// socket is registered once, edge-triggered, and stays registered until it is closed. The reactor's
// epoll descriptor is itself awaited in the thread's io_context, so everything else Asio offers
// (timers, posting, resolvers, other sockets) runs on the same thread.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "pushgate/base/clock.hpp"
#include "pushgate/base/result.hpp"
#include "pushgate/base/unique_fd.hpp"
#include "pushgate/runtime/departures.hpp"
#include "pushgate/runtime/received_ahead.hpp"
#include "pushgate/runtime/timer_wheel.hpp"

struct epoll_event;

namespace pushgate::runtime {

struct Channel;

/// Is told when a channel becomes ready for something it is interested in.
class EventSink {
 public:
  virtual void on_ready(Channel& channel) = 0;

 protected:
  ~EventSink() = default;
};

/// Is told when everything that one turn of the loop brought has been handled: the moment to send
/// what has come together meanwhile, in one system call for each connection.
class TurnEndSink {
 public:
  virtual void on_turn_end() = 0;

 protected:
  ~TurnEndSink() = default;
};

/// Bits of Channel::ready and Channel::interest.
inline constexpr std::uint8_t kReadable = 1;  ///< a read will not block: data, end, or an error
inline constexpr std::uint8_t kWritable = 2;
inline constexpr std::uint8_t kPeerClosed = 4;  ///< the peer has sent FIN, or the connection broke
inline constexpr std::uint8_t kBroken = 8;  ///< reset, or both directions closed: no more sending
/// Of interest only: the next message is small and will be read when the sink is called, so the
/// reactor may read it before (see ReceivedAhead).
inline constexpr std::uint8_t kAhead = 16;

/// When a channel's event is handled, among those that were fetched together.
enum class Turn : std::uint8_t {
  usual,
  /// Before the usual ones: what ends work comes before what begins it. A response frees the
  /// buffers and the connection that the next request can use, and a batch runs the same code in a
  /// row.
  early,
};

/// What the reactor knows of one registered descriptor. Lives in memory that is reused only for
/// other channels, so an event that was already fetched for a channel removed meanwhile is
/// recognised by its generation and dropped.
struct Channel {
  EventSink* sink = nullptr;
  int fd = -1;
  std::uint16_t generation = 0;
  std::uint16_t ahead = 0;  ///< where ReceivedAhead has data of this channel; 0: nowhere
  /// Collected since last consumed. A reader clears kReadable when a read came back short, a writer
  /// clears kWritable when a write did (edge-triggered: the next change brings the next event).
  std::uint8_t ready = 0;
  std::uint8_t interest = 0;  ///< the sink is called for these only
  Turn turn = Turn::usual;
  bool watches_output = false;  ///< EPOLLOUT is registered (from the first short write on)
  bool queued = false;          ///< in the reactor's list of channels with work left over
};

class Reactor {
 public:
  /// Size of scratch().
  static constexpr std::size_t kScratchBytes = 64 * 1024;

  /// Attaches to `io`, which one thread runs. Throws boost::system::system_error if the kernel
  /// gives no epoll descriptor.
  explicit Reactor(boost::asio::io_context& io);
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  ~Reactor();

  /// Registers a non-blocking descriptor for input. One system call, the only one until the
  /// descriptor is closed or a write falls short.
  Result<Channel*> add(int fd, EventSink* sink, Turn turn = Turn::usual);
  /// Registers a listening socket: level-triggered, so that what one turn leaves is offered again.
  Result<Channel*> add_listener(int fd, EventSink* sink);
  /// Suspends or resumes events of a listener.
  void pause(Channel& channel) noexcept;
  void resume(Channel& channel) noexcept;
  /// Adds output to what is watched; called after a short write. No-op if it already is.
  void watch_output(Channel& channel) noexcept;
  /// Forgets a channel. Closing its descriptor afterwards takes it out of the kernel's set.
  void remove(Channel* channel) noexcept;

  /// Forgets a channel whose descriptor stays open and goes elsewhere: to another thread.
  void release(Channel* channel) noexcept;

  /// Calls the channel's sink again before the thread sleeps: for work that was cut short for
  /// fairness.
  void run_again(Channel& channel);

  /// Calls the sink once at the end of this turn; if no turn is running (posted work, a timer),
  /// after whatever else is due on the thread by then. Asking again before that changes nothing as
  /// long as the caller remembers that it has asked: the list is not searched.
  void at_turn_end(TurnEndSink& sink);

  /// When this batch of events was fetched: a clock reading that costs nothing.
  TimePoint now() const noexcept { return now_; }
  /// Reads the clock. For work that reaches the thread by another way than an event or a timer:
  /// it may have slept since the last of those.
  void refresh_now() noexcept { now_ = Clock::now(); }

  /// Arms a timer and makes sure the thread wakes up for it.
  void arm(TimerNode& node, TimePoint deadline);

  /// One buffer for the whole thread: its content is gone at the next suspension.
  char* scratch() noexcept { return scratch_.get(); }

  ReceivedAhead& received_ahead() noexcept { return received_ahead_; }
  /// For coroutines that send what they have after the whole batch has been handled.
  Departures& departures() noexcept { return departures_; }

  boost::asio::io_context& io() noexcept { return io_; }
  /// Turns of the loop so far; a watchdog sees by it that the thread lives. Any thread.
  std::uint64_t turns() const noexcept { return turns_.load(std::memory_order_relaxed); }

  /// Stops waiting, so that the io_context can run out of work. Channels stay valid.
  void stop();

 private:
  struct AsioSide;

  Channel* allocate_channel();
  void await_events();
  void run_turns();
  void post_turns();
  int run_batch();
  void run_queued();
  void end_turn();
  void handle(std::span<const epoll_event> events, Turn turn);
  void receive_ahead(std::uint64_t tag, std::uint32_t events);
  void dispatch(std::uint64_t tag, std::uint32_t events);
  void schedule_timer();
  void on_timer();

  boost::asio::io_context& io_;
  UniqueFd epoll_;
  TimePoint now_;
  TimerWheel wheel_;
  TimePoint timer_due_ = TimePoint::max();
  std::unique_ptr<char[]> scratch_;
  std::vector<std::unique_ptr<Channel[]>> channel_blocks_;
  std::vector<Channel*> free_channels_;
  std::vector<Channel*> queued_;
  std::vector<Channel*> running_;
  std::vector<TurnEndSink*> turn_enders_;
  std::vector<TurnEndSink*> ending_;
  ReceivedAhead received_ahead_;
  Departures departures_;
  std::atomic<std::uint64_t> turns_{0};
  bool in_turn_ = false;
  bool stopped_ = false;
  std::unique_ptr<AsioSide> asio_;
};

}  // namespace pushgate::runtime
