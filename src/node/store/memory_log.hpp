#pragma once
// memory_log.hpp - the logs of all namespaces in memory: one sequence of messages, and for each
// room and for sessions a list of the places that concern them. Sans-I/O.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pushgate/base/clock.hpp"
#include "pushgate/node/store/offset.hpp"
#include "pushgate/node/store/store.hpp"

#include "node/store/audience.hpp"

namespace pushgate::node {

/// Belongs to one thread. A message is kept while a room or the sessions' log wants it.
class MemoryLog {
 public:
  MemoryLog(std::string epoch, StoreMetrics& metrics)
      : epoch_(std::move(epoch)), metrics_(metrics) {}

  /// Returns the message's offset.
  std::string append(const EnvelopePtr& envelope, const AppendRule& rule, TimePoint now);
  Missed read_history(const HistoryQuery& query) const;
  /// What was meant for a session after `since`.
  Missed read_for_session(const std::string& nsp, std::string_view since, const Audience& audience,
                          std::size_t limit) const;
  /// One sequence for all namespaces, so it is the same for all.
  std::string position() const { return text_of(last_); }
  /// Before the first message that ever was.
  std::string beginning() const { return text_of(0); }

  void expire(TimePoint now);
  /// When there is something to expire.
  std::optional<TimePoint> next_due() const;
  /// The oldest message leaves every list; false if there is none.
  bool evict_oldest();
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Entry {
    EnvelopePtr envelope;
    std::size_t bytes = 0;
    unsigned holders = 0;
  };
  struct Place {
    std::uint64_t number;
    TimePoint due;
  };
  struct SessionsLog {
    std::deque<Place> places;
    std::uint64_t trimmed_through = 0;
    std::uint64_t rooms_forgotten_through = 0;  ///< nothing is known of rooms before that
  };
  struct RoomPlaces {
    std::string nsp;
    std::deque<std::uint64_t> numbers;
    std::uint64_t trimmed_through = 0;
    TimePoint due;
  };

  std::string text_of(std::uint64_t number) const { return Offset{epoch_, number, 0}.to_string(); }
  StoreMiss place_of(std::string_view since, std::uint64_t& number) const;
  void keep_in_room(const std::string& nsp, const RoomLog& log, std::uint64_t number,
                    TimePoint now);
  void drop_first(RoomPlaces& room);
  void forget_room(const std::string& key);
  void release(std::uint64_t number);

  std::string epoch_;
  StoreMetrics& metrics_;
  std::uint64_t last_ = 0;
  std::size_t bytes_ = 0;
  std::map<std::uint64_t, Entry> entries_;
  std::unordered_map<std::string, SessionsLog> namespaces_;
  std::unordered_map<std::string, RoomPlaces> rooms_;  ///< by namespace and name
  std::multimap<TimePoint, std::string> room_dues_;    ///< one for each room; may be early
};

}  // namespace pushgate::node
