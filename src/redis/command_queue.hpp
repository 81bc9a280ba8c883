#pragma once
// command_queue.hpp - commands on their way: waiting to be sent, and sent and not yet answered.
// sans-I/O.

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "pushgate/base/clock.hpp"
#include "pushgate/redis/command.hpp"
#include "pushgate/redis/error.hpp"
#include "pushgate/redis/metrics.hpp"
#include "pushgate/redis/reply.hpp"

namespace pushgate::redis {

/// Redis answers in the order of the commands. Callbacks are called last in each member, so they
/// may call any other.
class CommandQueue {
 public:
  /// Deadlines are kept with this precision, so that the queue is not searched for each of many.
  static constexpr std::chrono::milliseconds kPrecision{10};

  CommandQueue(std::size_t max_bytes, RedisMetrics& metrics) noexcept;
  CommandQueue(const CommandQueue&) = delete;
  CommandQueue& operator=(const CommandQueue&) = delete;
  ~CommandQueue();

  /// There is room for this command.
  bool has_room_for(const Command& command) const noexcept {
    return waiting_bytes_ + command.encoded_bytes() <= max_bytes_;
  }
  /// Precondition: there is room.
  void push(Command command, TimePoint deadline, ReplyCallback on_reply);
  /// Appends commands that are waiting, in order, until `out` holds `limit_bytes` or more; they
  /// count as sent.
  void send(std::string& out, std::size_t limit_bytes);
  /// The answer to the oldest command that was sent. False: there is none; the server talks out of
  /// turn.
  bool answer(Reply& reply);

  /// Ends the commands whose deadline has passed: Error::timed_out if they were sent (the answer,
  /// should it come, is dropped), else Error::not_connected.
  void expire(TimePoint now);
  /// When `expire` has something to do, or earlier.
  TimePoint deadline() const noexcept { return deadline_; }

  /// The connection is gone: ends all that were sent.
  void fail_sent(Error error);
  /// Ends all that wait.
  void fail_waiting(Error error);

  std::size_t waiting_count() const noexcept { return waiting_.size(); }
  std::size_t sent_count() const noexcept { return sent_.size(); }
  std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }

 private:
  struct Sent {
    TimePoint deadline;
    ReplyCallback on_reply;
    bool expired = false;
  };
  struct Waiting {
    TimePoint deadline;
    ReplyCallback on_reply;
    Command command;
  };

  void end(std::vector<ReplyCallback>& callbacks, Error error);
  void count();

  std::deque<Waiting> waiting_;
  std::deque<Sent> sent_;
  std::size_t max_bytes_;
  std::size_t waiting_bytes_ = 0;
  TimePoint deadline_ = TimePoint::max();
  RedisMetrics& metrics_;
  std::int64_t counted_bytes_ = 0;  // what this queue has added to the gauges
  std::int64_t counted_sent_ = 0;
};

}  // namespace pushgate::redis
