#include "pushgate/node/transport/heartbeat_fsm.hpp"

namespace pushgate::node {

HeartbeatFsm::HeartbeatFsm(EngineVersion version, TimePoint now,
                           const HeartbeatTiming& timing) noexcept
    : deadline_(now + timing.interval), state_(State::waiting) {
  if (version == EngineVersion::v4) return;
  state_ = State::listening;
  deadline_ += timing.timeout;
}

HeartbeatAction HeartbeatFsm::on_timer(TimePoint now, const HeartbeatTiming& timing) noexcept {
  if (now < deadline_) return HeartbeatAction::none;
  if (state_ != State::waiting) return HeartbeatAction::time_out;
  state_ = State::awaiting_pong;
  deadline_ = now + timing.timeout;
  return HeartbeatAction::send_ping;
}

HeartbeatAction HeartbeatFsm::on_ping(TimePoint now, const HeartbeatTiming& timing) noexcept {
  if (state_ != State::listening) return HeartbeatAction::bad_direction;
  on_packet(now, timing);
  return HeartbeatAction::send_pong;
}

HeartbeatAction HeartbeatFsm::on_pong(TimePoint now, const HeartbeatTiming& timing) noexcept {
  if (state_ == State::listening) return HeartbeatAction::bad_direction;
  state_ = State::waiting;
  deadline_ = now + timing.interval;
  return HeartbeatAction::none;
}

void HeartbeatFsm::on_packet(TimePoint now, const HeartbeatTiming& timing) noexcept {
  if (state_ == State::listening) deadline_ = now + timing.interval + timing.timeout;
}

}  // namespace pushgate::node
