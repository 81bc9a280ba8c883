#include "pushgate/node/transport/session_fsm.hpp"

#include <utility>

namespace pushgate::node {

std::optional<TimePoint> SessionFsm::deadline() const noexcept {
  if (has_candidate() || state_ == State::closing) return deadline_;
  return std::nullopt;
}

PollAnswer SessionFsm::answer_poll(PollAnswer answer) noexcept {
  return std::exchange(get_waits_, false) ? answer : PollAnswer::none;
}

SessionStep SessionFsm::end(CloseReason reason, PollAnswer poll) noexcept {
  const bool has_websocket = has_candidate() || state_ == State::websocket;
  state_ = State::ended;
  return {.poll = answer_poll(poll),
          .websocket = has_websocket ? WebSocketAction::close : WebSocketAction::none,
          .ended = reason};
}

SessionStep SessionFsm::on_get(bool has_queued) noexcept {
  if (state_ == State::ended) return {.request = RequestAnswer::unknown_session};
  if (state_ == State::websocket) return {.request = RequestAnswer::wrong_transport};
  if (get_waits_) {
    SessionStep step = end(CloseReason::transport_error, PollAnswer::close);
    step.request = RequestAnswer::overlap;
    return step;
  }
  get_waits_ = true;
  if (state_ == State::closing) return end(close_reason_, PollAnswer::close);
  if (has_queued) return {.poll = answer_poll(PollAnswer::queued)};
  // The client stops polling before it sends "5", and cannot while a GET waits.
  if (state_ == State::upgrading) return {.poll = answer_poll(PollAnswer::noop)};
  return {};
}

SessionStep SessionFsm::on_get_aborted() noexcept {
  if (!std::exchange(get_waits_, false)) return {};
  return end(CloseReason::transport_error, PollAnswer::none);
}

SessionStep SessionFsm::on_post() noexcept {
  if (state_ == State::ended) return {.request = RequestAnswer::unknown_session};
  if (state_ == State::websocket) return {.request = RequestAnswer::wrong_transport};
  if (post_runs_) {
    SessionStep step = end(CloseReason::transport_error, PollAnswer::close);
    step.request = RequestAnswer::overlap;
    return step;
  }
  post_runs_ = true;
  const bool closing = state_ == State::closing;
  return {.request = closing ? RequestAnswer::discard : RequestAnswer::accept};
}

SessionStep SessionFsm::on_queued() noexcept { return {.poll = answer_poll(PollAnswer::queued)}; }

SessionStep SessionFsm::on_websocket(TimePoint now, const SessionTiming& timing) noexcept {
  if (state_ == State::ended) return {.request = RequestAnswer::unknown_session};
  if (state_ != State::polling) return {.websocket = WebSocketAction::turn_away};
  state_ = State::probing;
  deadline_ = now + timing.upgrade_timeout;
  return {.websocket = WebSocketAction::open};
}

SessionStep SessionFsm::on_candidate_packet(const EnginePacket& packet) noexcept {
  if (!has_candidate()) return {};
  if (packet.type == EnginePacketType::ping && packet.text == kProbe) {
    state_ = State::upgrading;
    return {.poll = answer_poll(PollAnswer::noop), .websocket = WebSocketAction::send_probe};
  }
  if (packet.type == EnginePacketType::upgrade) {
    state_ = State::websocket;
    return {.poll = answer_poll(PollAnswer::noop), .websocket = WebSocketAction::take_over};
  }
  state_ = State::polling;
  return {.websocket = WebSocketAction::close};
}

SessionStep SessionFsm::on_websocket_closed(CloseReason reason) noexcept {
  if (has_candidate()) state_ = State::polling;
  if (state_ != State::websocket) return {};
  state_ = State::ended;
  return {.ended = reason};
}

SessionStep SessionFsm::on_timer(TimePoint now) noexcept {
  const std::optional<TimePoint> due = deadline();
  if (!due || now < *due) return {};
  if (state_ == State::closing) return end(close_reason_, PollAnswer::none);
  state_ = State::polling;
  return {.websocket = WebSocketAction::close};
}

SessionStep SessionFsm::on_close_packet() noexcept {
  if (state_ == State::ended) return {};
  if (state_ == State::closing) return end(close_reason_, PollAnswer::noop);
  return end(CloseReason::transport_close, PollAnswer::noop);
}

SessionStep SessionFsm::close(CloseReason reason, TimePoint now,
                              const SessionTiming& timing) noexcept {
  if (state_ == State::ended || state_ == State::closing) return {};
  if (state_ == State::websocket || get_waits_) return end(reason, PollAnswer::close);
  const bool had_candidate = has_candidate();
  state_ = State::closing;
  close_reason_ = reason;
  deadline_ = now + timing.close_timeout;
  // Its client goes back to polling and is told there.
  return {.websocket = had_candidate ? WebSocketAction::close : WebSocketAction::none};
}

SessionStep SessionFsm::fail(CloseReason reason) noexcept {
  if (state_ == State::ended) return {};
  return end(reason, PollAnswer::close);
}

}  // namespace pushgate::node
