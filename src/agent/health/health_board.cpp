#include "pushgate/agent/health/health_board.hpp"

#include <algorithm>

namespace pushgate::agent {

namespace {

using std::chrono::milliseconds;

/// NodeHealth::state_: when to try again (48 bits of milliseconds of the steady clock, good for
/// 8,900 years of uptime), whether somebody is trying now (1 bit), and the failures so far (15
/// bits). Not up means at least one failure, so the word of a node that is not up is never 0.
struct State {
  static constexpr std::uint32_t kMaxFailures = 0x7fff;

  std::uint64_t retry_at_ms = 0;
  bool trying = false;
  std::uint32_t failures = 0;

  static State unpack(std::uint64_t word) noexcept {
    return {word >> 16, (word & 0x8000U) != 0, static_cast<std::uint32_t>(word & kMaxFailures)};
  }
  std::uint64_t pack() const noexcept {
    return (retry_at_ms << 16) | (trying ? 0x8000U : 0U) | failures;
  }
};

std::uint64_t to_ms(TimePoint time) noexcept {
  const auto ms = std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<milliseconds::rep>(ms, 0));
}

milliseconds backoff_after(std::uint32_t failures, milliseconds first, milliseconds max) noexcept {
  milliseconds result = std::max(first, milliseconds{1});
  for (std::uint32_t i = 1; i < failures && result < max; ++i) result *= 2;
  return std::min(result, std::max(max, milliseconds{1}));
}

}  // namespace

bool NodeHealth::available(TimePoint now) noexcept {
  std::uint64_t word = state_.load(std::memory_order_acquire);
  if (word == 0) return true;
  State state = State::unpack(word);
  if (to_ms(now) < state.retry_at_ms) return false;
  const auto lease = static_cast<std::uint64_t>(lease_ms_.load(std::memory_order_relaxed));
  state.retry_at_ms = to_ms(now) + lease;
  state.trying = true;
  if (state_.compare_exchange_strong(word, state.pack(), std::memory_order_acq_rel)) return true;
  return word == 0;  // else another thread was first: it has the one attempt
}

void NodeHealth::report_success() noexcept {
  // The common case must not write to a cache line that all threads read.
  if (state_.load(std::memory_order_relaxed) != 0) state_.store(0, std::memory_order_release);
}

milliseconds NodeHealth::report_failure(TimePoint now, milliseconds backoff,
                                        milliseconds max_backoff) noexcept {
  std::uint64_t word = state_.load(std::memory_order_acquire);
  for (;;) {
    State state = State::unpack(word);
    const bool running = word != 0 && !state.trying && to_ms(now) < state.retry_at_ms;
    if (running) return milliseconds::zero();
    state.failures = std::min(state.failures + 1, State::kMaxFailures);
    state.trying = false;
    const milliseconds length = backoff_after(state.failures, backoff, max_backoff);
    state.retry_at_ms = to_ms(now) + static_cast<std::uint64_t>(length.count());
    lease_ms_.store(length.count(), std::memory_order_relaxed);
    if (state_.compare_exchange_weak(word, state.pack(), std::memory_order_acq_rel)) return length;
  }
}

bool NodeHealth::is_up() const noexcept { return state_.load(std::memory_order_acquire) == 0; }

std::uint32_t NodeHealth::consecutive_failures() const noexcept {
  return State::unpack(state_.load(std::memory_order_acquire)).failures;
}

std::shared_ptr<NodeHealth> HealthBoard::node(const Endpoint& endpoint) {
  const std::lock_guard lock{mutex_};
  if (nodes_.size() >= sweep_at_) forget_unheld();
  std::weak_ptr<NodeHealth>& entry = nodes_[endpoint.to_string()];
  std::shared_ptr<NodeHealth> node = entry.lock();
  if (!node) {
    node = std::make_shared<NodeHealth>();
    entry = node;
  }
  return node;
}

std::size_t HealthBoard::size() const {
  const std::lock_guard lock{mutex_};
  return nodes_.size();
}

/// Called when the number of entries has doubled since the last time, so its cost is spread.
void HealthBoard::forget_unheld() {
  std::erase_if(nodes_, [](const auto& entry) { return entry.second.expired(); });
  sweep_at_ = std::max<std::size_t>(64, nodes_.size() * 2);
}

}  // namespace pushgate::agent
