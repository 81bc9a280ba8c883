#include "link_fsm.hpp"

#include <algorithm>

namespace pushgate::redis {

namespace {
constexpr unsigned kMaxDoublings = 20;  // 100 ms * 2^20 is more than a day
}

void LinkFsm::attempt(TimePoint now) noexcept {
  phase_ = LinkPhase::connecting;
  deadline_ = now + times_.connect_timeout;
}

void LinkFsm::connected(TimePoint now) noexcept {
  phase_ = LinkPhase::handshake;
  deadline_ = now + times_.ping_timeout;
}

void LinkFsm::shaken_hands(TimePoint now) noexcept {
  phase_ = LinkPhase::ready;
  pinged_ = false;
  ready_since_ = now;
  received_at_ = now;
  deadline_ = now + times_.liveness;
}

void LinkFsm::received(TimePoint now) noexcept {
  received_at_ = now;
  if (phase_ != LinkPhase::ready || !pinged_) return;
  pinged_ = false;
  deadline_ = now + times_.liveness;
}

void LinkFsm::broken(TimePoint now, std::uint64_t random) noexcept {
  const bool lasted = phase_ == LinkPhase::ready && now - ready_since_ >= times_.backoff_max;
  if (lasted) failures_ = 0;
  const auto longest =
      std::min(times_.backoff_max,
               times_.backoff_min * (std::int64_t{1} << std::min(failures_, kMaxDoublings)));
  const auto parts = static_cast<std::uint64_t>(std::chrono::microseconds{longest}.count()) + 1;
  ++failures_;
  phase_ = LinkPhase::waiting;
  deadline_ = now + std::chrono::microseconds{random % parts};
}

void LinkFsm::hurry(TimePoint now) noexcept {
  if (phase_ == LinkPhase::waiting) deadline_ = std::min(deadline_, now);
}

LinkStep LinkFsm::due(TimePoint now) noexcept {
  if (now < deadline_) return LinkStep::none;
  switch (phase_) {
    case LinkPhase::idle:
      return LinkStep::none;
    case LinkPhase::connecting:
    case LinkPhase::handshake:
      deadline_ = TimePoint::max();
      return LinkStep::give_up;
    case LinkPhase::waiting:
      deadline_ = TimePoint::max();
      return LinkStep::connect;
    case LinkPhase::ready:
      break;
  }
  // The deadline is not moved for each read; here is where those that have come are seen.
  if (!pinged_ && now < received_at_ + times_.liveness) {
    deadline_ = received_at_ + times_.liveness;
    return LinkStep::none;
  }
  if (pinged_) {
    deadline_ = TimePoint::max();
    return LinkStep::give_up;
  }
  pinged_ = true;
  deadline_ = now + times_.ping_timeout;
  return LinkStep::ping;
}

}  // namespace pushgate::redis
