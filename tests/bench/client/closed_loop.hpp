#pragma once
// closed_loop.hpp - many connections, each of which sends again as soon as it has its answer.

#include <cstdint>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "pushgate/base/unique_fd.hpp"

#include "load/latency_histogram.hpp"
#include "load/poller.hpp"
#include "load/request.hpp"

namespace pushgate::bench {

struct LoopPlan {
  sockaddr_in target{};
  unsigned connections = 64;
  std::size_t size = 128;  ///< payload of an answer, in bytes
  bool websocket = false;  ///< echo frames instead of asking for bytes over HTTP
  CookieLines cookies;     ///< of the HTTP requests, see http_request()
};

/// When a phase stops sending; answers still under way are awaited. The first limit reached counts.
struct LoopLimit {
  double seconds = 0;
  std::uint64_t exchanges = 0;  ///< 0: no limit
};

struct LoopResult {
  std::uint64_t exchanges = 0;
  double seconds = 0;
  LatencyHistogram latency;
};

/// One outstanding request or frame per connection. Any answer that is not the expected one, and
/// any closed connection, ends the program.
class ClosedLoop {
 public:
  explicit ClosedLoop(const LoopPlan& plan);
  LoopResult run(const LoopLimit& limit);

 private:
  struct Connection {
    UniqueFd fd;
    std::string request;
    std::size_t unsent = 0;
    std::size_t unread = 0;    ///< bytes of the answer still to come, once its length is known
    bool awaits_head = false;  ///< HTTP: the length is known when the head has come
    bool busy = false;
    std::string partial_head;
    std::uint64_t sent_at = 0;
  };

  void send_request(Connection& connection, std::uint64_t now);
  bool rarely_woken() const;
  void send_rest(Connection& connection);
  bool read_answer(Connection& connection);
  void read_head(Connection& connection, std::size_t got);
  void complete(Connection& connection, std::uint64_t now);

  LoopPlan plan_;
  Poller poller_;
  std::vector<Connection> connections_;
  std::string scratch_;
  LoopResult result_;
  LoopLimit limit_;
  std::uint64_t stop_at_ = 0;
  std::uint64_t started_ = 0;
  unsigned outstanding_ = 0;
};

}  // namespace pushgate::bench
