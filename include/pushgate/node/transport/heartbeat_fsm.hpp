#pragma once
// heartbeat_fsm.hpp - is the other side still there? Sans-I/O: time is an argument.

#include <chrono>
#include <cstdint>

#include "pushgate/base/clock.hpp"
#include "pushgate/node/transport/engineio_codec.hpp"

namespace pushgate::node {

/// The same for all sessions of a node, so they do not keep it.
struct HeartbeatTiming {
  std::chrono::milliseconds interval{25'000};  ///< between pings
  std::chrono::milliseconds timeout{20'000};   ///< how long the answer may take
};

enum class HeartbeatAction : std::uint8_t {
  none,
  send_ping,     ///< send "2"
  send_pong,     ///< send "3" and the data of the ping
  time_out,      ///< close: CloseReason::ping_timeout
  bad_direction  ///< this revision's clients do not send that: close, CloseReason::transport_error
};

/// The heartbeat of one session. Revision 4: the server sends a ping each interval after the last
/// pong (at first, after the start), and the pong must come within the timeout. Revision 3: the
/// client sends pings, and the session ends when nothing has come for interval and timeout.
///
/// After every call the one timer of the session belongs at deadline(). Times are exact: a timer
/// that fires early is told `none` and belongs at the same deadline again.
class HeartbeatFsm {
 public:
  HeartbeatFsm(EngineVersion version, TimePoint now, const HeartbeatTiming& timing) noexcept;

  TimePoint deadline() const noexcept { return deadline_; }

  HeartbeatAction on_timer(TimePoint now, const HeartbeatTiming& timing) noexcept;
  /// "2" from the client (not the probe of an upgrade).
  HeartbeatAction on_ping(TimePoint now, const HeartbeatTiming& timing) noexcept;
  /// "3" from the client.
  HeartbeatAction on_pong(TimePoint now, const HeartbeatTiming& timing) noexcept;
  /// Any other packet from the client: a sign of life in revision 3, nothing in revision 4, whose
  /// clients owe a pong.
  void on_packet(TimePoint now, const HeartbeatTiming& timing) noexcept;

 private:
  enum class State : std::uint8_t { waiting, awaiting_pong, listening };

  TimePoint deadline_;
  State state_;
};

}  // namespace pushgate::node
