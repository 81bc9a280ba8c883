#pragma once
// outbox.hpp - what is waiting to be sent to one client: references to shared messages, bounded in
// bytes. Holds no memory while it is empty. Sans-I/O.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "node/hub/local_message.hpp"

namespace pushgate::node {

/// The bytes of a message count against the limit from the moment it is queued to the moment it has
/// been sent whole. The limit does not apply to a message that finds the queue empty: whatever may
/// be published can be delivered.
class Outbox {
 public:
  Outbox() noexcept = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  bool empty() const noexcept { return count_ == 0; }
  std::size_t messages() const noexcept { return count_; }
  std::size_t bytes() const noexcept { return bytes_; }
  /// How much of the first message has been sent.
  std::size_t sent_of_first() const noexcept { return sent_of_first_; }

  bool has_room_for(std::size_t size, std::size_t limit) const noexcept {
    return bytes_ + size <= limit || empty();
  }
  void push(MessageRef message, std::size_t size);

  /// The messages in the order in which they were queued.
  std::span<const MessageRef> entries() const noexcept { return {data(), count_}; }

  /// So many bytes of the queue have been sent. `size_of` gives the size of a message as it was
  /// pushed.
  template <class SizeOf>
  void sent(std::size_t bytes, SizeOf size_of) {
    std::size_t done = 0;
    bytes += sent_of_first_;
    while (done < count_) {
      const std::size_t size = size_of(*data()[done]);
      if (bytes < size) break;
      bytes -= size;
      bytes_ -= size;
      ++done;
    }
    sent_of_first_ = bytes;
    remove_first(done);
  }
  /// The first `count` messages are gone. Nothing of them was half sent.
  template <class SizeOf>
  void drop_first(std::size_t count, SizeOf size_of) {
    for (std::size_t i = 0; i < count; ++i) bytes_ -= size_of(*data()[i]);
    remove_first(count);
  }

  /// Drops what may be dropped, oldest first, until `needed` bytes fit: volatile messages, or those
  /// of one room. Never a message that is half sent. Returns how many were dropped.
  template <class SizeOf>
  std::size_t drop_volatile(std::size_t needed, std::size_t limit, SizeOf size_of) {
    return drop_where(needed, limit, size_of,
                      [](const LocalMessage& message) { return message.handling.is_volatile; });
  }
  template <class SizeOf>
  std::size_t drop_of_room(std::uint64_t room, std::size_t needed, std::size_t limit,
                           SizeOf size_of) {
    return drop_where(needed, limit, size_of, [room](const LocalMessage& message) {
      return message.handling.room == room;
    });
  }

  /// The sizes of the messages have changed; nothing was half sent.
  template <class SizeOf>
  void recount(SizeOf size_of) {
    bytes_ = 0;
    for (const MessageRef& message : entries()) bytes_ += size_of(*message);
  }

  void clear() noexcept;

 private:
  static constexpr std::uint32_t kInline = 2;

  MessageRef* data() noexcept { return more_ ? more_.get() : few_; }
  const MessageRef* data() const noexcept { return more_ ? more_.get() : few_; }
  void grow();
  void remove_first(std::size_t count) noexcept;
  void shrink_to(std::uint32_t count) noexcept;

  template <class SizeOf, class Droppable>
  std::size_t drop_where(std::size_t needed, std::size_t limit, SizeOf size_of,
                         Droppable droppable) {
    MessageRef* const entries = data();
    std::uint32_t kept = 0;
    std::size_t dropped = 0;
    for (std::uint32_t i = 0; i < count_; ++i) {
      const bool half_sent = i == 0 && sent_of_first_ > 0;
      if (bytes_ + needed > limit && !half_sent && droppable(*entries[i])) {
        bytes_ -= size_of(*entries[i]);
        ++dropped;
        continue;
      }
      if (kept != i) entries[kept] = std::move(entries[i]);
      ++kept;
    }
    shrink_to(kept);
    return dropped;
  }

  MessageRef few_[kInline];
  std::unique_ptr<MessageRef[]> more_;  ///< instead of few_, while there is more than fits there
  std::uint32_t count_ = 0;
  std::uint32_t capacity_ = kInline;
  std::size_t bytes_ = 0;
  std::size_t sent_of_first_ = 0;
};

}  // namespace pushgate::node
