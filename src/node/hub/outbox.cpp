#include "node/hub/outbox.hpp"

#include <algorithm>
#include <utility>

namespace pushgate::node {

void Outbox::push(MessageRef message, std::size_t size) {
  if (count_ == capacity_) grow();
  data()[count_++] = std::move(message);
  bytes_ += size;
}

void Outbox::grow() {
  const std::uint32_t capacity = std::max<std::uint32_t>(8, capacity_ * 2);
  auto larger = std::make_unique<MessageRef[]>(capacity);
  std::move(data(), data() + count_, larger.get());
  more_ = std::move(larger);
  capacity_ = capacity;
}

void Outbox::remove_first(std::size_t count) noexcept {
  if (count > 0 && count < count_) std::move(data() + count, data() + count_, data());
  shrink_to(static_cast<std::uint32_t>(count_ - count));
}

/// Memory follows what is queued, not what once was: an empty queue has none.
void Outbox::shrink_to(std::uint32_t count) noexcept {
  for (std::uint32_t i = count; i < count_; ++i) data()[i].reset();
  count_ = count;
  if (count_ == 0) {
    more_.reset();
    capacity_ = kInline;
  }
}

void Outbox::clear() noexcept {
  shrink_to(0);
  bytes_ = 0;
  sent_of_first_ = 0;
}

}  // namespace pushgate::node
