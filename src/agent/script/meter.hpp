#pragma once
// meter.hpp - what scripts may use: work, memory and time. One for each Lua state. sans-I/O.

#include <cstddef>
#include <cstdint>

#include "pushgate/base/clock.hpp"

namespace pushgate::agent {

/// Why a call must end, whatever it does about it: pcall does not catch these.
enum class Excess : std::uint8_t { none, work, time };

/// What one call has left. It travels with the call while that waits.
struct Allowance {
  std::int64_t work = 0;       ///< instructions of the Lua machine, and what is charged as such
  std::size_t held_bytes = 0;  ///< allocated by the call and not freed, as far as that is known
  TimePoint deadline{};        ///< looked at now and then while the script runs
  Excess excess = Excess::none;
};

/// Is Lua's allocator and counts its bytes. Of a running call it also counts the work: the count
/// hook charges instructions, allocations are charged by their size (so that a loop of few
/// instructions on large strings is as expensive as it is), and library functions charge what they
/// walk over. Not thread-safe.
class Meter {
 public:
  struct Limits {
    std::uint64_t work = 0;
    std::size_t call_bytes = 0;   ///< that one call may hold more than was held before it
    std::size_t state_bytes = 0;  ///< of everything
  };
  /// An allocation of so many bytes costs as much as one instruction.
  static constexpr std::size_t kBytesPerInstruction = 64;

  explicit Meter(Limits limits) noexcept : limits_(limits), ceiling_(limits.state_bytes) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  /// A fresh allowance with this deadline.
  Allowance allowance(TimePoint deadline) const noexcept;
  /// From now on everything is on this account. Precondition: none is open.
  void open(Allowance& account) noexcept;
  /// The call waits or has ended.
  void close() noexcept;
  bool is_open() const noexcept { return account_ != nullptr; }

  /// Takes work off; what is too much shows in `excess`.
  void charge(std::uint64_t work) noexcept;
  /// Of the open account; 0 without one.
  std::uint64_t work_left() const noexcept {
    return account_ == nullptr || account_->work < 0 ? 0
                                                     : static_cast<std::uint64_t>(account_->work);
  }
  /// Compares the clock with the deadline.
  void look_at_clock() noexcept;
  Excess excess() const noexcept { return account_ == nullptr ? Excess::none : account_->excess; }

  std::size_t used_bytes() const noexcept { return used_; }
  const Limits& limits() const noexcept { return limits_; }

  /// A lua_Alloc whose `self` is a Meter. Refuses what is beyond a limit.
  static void* allocate(void* self, void* block, std::size_t old_bytes,
                        std::size_t new_bytes) noexcept;

 private:
  bool admits(std::size_t more_bytes, std::size_t whole_bytes) noexcept;

  Limits limits_;
  std::size_t used_ = 0;
  std::size_t ceiling_;        // `used_` must not pass it at the moment
  std::size_t opened_at_ = 0;  // `used_` when the account was opened
  Allowance* account_ = nullptr;
};

}  // namespace pushgate::agent
