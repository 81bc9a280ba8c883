#pragma once
// relay.hpp - the floor: what a proxy costs that moves bytes and knows nothing about them.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>

#include "pushgate/base/unique_fd.hpp"

#include "load/poller.hpp"
#include "relay/splice_pipe.hpp"

namespace pushgate::bench {

struct RelayPlan {
  std::vector<sockaddr_in> backends;  ///< one connection each in turn
  std::size_t scratch_bytes = 0;
  bool splice_responses =
      false;  ///< back end to client through a pipe instead of the scratch buffer
};

/// Accepts, connects to one back end, and copies both ways through one scratch buffer. A connection
/// owns no buffer unless its receiver is slower than its sender.
class Relay {
 public:
  Relay(RelayPlan plan, std::uint16_t port);

  std::uint16_t port() const;
  [[noreturn]] void run();

 private:
  struct Pair;
  /// One socket of a pair, and what waits to be written to it.
  struct Side {
    UniqueFd fd;
    Pair* pair = nullptr;
    Side* other = nullptr;
    std::string unsent;
    std::unique_ptr<SplicePipe> pipe;  ///< held only while bytes for this side are inside it
    bool more_to_read = false;         ///< the last pump stopped before it had emptied the socket
    bool at_end = false;
  };
  struct Pair {
    Side client;
    Side backend;
    bool listening = false;
    bool dead = false;
  };

  void accept_all();
  void serve(Side& side, unsigned events);
  bool pump(Side& from, bool ending);
  bool pump_copying(Side& from, bool ending);
  bool pump_splicing(Side& from, bool ending);
  bool flush(Side& to);
  bool drain_pipe(Side& to);
  void retire(Pair& pair);

  RelayPlan plan_;
  Poller poller_;
  Pair listener_;
  std::string scratch_;
  std::vector<std::unique_ptr<SplicePipe>> idle_pipes_;
  std::vector<std::unique_ptr<Pair>> retired_;  ///< freed after the batch that still names them
  std::size_t next_backend_ = 0;
};

}  // namespace pushgate::bench
