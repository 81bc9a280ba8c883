#pragma once
// packet_assembler.hpp - a Socket.IO packet and the binary messages that follow it, put together.
// Sans-I/O.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/transport/socketio_codec.hpp"

namespace pushgate::node {

/// What a message has led to.
struct Assembly {
  PacketError error = PacketError::none;
  bool is_complete = false;  ///< `packet` is whole; else its attachments are awaited
  /// Views into the message that was given, or, if there are attachments, into `text`.
  PacketView packet{};
  std::vector<std::string> attachments{};
  std::unique_ptr<char[]> text{};

  /// Its own copy of everything, for those who keep or send it. Takes the attachments.
  Packet take_packet();
};

/// The decoder of one connection. Between packets it is a null pointer; it allocates only for
/// packets with attachments. After an error the connection is at its end.
class PacketAssembler {
 public:
  /// A text message. The result refers to `text` if it is complete.
  Assembly on_text(std::string_view text, const PacketLimits& limits);
  /// A binary message, without the type byte of revision 3.
  Assembly on_binary(std::string bytes, const PacketLimits& limits);

  bool awaits_attachments() const noexcept { return waiting_ != nullptr; }

 private:
  struct Waiting {
    Assembly assembly;
    std::size_t bytes = 0;
  };
  std::unique_ptr<Waiting> waiting_;
};

}  // namespace pushgate::node
