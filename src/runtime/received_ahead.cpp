#include "pushgate/runtime/received_ahead.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "pushgate/runtime/reactor.hpp"
#include "pushgate/runtime/stream_calls.hpp"

namespace pushgate::runtime {

namespace {

// Stays in the second-level cache together with what else a batch touches.
constexpr std::size_t kArenaBytes = 128 * 1024;
constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kMostMessages = 1024;

static_assert(kMostMessages < std::numeric_limits<decltype(Channel::ahead)>::max());

}  // namespace

ReceivedAhead::ReceivedAhead() : bytes_(new char[kArenaBytes]) { messages_.reserve(kMostMessages); }

void ReceivedAhead::receive(Channel& channel) noexcept {
  if (kArenaBytes - used_ < kLongest || messages_.size() == kMostMessages) return;
  char* const into = bytes_.get() + used_;
  const ssize_t got = receive_bytes(channel.fd, into, kLongest);
  Message message{.channel = &channel, .data = into};
  if (got < 0) {
    message.error = errno;
  } else {
    message.size = static_cast<std::size_t>(got);
    message.filled = message.size == kLongest;
    // Messages stand close together: a fixed distance would put all of them into the same few sets
    // of the cache.
    used_ += (message.size + kCacheLine - 1) / kCacheLine * kCacheLine;
  }
  messages_.push_back(std::move(message));
  ++unread_;
  channel.ahead = static_cast<std::uint16_t>(messages_.size());
}

ReceivedAhead::Taken ReceivedAhead::take(Channel& channel, char* into, std::size_t size) noexcept {
  Message& message = messages_[channel.ahead - 1u];
  const std::size_t taken = std::min(size, message.size);
  if (taken != 0) std::memcpy(into, message.data, taken);
  message.data += taken;
  message.size -= taken;
  const bool all = message.size == 0;
  const Taken result{taken, message.error, all && !message.filled};
  if (all) release(message);
  return result;
}

void ReceivedAhead::release(Message& message) noexcept {
  std::exchange(message.channel, nullptr)->ahead = 0;
  message.own.reset();
  --unread_;
}

void ReceivedAhead::forget(Channel& channel) noexcept {
  if (channel.ahead != 0) release(messages_[channel.ahead - 1u]);
}

void ReceivedAhead::end_batch() {
  used_ = 0;
  if (unread_ == 0) {
    messages_.clear();
    return;
  }
  for (Message& message : messages_) {
    if (message.channel == nullptr || message.own != nullptr) continue;
    message.own = std::make_unique<char[]>(std::max<std::size_t>(message.size, 1));
    std::memcpy(message.own.get(), message.data, message.size);
    message.data = message.own.get();
  }
  while (messages_.back().channel == nullptr) messages_.pop_back();
}

}  // namespace pushgate::runtime
