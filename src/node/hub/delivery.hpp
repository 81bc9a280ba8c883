#pragma once
// delivery.hpp - a broadcast made ready to be sent: made once, then handed to every io thread.
// Sans-I/O.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/envelope.hpp"
#include "pushgate/node/transport/socketio_codec.hpp"

#include "node/hub/local_message.hpp"

namespace pushgate::node {

/// Immutable; shared by the io threads of a node.
struct Delivery {
  EnvelopePtr envelope;
  std::shared_ptr<const Message> message;
  Handling handling;
};

using DeliveryPtr = std::shared_ptr<const Delivery>;

/// An event as a message: `42/nsp,7["event",...]`, with the offset of its envelope, if it has one,
/// as the last element.
DeliveryPtr make_delivery(EnvelopePtr envelope, const Handling& handling);

/// A packet for one client.
std::shared_ptr<const Message> make_packet_message(const Packet& packet,
                                                   std::string_view offset = {});
std::shared_ptr<const Message> make_packet_message(const PacketHead& head, std::string_view data,
                                                   std::vector<std::string> attachments = {},
                                                   std::string_view offset = {});
/// An Engine.IO packet that is text: `0{...}`, `2`, `40{"sid":...}`.
std::shared_ptr<const Message> make_text_message(std::string_view text);
/// Bytes that go over a WebSocket as they are: a control frame, the head of the handshake's answer.
std::shared_ptr<const Message> make_control_message(std::string bytes);

}  // namespace pushgate::node
