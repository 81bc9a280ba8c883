#pragma once
// greeting.hpp - what a client says from its first byte until it is a member of its rooms.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fanout/wire.hpp"
#include "load/websocket.hpp"

namespace pushgate::bench {

/// What a client of Socket.IO keeps to recover its session; all empty for a new one.
struct Session {
  std::string pid;
  std::string offset;
};

/// Upgrade; with Socket.IO also the open packet, CONNECT and a `join` with all its rooms, each
/// awaited as a real client does. No I/O: the caller moves the bytes. A server that says anything
/// unexpected ends the program.
class Greeting {
 public:
  Greeting() = default;
  Greeting(const Wire& wire, unsigned user, std::vector<std::uint32_t> rooms, Session session);

  /// The request to begin with. Call once.
  std::string begin();

  /// Takes what came from the server, and returns what is to be sent now.
  std::string advance(std::string_view bytes);

  bool done() const { return step_ == Step::done; }

  /// Frames that came, whole or not, and were no part of the greeting: messages (missed ones come
  /// before the answer to CONNECT), or the beginning of one.
  std::string take_rest() { return std::move(early_) + std::move(unread_); }

  bool recovered() const { return recovered_; }
  const std::string& pid() const { return session_.pid; }

 private:
  enum class Step { upgrade, open, connect, join, done };

  std::size_t take_head();
  void take_frame(std::uint8_t opcode, std::string_view frame, std::size_t head_bytes,
                  std::string& answer);
  void take_connect(std::string_view payload, std::string& answer);
  std::string auth() const;
  std::string names() const;

  const Wire* wire_ = nullptr;
  unsigned user_ = 0;
  std::vector<std::uint32_t> rooms_;
  Session session_;
  Step step_ = Step::upgrade;
  bool recovered_ = false;
  std::string unread_;
  std::string early_;
};

}  // namespace pushgate::bench
