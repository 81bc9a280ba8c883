#pragma once
// room_load.hpp - members in rooms, one publisher, and the proof that nothing was lost.

#include <cstdint>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "fanout/ledger.hpp"
#include "fanout/stream.hpp"
#include "fanout/ticker.hpp"
#include "fanout/wire.hpp"
#include "load/poller.hpp"

namespace pushgate::bench {

struct RoomPlan {
  std::vector<sockaddr_in> targets;  ///< members in turn; the publisher is at the first
  Wire wire;
  unsigned members = 1000;
  unsigned rooms = 1;
  unsigned rooms_each = 1;
  std::size_t size = 128;
  unsigned tick_us = 200;
};

struct Outcome {
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;    ///< still missing ten seconds after the last was published
  std::uint64_t astray = 0;  ///< out of order, twice, or never published
  std::uint64_t published = 0;
  double seconds = 0;  ///< until the last delivery
  LatencyHistogram latency;

  double per_second() const { return static_cast<double>(delivered) / seconds; }
};

/// Connects everybody when constructed. One thread. A connection that ends ends the program.
class RoomLoad {
 public:
  explicit RoomLoad(const RoomPlan& plan);

  /// So many deliveries in each second, whatever the server makes of it.
  Outcome run_at_rate(double deliveries_per_second, double seconds);

  /// As many messages as there may be with `window` of them under way: as fast as the server goes.
  Outcome run_with_window(unsigned window, double seconds);

  /// The window with the highest rate of those (1, 2, 4, …) whose 99th percentile stays under a
  /// second.
  unsigned find_window(double seconds_each);

 private:
  struct Member {
    Stream stream;
    std::uint32_t next = 0;  ///< the least sequence number that may come
  };

  void open_members();
  std::vector<std::uint32_t> rooms_of(unsigned member) const;
  template <class Due>
  Outcome run(const Due& due, double seconds);
  void publish(std::uint64_t now);
  void drain();
  void receive(Member& member);
  void receive_at_publisher();

  RoomPlan plan_;
  Poller poller_;
  Ticker ticker_;
  std::vector<Member> members_;
  std::vector<std::uint32_t> recipients_;  ///< of each room
  Stream publisher_;
  std::string unsent_;
  Ledger ledger_;
  std::string scratch_;
  std::uint32_t next_room_ = 0;
  std::uint64_t astray_ = 0;
};

/// Connects and greets, waiting for each answer. The socket blocks.
Stream open_client(const sockaddr_in& target, const Wire& wire, unsigned user,
                   std::vector<std::uint32_t> rooms);

}  // namespace pushgate::bench
