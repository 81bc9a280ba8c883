#pragma once
// lookup_cache.hpp - what one io thread knows, and what it is asking, about one source.

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pushgate/base/clock.hpp"
#include "pushgate/runtime/completion.hpp"
#include "pushgate/runtime/task.hpp"

#include "agent/lookup/lookup_answer.hpp"

namespace pushgate::agent {

class LookupCache;

/// A question under way, and who waits for its answer.
struct Flight {
  LookupCache* cache = nullptr;
  std::string key;
  std::vector<runtime::Completion<AnswerPtr>::Setter> waiting;
  std::size_t seats = 0;  ///< requests that still want the answer
  /// Gives the question up, once nobody wants the answer any more; empty: it goes on, and its
  /// answer is kept.
  std::function<void()> give_up;
};
using FlightPtr = std::shared_ptr<Flight>;

/// One request's place in a flight. Destroyed, it leaves it.
class Seat {
 public:
  explicit Seat(FlightPtr flight);
  Seat(Seat&&) noexcept = default;
  Seat& operator=(Seat&&) = delete;
  ~Seat();

  auto wait() noexcept { return answer_.wait(); }

 private:
  FlightPtr flight_;
  runtime::Completion<AnswerPtr> answer_;
};

/// Waits for the flight's end.
runtime::Task<SourceValue> answer_for(Seat seat);

/// Answers by key, each good for `ttl`; the least recently used goes when there are too many. Used
/// by its own thread only.
///
/// Keys of 32 bytes and more are held as their SHA-256, so that cookies and tokens neither fill the
/// memory nor lie about in it.
class LookupCache {
 public:
  /// Larger answers are given and forgotten.
  static constexpr std::size_t kMaxAnswerBytes = 4096;

  struct Settings {
    std::chrono::milliseconds ttl{0};  ///< 0: nothing is kept
    std::size_t entries = 0;
  };
  explicit LookupCache(Settings settings) noexcept : settings_(settings) {}
  LookupCache(const LookupCache&) = delete;
  LookupCache& operator=(const LookupCache&) = delete;

  /// An empty text to write a key into: no allocation in the long run.
  std::string& blank_key() noexcept {
    key_.clear();
    return key_;
  }
  /// What stands for a key of any length. The view is valid until the next call.
  std::string_view shorten(std::string_view key) noexcept;

  /// nullptr if there is none, or none that is still good. Valid until the next call of a member.
  const LookupAnswer* find(std::string_view key, TimePoint now);

  /// The flight with this key; nullptr if none is under way.
  FlightPtr under_way(std::string_view key) const;
  /// Precondition: none is. With at least one Seat it must be ended or given up.
  FlightPtr begin(std::string_view key);
  /// Hands the answer to all who wait, after it has been kept.
  void end(FlightPtr flight, LookupAnswer answer, TimePoint now);
  /// Called by the last Seat.
  void abandon(Flight& flight);
  /// Whoever asks from now on asks anew.
  void forget(const Flight& flight);

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    AnswerPtr answer;
    TimePoint good_until;
  };
  using Entries = std::list<Entry>;  // most recently used first

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const noexcept {
      return std::hash<std::string_view>{}(key);
    }
  };

  void keep(const std::string& key, const AnswerPtr& answer, TimePoint now);
  void drop(Entries::iterator entry);

  Settings settings_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views of Entry::key
  std::unordered_map<std::string, FlightPtr, Hash, std::equal_to<>> flights_;
  std::string key_;
  unsigned char digest_[32] = {};
};

}  // namespace pushgate::agent
