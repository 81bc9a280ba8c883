#pragma once
// link_fsm.hpp - when a connection to Redis is attempted, tested and given up. sans-I/O.
//
//   idle -> connecting -> handshake -> ready
//              ^  |           |          |
//              |  +---------- broken ----+
//              +---- waiting <--+

#include <chrono>
#include <cstdint>

#include "pushgate/base/clock.hpp"

namespace pushgate::redis {

struct LinkTimes {
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds liveness{10'000};
  std::chrono::milliseconds ping_timeout{5000};
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{5000};
};

enum class LinkPhase : std::uint8_t {
  idle,        ///< not begun
  connecting,  ///< name, TCP, TLS
  handshake,   ///< AUTH and so on are sent
  ready,
  waiting,  ///< for the next attempt
};

/// What is due.
enum class LinkStep : std::uint8_t {
  none,
  connect,  ///< begin an attempt
  ping,     ///< send a PING
  give_up,  ///< the phase has taken too long: close, and call broken()
};

/// One connection's life, attempt after attempt. The owner calls what happens, and `due` once
/// `deadline` has come.
class LinkFsm {
 public:
  explicit LinkFsm(const LinkTimes& times) noexcept : times_(times) {}

  /// From idle or waiting.
  void attempt(TimePoint now) noexcept;
  void connected(TimePoint now) noexcept;
  void shaken_hands(TimePoint now) noexcept;
  /// Bytes have come from the server.
  void received(TimePoint now) noexcept;
  /// The attempt failed, or the connection broke. Chooses when to try again: after a random part of
  /// backoff_min * 2^(attempts that failed before), at most backoff_max ("full jitter": nodes that
  /// lost the same server at the same time do not come back at the same time). A connection that
  /// was ready for less than backoff_max counts as a failed attempt, so that a server that accepts
  /// and closes is not stormed.
  void broken(TimePoint now, std::uint64_t random) noexcept;
  /// The next attempt is due now: something has changed that gives hope.
  void hurry(TimePoint now) noexcept;

  LinkStep due(TimePoint now) noexcept;
  /// When `due` has something to say; TimePoint::max() if nothing is awaited.
  TimePoint deadline() const noexcept { return deadline_; }
  LinkPhase phase() const noexcept { return phase_; }

 private:
  LinkTimes times_;
  LinkPhase phase_ = LinkPhase::idle;
  bool pinged_ = false;
  unsigned failures_ = 0;  // in a row
  TimePoint ready_since_;
  TimePoint received_at_;
  TimePoint deadline_ = TimePoint::max();
};

}  // namespace pushgate::redis
