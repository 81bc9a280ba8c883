#pragma once
// presence_leases.hpp - members of rooms with presence, kept in Redis for as long as their process
// lives, so that somebody can tell their rooms when it has crashed.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/result.hpp"
#include "pushgate/node/event_observer.hpp"
#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/io_threads.hpp"

namespace pushgate::node {

/// One for all nodes of a process, on the bus thread. In Redis there are
///
///   <prefix>-presence:processes           set: everybody who has a lease, or had one
///   <prefix>-presence:{<process>}:lease   lives as long as the lease, renewed each third of it
///   <prefix>-presence:{<process>}:members hash: "nsp\nroom\nsocket" -> uid
///
/// Each process looks each third of a lease whether others have lost theirs. Exactly one of those
/// who see it (it is who takes the process out of the set) tells the rooms and clears up.
class PresenceLeases final : public EventObserverSource {
 public:
  struct Options {
    std::string prefix = "socket.io";
    std::string process;  ///< different for each process, and for each of its lives
    std::chrono::milliseconds lease{10'000};
    redis::RedisSettings redis;
  };
  struct Member {
    std::string socket;
    std::string uid;
  };
  struct Callbacks {
    /// Does the rule of this room say `presence`? On io threads.
    std::function<bool(std::string_view room)> is_tracked;
    /// Members who are gone with their process. On the bus thread.
    std::function<void(const std::string& nsp, const std::string& room,
                       const std::vector<Member>& members)>
        on_gone;
    /// The same for members of this process of whom others believed that: it was cut off from
    /// Redis for longer than its lease.
    decltype(on_gone) on_back;
  };

  /// Fails as redis::make_client does. `metrics` and `log` outlive the thread.
  static Result<std::unique_ptr<PresenceLeases>> make(runtime::IoThread& thread, Options options,
                                                      Callbacks callbacks, runtime::Log& log,
                                                      redis::RedisMetrics& metrics);
  PresenceLeases(const PresenceLeases&) = delete;
  PresenceLeases& operator=(const PresenceLeases&) = delete;
  ~PresenceLeases() override;

  /// Any thread; its own may not run yet.
  void start();
  /// Gives the lease back, then calls `done` on the bus thread. Not after the thread has ended.
  void stop(std::function<void()> done);

  std::unique_ptr<EventObserver> make_observer(const std::string& node) override;

 private:
  class Observer;
  class Timer;
  using Names = std::map<std::string, std::string>;  ///< member's field -> uid

  PresenceLeases(runtime::IoThread& thread, Options options, Callbacks callbacks);

  void joined(std::string field, std::string uid);
  void left(const std::string& field);
  void renew();
  void sync();
  void look_around();
  void look_at(const std::string& process);
  void bury(const std::string& process);
  std::string key_of(const std::string& process, std::string_view what) const;
  std::string registry() const { return options_.prefix + "-presence:processes"; }

  runtime::IoThread& thread_;
  Options options_;
  Callbacks callbacks_;
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<Timer> timer_;
  Names members_;
  bool registered_ = false;
  bool stopped_ = false;
};

}  // namespace pushgate::node
