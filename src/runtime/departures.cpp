#include "pushgate/runtime/departures.hpp"

#include <cerrno>
#include <cstring>

#include "pushgate/runtime/stream_calls.hpp"

namespace pushgate::runtime {

namespace {

// Stays in the second-level cache together with what else a batch touches.
constexpr std::size_t kStageBytes = 128 * 1024;

}  // namespace

Departures::Departures() : bytes_(new char[kStageBytes]) {}

std::string_view Departures::stage(std::string_view first, std::string_view second) noexcept {
  const std::size_t size = first.size() + second.size();
  if (!open_ || size > kLongest || size > kStageBytes - used_) return {};
  char* const copy = bytes_.get() + used_;
  std::memcpy(copy, first.data(), first.size());
  if (!second.empty()) std::memcpy(copy + first.size(), second.data(), second.size());
  used_ += size;
  return {copy, size};
}

void Departures::depart() {
  open_ = false;
  for (Waiting& waiting : waiting_) {
    waiting.outcome.bytes = send_bytes(waiting.fd, waiting.bytes);
    if (waiting.outcome.bytes < 0) waiting.outcome.error = errno;
  }
  // Nobody is added meanwhile: only what was staged waits here, and nothing is staged any more.
  for (const Waiting& waiting : waiting_) waiting.coroutine.resume();
  waiting_.clear();
  used_ = 0;
}

}  // namespace pushgate::runtime
