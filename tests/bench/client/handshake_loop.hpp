#pragma once
// handshake_loop.hpp - WebSockets that are opened, used once and closed, over and over.

#include <cstdint>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "client/closed_loop.hpp"
#include "load/poller.hpp"

namespace pushgate::bench {

struct HandshakePlan {
  sockaddr_in target{};
  unsigned parallel = 64;
  bool echo = false;            ///< one echo of 128 bytes between the handshake and the close
  bool closing_frames = false;  ///< Close frames both ways and the server closes first, as RFC 6455
                                ///< wants it; else the client closes as soon as it has the 101
};

/// Opens `parallel` WebSockets at a time. Latency is from connect() to the end of the connection.
class HandshakeLoop {
 public:
  explicit HandshakeLoop(const HandshakePlan& plan);
  LoopResult run(const LoopLimit& limit);

 private:
  enum class Step { idle, handshake, echo, closing };
  struct Slot {
    UniqueFd fd;
    Step step = Step::idle;
    std::size_t unread = 0;
    std::uint64_t started_at = 0;
  };

  void start(Slot& slot, std::uint64_t now);
  bool advance(Slot& slot);
  bool after_handshake(Slot& slot);
  void send_bytes(Slot& slot, const std::string& bytes);

  HandshakePlan plan_;
  Poller poller_;
  std::vector<Slot> slots_;
  std::string echo_frame_;
  std::string close_frame_;
  std::uint64_t started_ = 0;
  unsigned open_ = 0;
};

}  // namespace pushgate::bench
