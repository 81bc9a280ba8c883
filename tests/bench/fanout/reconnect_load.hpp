#pragma once
// reconnect_load.hpp - clients that lose their connections again and again: what reaches them?

#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <netinet/in.h>

#include "fanout/greeting.hpp"
#include "fanout/stream.hpp"
#include "fanout/ticker.hpp"
#include "load/latency_histogram.hpp"
#include "load/poller.hpp"

namespace pushgate::bench {

struct ReconnectPlan {
  std::vector<sockaddr_in> targets;  ///< clients in turn; the publisher is at the first
  Wire wire;
  unsigned clients = 2000;
  unsigned messages = 120;
  double per_second = 2;
  double cut_every = 15;  ///< seconds between two cuts of a connection, a third more or less
  double down = 2;        ///< seconds without a connection, a half more or less
  std::size_t size = 128;
};

struct ReconnectOutcome {
  std::uint64_t expected = 0;   ///< clients times messages
  std::uint64_t delivered = 0;  ///< each to each client counted once
  std::uint64_t twice = 0;
  std::uint64_t astray = 0;      ///< out of order
  std::uint64_t cuts = 0;        ///< by the client
  std::uint64_t closed = 0;      ///< connections that the server ended
  std::uint64_t recovered = 0;   ///< sessions taken up again
  std::uint64_t begun_anew = 0;  ///< sessions that could not be
  double seconds = 0;
  LatencyHistogram latency;  ///< from publishing to receiving, however late
};

/// Every client has its own timetable of cuts, the same in each run. It comes back to the server it
/// was at, or, if that does not listen, to the next. No cuts after the last message.
class ReconnectLoad {
 public:
  explicit ReconnectLoad(const ReconnectPlan& plan);
  ReconnectOutcome run();

 private:
  struct Client {
    Stream stream;
    Greeting greeting;
    Session session;
    unsigned target = 0;
    std::uint64_t due = 0;  ///< of its turn that counts: an earlier one may have been overtaken
    bool joined = false;
    bool known = false;  ///< has been a member before
    std::vector<bool> seen;
    std::uint32_t next = 0;
  };
  using Turn = std::pair<std::uint64_t, unsigned>;  ///< when, which client

  void await_members(unsigned count);
  void plan_turn(unsigned index, std::uint64_t at);
  void connect(unsigned index);
  void disconnect(unsigned index, std::uint64_t now);
  void take_turns(std::uint64_t now);
  void publish(std::uint64_t now);
  void receive(unsigned index, std::uint64_t now);
  void greet(unsigned index, std::uint64_t now);
  void take(Client& client, std::uint8_t opcode, std::string_view payload, std::uint64_t now);
  void receive_at_publisher();
  std::uint64_t jitter(double seconds, double share);
  bool are_members(unsigned count) const;

  ReconnectPlan plan_;
  Poller poller_;
  Ticker ticker_{1000};
  std::mt19937_64 random_{20'251'121};
  std::vector<Client> clients_;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
  Stream publisher_;
  std::string unsent_;
  std::string scratch_;
  std::vector<std::uint64_t> published_at_;
  bool cutting_ = false;
  ReconnectOutcome outcome_;
};

}  // namespace pushgate::bench
