#include "agent/script/meter.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace pushgate::agent {

Allowance Meter::allowance(TimePoint deadline) const noexcept {
  Allowance account;
  account.work = static_cast<std::int64_t>(std::min<std::uint64_t>(limits_.work, INT64_MAX));
  account.deadline = deadline;
  return account;
}

void Meter::open(Allowance& account) noexcept {
  account_ = &account;
  opened_at_ = used_;
  const std::size_t room = limits_.call_bytes - std::min(limits_.call_bytes, account.held_bytes);
  ceiling_ = std::min(limits_.state_bytes, used_ + room);
}

void Meter::close() noexcept {
  Allowance& account = *std::exchange(account_, nullptr);
  // A collection may have freed what others left behind: then the call holds nothing that we know.
  const std::size_t before = opened_at_;
  account.held_bytes = used_ > before
                           ? account.held_bytes + (used_ - before)
                           : account.held_bytes - std::min(account.held_bytes, before - used_);
  ceiling_ = limits_.state_bytes;
}

void Meter::charge(std::uint64_t work) noexcept {
  if (account_ == nullptr) return;
  const auto most = static_cast<std::uint64_t>(INT64_MAX / 4);
  account_->work -= static_cast<std::int64_t>(std::min(work, most));
  if (account_->work < 0) {
    account_->work = -1;
    if (account_->excess == Excess::none) account_->excess = Excess::work;
  }
}

void Meter::look_at_clock() noexcept {
  if (account_ == nullptr || account_->excess != Excess::none) return;
  if (Clock::now() >= account_->deadline) account_->excess = Excess::time;
}

bool Meter::admits(std::size_t more_bytes, std::size_t whole_bytes) noexcept {
  if (more_bytes > ceiling_ || used_ > ceiling_ - more_bytes) return false;
  if (account_ == nullptr) return true;
  charge(whole_bytes / kBytesPerInstruction);
  // What unwinds a call that has to end may still allocate: error messages, small tables.
  return account_->excess == Excess::none || whole_bytes <= 4096;
}

void* Meter::allocate(void* self, void* block, std::size_t old_bytes,
                      std::size_t new_bytes) noexcept {
  auto& meter = *static_cast<Meter*>(self);
  if (block == nullptr) old_bytes = 0;  // Lua passes the type of object there
  if (new_bytes == 0) {
    std::free(block);
    meter.used_ -= old_bytes;
    return nullptr;
  }
  const bool grows = new_bytes > old_bytes;
  if (grows && !meter.admits(new_bytes - old_bytes, new_bytes)) return nullptr;
  void* const fresh = std::realloc(block, new_bytes);
  if (fresh == nullptr) return grows ? nullptr : block;  // Lua relies on shrinking
  meter.used_ += new_bytes - old_bytes;                  // modulo 2^64, so shrinking is right too
  return fresh;
}

}  // namespace pushgate::agent
