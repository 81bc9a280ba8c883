#include "node/hub/delivery.hpp"

#include <utility>

#include "pushgate/node/transport/engineio_codec.hpp"
#include "pushgate/node/transport/socketio_codec.hpp"

namespace pushgate::node {

std::shared_ptr<const Message> make_packet_message(const Packet& packet, std::string_view offset) {
  const PacketHead head = head_of(packet);
  Message::Content content;
  content.text.reserve(packet_size(head, packet.data, offset) + 1);
  append_text_packet(content.text, EnginePacketType::message);
  append_packet(content.text, head, packet.data, offset);
  const std::size_t event_bytes = packet_size(head, packet.data, offset) - packet_size(head, {});
  if (packet.type == PacketType::event) {
    content.event_at = content.text.size() - event_bytes;
    if (!offset.empty()) {
      content.offset = offset;
      content.event = packet.data;
    }
  }
  content.attachments = packet.attachments;
  return std::make_shared<const Message>(std::move(content));
}

DeliveryPtr make_delivery(EnvelopePtr envelope, const Handling& handling) {
  std::shared_ptr<const Message> message = make_packet_message(envelope->packet, envelope->offset);
  return std::make_shared<const Delivery>(
      Delivery{std::move(envelope), std::move(message), handling});
}

std::shared_ptr<const Message> make_text_message(std::string text) {
  return std::make_shared<const Message>(Message::Content{.text = std::move(text)});
}

std::shared_ptr<const Message> make_control_message(std::string bytes) {
  return std::make_shared<const Message>(
      Message::Content{.text = std::move(bytes), .is_control = true});
}

}  // namespace pushgate::node
