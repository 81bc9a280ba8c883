#pragma once
// gather.hpp - several small messages as one piece of memory, so that one send(2) takes them all.
// Sans-I/O.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "node/hub/local_message.hpp"

namespace pushgate::node {

/// One per io thread. The members of a room mostly have the same messages waiting at the end of a
/// turn: what was put together for the last client is used again if it is the same list.
class Gather {
 public:
  static constexpr std::size_t kBytes = 64 * 1024;
  /// A message of this size is sent from where it is.
  static constexpr std::size_t kLarge = 16 * 1024;

  explicit Gather(Compressor* compressor);
  Gather(const Gather&) = delete;
  Gather& operator=(const Gather&) = delete;

  /// The forms of the first messages, as many as are worth sending together, from byte `skip` of
  /// the first on. Valid until the next call. At least one byte, if there is a message.
  std::string_view collect(std::span<const MessageRef> messages, WireKind kind, std::size_t skip);

  /// Lets the messages go that it holds to recognise the list. At the end of a turn.
  void forget() noexcept { list_.clear(); }

 private:
  Compressor* compressor_;
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  WireKind kind_ = WireKind::engine4;
  std::vector<MessageRef> list_;  ///< what is in bytes_; held, so that no address is used again
};

}  // namespace pushgate::node
