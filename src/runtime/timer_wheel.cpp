#include "pushgate/runtime/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace pushgate::runtime {

void TimerNode::unlink() noexcept {
  if (wheel_ == nullptr) return;
  if (previous_ != nullptr) {
    previous_->next_ = next_;
  } else {
    wheel_->heads_[slot_] = next_;
    if (next_ == nullptr) {
      wheel_->occupied_[slot_ / TimerWheel::kSlots] &= ~(1ull << (slot_ % TimerWheel::kSlots));
    }
  }
  if (next_ != nullptr) next_->previous_ = previous_;
  --wheel_->size_;
  previous_ = next_ = nullptr;
  wheel_ = nullptr;
}

TimerWheel::~TimerWheel() {
  for (TimerNode* head : heads_) {
    while (head != nullptr) {
      TimerNode* const next = head->next_;
      head->unlink();
      head = next;
    }
  }
}

std::uint64_t TimerWheel::tick_of(TimePoint deadline) const noexcept {
  if (deadline <= start_) return 0;
  const auto elapsed = deadline - start_;
  return static_cast<std::uint64_t>((elapsed + kTick - Clock::duration{1}) / kTick);
}

void TimerWheel::arm(TimerNode& node, TimePoint deadline) noexcept {
  node.unlink();
  node.due_tick_ = std::max(tick_of(deadline), current_tick_ + 1);
  link(node);
}

void TimerWheel::link(TimerNode& node) noexcept {
  // By distance: level n holds what is due within 64^(n+1) ticks, so the node's slot on that level
  // comes round exactly once before it is due, and then it moves down. Beyond the horizon the node
  // waits in the slot that comes round last, and is put back from there.
  const std::uint64_t distance = std::min(node.due_tick_ - current_tick_, kHorizon - 1);
  const unsigned level =
      distance == 0 ? 0 : static_cast<unsigned>(63 - std::countl_zero(distance)) / kSlotBits;
  const std::uint64_t slot = ((current_tick_ + distance) >> (level * kSlotBits)) & kSlotMask;

  const std::size_t index = level * kSlots + slot;
  node.slot_ = static_cast<std::uint16_t>(index);
  node.wheel_ = this;
  node.previous_ = nullptr;
  node.next_ = heads_[index];
  if (node.next_ != nullptr) node.next_->previous_ = &node;
  heads_[index] = &node;
  occupied_[level] |= 1ull << slot;
  ++size_;
}

void TimerWheel::cascade(unsigned level) {
  const std::uint64_t slot = (current_tick_ >> (level * kSlotBits)) & kSlotMask;
  // Re-linking never puts a node back into this slot, except one beyond the horizon of the last
  // level.
  TimerNode* node = heads_[level * kSlots + slot];
  while (node != nullptr) {
    TimerNode* const next = node->next_;
    node->unlink();
    link(*node);
    node = next;
  }
}

void TimerWheel::fire_slot(TimePoint now) {
  const std::size_t slot = current_tick_ & kSlotMask;
  // A callback may arm a node for a later round of this same slot only by way of a higher level, so
  // the list can only shrink.
  while (TimerNode* const node = heads_[slot]) {
    node->unlink();
    node->on_timer(now);
  }
}

void TimerWheel::advance(TimePoint now) {
  if (now < start_) return;
  const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
  while (current_tick_ < target) {
    if (size_ == 0) {
      current_tick_ = target;
      return;
    }
    // Jump over slots in which nothing can happen, up to the end of this turn of level 0.
    const std::uint64_t position = current_tick_ & kSlotMask;
    const std::uint64_t ahead =
        position == kSlotMask ? 0 : occupied_[0] & (~0ull << (position + 1));
    const std::uint64_t turn_end = current_tick_ | kSlotMask;
    const std::uint64_t next =
        ahead != 0 ? (current_tick_ - position) + static_cast<unsigned>(std::countr_zero(ahead))
                   : turn_end + 1;
    current_tick_ = std::min(next, target);
    for (unsigned level = kLevels - 1; level > 0; --level) {
      const std::uint64_t below = (1ull << (level * kSlotBits)) - 1;
      if ((current_tick_ & below) == 0) cascade(level);
    }
    fire_slot(now);
  }
}

std::optional<TimePoint> TimerWheel::next_due() const noexcept {
  if (size_ == 0) return std::nullopt;
  std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
  for (unsigned level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    const unsigned shift = level * kSlotBits;
    const std::uint64_t position = (current_tick_ >> shift) & kSlotMask;
    // Rotated so that bit 0 is the slot after the present one, the first set bit is the distance.
    const std::uint64_t rotated =
        std::rotr(occupied_[level], static_cast<int>((position + 1) & kSlotMask));
    const auto distance = static_cast<std::uint64_t>(std::countr_zero(rotated)) + 1;
    first = std::min(first, ((current_tick_ >> shift) + distance) << shift);
  }
  return start_ + kTick * static_cast<std::int64_t>(first);
}

}  // namespace pushgate::runtime
