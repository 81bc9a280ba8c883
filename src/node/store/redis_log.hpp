#pragma once
// redis_log.hpp - the log in Redis: Redis numbers it, and every process reads it along. Lives on
// the bus thread.
//
// One stream, one order: what a process appended it hands over when it meets it in the stream, not
// when Redis has answered. So all processes deliver the same events in the same order, and nothing
// that was appended while a connection broke is missed: reading goes on where it stopped.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushgate/node/store/offset.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "node/bus/stream_reader.hpp"
#include "node/store/log_format.hpp"
#include "node/store/redis_reading.hpp"

namespace pushgate::node {

class RedisLog {
 public:
  struct Settings {
    std::string stream;   ///< the key of the log
    std::string base;     ///< begins the names of its other keys; in the log's slot of a cluster
    std::string process;  ///< tells our entries from those of others
    std::uint64_t length = 100'000;
    std::chrono::milliseconds ttl{std::chrono::hours{24}};  ///< of a log nobody writes to; 0: none
    bool offsets = true;                ///< events of other processes get theirs
    std::size_t max_pending = 100'000;  ///< appends under way; more fail
  };
  /// One of the streams: its key, and how long it is kept.
  using Stream = std::pair<std::string, std::chrono::milliseconds>;
  Stream everything() const;
  Stream of_room(std::string_view nsp, const RoomLog& log) const;

  /// `client` sends commands; `reader` waits for entries, so it is for nothing else.
  RedisLog(runtime::Reactor& reactor, redis::Client& client, std::unique_ptr<redis::Client> reader,
           StoreMetrics& metrics, std::unique_ptr<LogFormat> format, Settings settings);
  RedisLog(const RedisLog&) = delete;
  RedisLog& operator=(const RedisLog&) = delete;
  ~RedisLog();

  /// Before anything else.
  void set_sink(LogSink* sink) noexcept { sink_ = sink; }
  /// Begins to read along. Idempotent; without it nothing is handed over.
  void follow();
  /// Appends and readings that wait end with an error.
  void stop();

  /// As Store::append.
  void append(const Envelope& envelope, const AppendRule& rule,
              StoreDone<Result<std::string>> done);
  /// As far as it is known; what is appended from now on has this or a later one.
  std::string epoch() const { return place_ ? place_->epoch : std::string{}; }
  bool has_epochs() const noexcept { return format_->has_epochs(); }
  /// What these streams have after `since` ("0": from their beginning), at most `count` of each.
  /// `done` comes when everything up to the answer's position has been handed over.
  void read(const std::vector<Stream>& streams, const std::string& since, std::size_t count,
            std::function<void(Reading)> done);

 private:
  class Timer;
  struct Pending {
    StoreDone<Result<std::string>> done;
    std::optional<Offset> place;  ///< as soon as Redis has answered
    TimePoint since;
  };
  struct Waiting {
    Offset until;
    TimePoint since;
    std::function<void(Reading)> done;
    Reading reading;
  };

  void find_place();
  void read_from(const Reading& reading);
  void on_entry(const std::string& id, const std::vector<std::string>& fields);
  void on_read();
  void on_appended(std::uint64_t sequence, bool renew, const Result<redis::Reply>& answer);
  void settle(const Pending& pending, const Offset& place);
  void fail(const Pending& pending, ErrorCode error);
  void ask(const std::vector<Stream>& streams, const std::string& since, std::size_t count,
           std::function<void(Reading)> done);
  void hand_over(Reading reading, const std::function<void(Reading)>& done);
  bool has_passed(const Offset& place) const noexcept;
  /// As clients carry it about.
  std::string offset_of(const Offset& place) const;
  void on_timer();
  void arm_timer();

  runtime::Reactor& reactor_;
  redis::Client& client_;
  std::unique_ptr<redis::Client> reader_;  ///< until reading begins
  StoreMetrics& metrics_;
  std::unique_ptr<LogFormat> format_;
  Settings settings_;
  LogSink* sink_ = nullptr;
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<StreamReader> tail_;
  std::optional<Offset> place_;  ///< the last entry handed over; nullopt while nobody reads
  std::uint64_t next_sequence_ = 1;
  std::map<std::uint64_t, Pending> pending_;
  std::deque<Waiting> waiting_;
  std::string fresh_epoch_;  ///< for the next log that has none
  bool finding_ = false;     ///< where to begin to read is being asked
  bool broken_ = false;      ///< the log misses something: the next append begins a new epoch
  bool stopped_ = false;
};

}  // namespace pushgate::node
