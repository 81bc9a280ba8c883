#pragma once
// received_ahead.hpp - what has been read from the sockets of a batch before anybody was told, so
// that all the receiving is done in a row.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace pushgate::runtime {

struct Channel;

/// The receive step of a batch: see src/runtime/README.md for why. Only for channels whose interest
/// has kAhead: their owner will read at least kLongest bytes as soon as it is called, and by
/// net::Socket::read, which finds what is here. What is not read at once is kept all the same. One
/// io thread.
class ReceivedAhead {
 public:
  /// At most this much is read ahead from one socket. A longer message costs one more read.
  static constexpr std::size_t kLongest = 4096;

  ReceivedAhead();

  /// Reads once, if there is room. The channel must have none of its data here.
  void receive(Channel& channel) noexcept;

  struct Taken {
    std::size_t bytes = 0;  ///< 0 without an error: the end of the stream
    int error = 0;
    bool socket_is_empty = false;  ///< the socket had no more when it was read, and all is taken
  };
  /// Precondition: channel.ahead != 0.
  Taken take(Channel& channel, char* into, std::size_t size) noexcept;

  /// The channel is going away.
  void forget(Channel& channel) noexcept;
  /// The batch has been handled: what is left moves to memory of its own, for as long as it takes.
  void end_batch();

 private:
  struct Message {
    Channel* channel = nullptr;  ///< nullptr: taken, or forgotten
    const char* data = nullptr;
    std::size_t size = 0;
    int error = 0;
    bool filled = false;  ///< the socket may hold more
    std::unique_ptr<char[]> own;
  };

  void release(Message& message) noexcept;

  std::unique_ptr<char[]> bytes_;
  std::size_t used_ = 0;
  std::size_t unread_ = 0;
  std::vector<Message> messages_;  ///< a channel's `ahead` is its index here, plus 1
};

}  // namespace pushgate::runtime
