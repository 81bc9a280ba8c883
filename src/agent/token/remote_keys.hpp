#pragma once
// remote_keys.hpp - the keys behind one URL: fetched once for all threads, used without a lock.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pushgate/base/clock.hpp"
#include "pushgate/fetch/client.hpp"
#include "pushgate/runtime/completion.hpp"
#include "pushgate/runtime/timer_wheel.hpp"

#include "agent/token/key_board.hpp"
#include "agent/token/key_set.hpp"

namespace pushgate::runtime {
class Reactor;
}

namespace pushgate::agent {

class SourceThread;

/// Why somebody asks for a fetch.
enum class KeyNeed : std::uint8_t {
  first,    ///< there are no keys at all
  unknown,  ///< a token names one that is not among them
};

class RemoteKeys : public std::enable_shared_from_this<RemoteKeys> {
 public:
  /// One request that waits for the end of a fetch, on its own thread; gives up when destroyed.
  class Wait final : private runtime::TimerNode {
   public:
    Wait(std::shared_ptr<RemoteKeys> keys, SourceThread& thread, TimePoint deadline);
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() override;

    /// Resumes on the thread of `thread`: after the fetch, or at the deadline. At once if no fetch
    /// is under way.
    runtime::Completion<bool>::Wait done() noexcept { return done_.wait(); }

   private:
    friend class RemoteKeys;
    void on_timer(TimePoint now) override;

    std::shared_ptr<RemoteKeys> keys_;
    runtime::Reactor& reactor_;
    runtime::Completion<bool> done_;
  };

  RemoteKeys(std::string url, const KeyBoard::Timing& timing);

  /// Changes whenever the keys do; 0: there are none yet. Any thread, no lock.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  /// nullptr with version 0.
  std::shared_ptr<const KeySet> keys() const;

  /// Starts a fetch if the keys are as old as the interval allows; never waits for it. One relaxed
  /// load unless they are. Not before something has been fetched.
  void refresh_if_due(SourceThread& thread);
  /// Starts a fetch unless it is too early for another. True if one is under way now, be it another
  /// thread's: wait for it.
  bool request(SourceThread& thread, KeyNeed need);

  void set_refresh(Clock::duration refresh);
  Clock::duration longest_wait() const noexcept { return timing_.wait; }

 private:
  struct Attempt;

  void start(SourceThread& thread);
  void finish(SourceThread& thread, const Result<fetch::Response>& result);
  void settle(std::shared_ptr<const KeySet> keys, std::string text, TimePoint now);
  void abandon() noexcept;
  std::string shown_url() const;

  const std::string url_;
  const KeyBoard::Timing timing_;
  std::atomic<std::uint64_t> version_{0};
  std::atomic<Clock::rep> due_{Clock::duration::max().count()};  ///< when keys in use are too old

  mutable std::mutex mutex_;  // guards what follows
  Clock::duration refresh_{};
  std::shared_ptr<const KeySet> keys_;
  std::string text_;  ///< that they were made from: an equal answer changes nothing
  bool fetching_ = false;
  TimePoint next_first_ = TimePoint::min();    ///< earliest fetch for KeyNeed::first
  TimePoint next_unknown_ = TimePoint::min();  ///< and for KeyNeed::unknown
  std::vector<Wait*> waiting_;
};

}  // namespace pushgate::agent
