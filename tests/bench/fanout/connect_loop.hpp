#pragma once
// connect_loop.hpp - Socket.IO clients that come, join a room and go, over and over.

#include <cstdint>
#include <string>
#include <vector>

#include "client/closed_loop.hpp"
#include "fanout/greeting.hpp"
#include "load/poller.hpp"

namespace pushgate::bench {

struct ConnectPlan {
  std::vector<sockaddr_in> targets;
  Wire wire;
  unsigned parallel = 64;
};

/// `parallel` clients at a time: connect, greet (greeting.hpp) with one room, close. Latency is
/// from connect() to the answer to the join.
class ConnectLoop {
 public:
  explicit ConnectLoop(const ConnectPlan& plan) : plan_(plan), slots_(plan.parallel) {}
  LoopResult run(double seconds);

 private:
  struct Slot {
    UniqueFd fd;
    Greeting greeting;
    std::uint64_t started_at = 0;
  };

  void start(Slot& slot, std::uint64_t now);
  bool advance(Slot& slot);

  ConnectPlan plan_;
  Poller poller_;
  std::vector<Slot> slots_;
  std::uint64_t started_ = 0;
  unsigned open_ = 0;
};

}  // namespace pushgate::bench
