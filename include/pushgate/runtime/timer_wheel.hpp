#pragma once
// timer_wheel.hpp - very many deadlines, cheaply. Sans-I/O: time is an argument.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "pushgate/base/clock.hpp"

namespace pushgate::runtime {

class TimerWheel;

/// A deadline as part of the object that has it. Unlinks itself when destroyed.
class TimerNode {
 public:
  TimerNode() noexcept = default;
  TimerNode(const TimerNode&) = delete;
  TimerNode& operator=(const TimerNode&) = delete;
  virtual ~TimerNode() { unlink(); }

  bool armed() const noexcept { return wheel_ != nullptr; }
  /// The tick it is due at; meaningful while armed.
  std::uint64_t due_tick() const noexcept { return due_tick_; }

 private:
  friend class TimerWheel;

  /// The deadline has passed; the node is no longer in the wheel and may be armed again from here,
  /// or destroyed.
  virtual void on_timer(TimePoint now) = 0;
  void unlink() noexcept;

  TimerNode* previous_ = nullptr;
  TimerNode* next_ = nullptr;
  TimerWheel* wheel_ = nullptr;
  std::uint64_t due_tick_ = 0;
  std::uint16_t slot_ = 0;
};

/// A hierarchical timing wheel (Varghese and Lauck, 1987): four levels of 64 slots. One tick is 16
/// ms, so the levels reach 1 s, 65 s, 70 min and 74 h; later deadlines wait in the last slot and
/// are put back. Arming and disarming are O(1); a node moves down at most three times. A timer
/// fires up to one tick late and never early.
///
/// Not thread-safe: one wheel belongs to one io thread.
class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{16};

  explicit TimerWheel(TimePoint start) noexcept : start_(start) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  ~TimerWheel();

  /// Arms or re-arms. A deadline in the past is due at the next tick.
  void arm(TimerNode& node, TimePoint deadline) noexcept;
  void disarm(TimerNode& node) noexcept { node.unlink(); }

  /// Calls on_timer of every node that is due. Nodes may be armed, disarmed and destroyed
  /// meanwhile.
  void advance(TimePoint now);

  /// A time at or before the first deadline, when `advance` should next be called; nullopt if no
  /// node is armed. May be early (an inner level has to be redistributed), never late.
  std::optional<TimePoint> next_due() const noexcept;

  /// The tick in which a deadline fires.
  std::uint64_t tick_of(TimePoint deadline) const noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  friend class TimerNode;

  static constexpr unsigned kLevels = 4;
  static constexpr unsigned kSlotBits = 6;
  static constexpr unsigned kSlots = 1u << kSlotBits;
  static constexpr std::uint64_t kSlotMask = kSlots - 1;
  static constexpr std::uint64_t kHorizon = 1ull << (kLevels * kSlotBits);

  void link(TimerNode& node) noexcept;
  void cascade(unsigned level);
  void fire_slot(TimePoint now);

  TimePoint start_;
  std::uint64_t current_tick_ = 0;
  std::size_t size_ = 0;
  std::array<TimerNode*, kLevels * kSlots> heads_{};
  std::array<std::uint64_t, kLevels> occupied_{};  // one bit per slot
};

}  // namespace pushgate::runtime
