#include "node/hub/delivery.hpp"

#include <utility>

#include "pushgate/node/transport/engineio_codec.hpp"
#include "pushgate/runtime/pooled.hpp"
#include "pushgate/websocket/frame_codec.hpp"

namespace pushgate::node {

namespace {

std::shared_ptr<const Message> make_message(Message::Content content) {
  return std::allocate_shared<const Message>(runtime::PoolAllocator<Message>{}, std::move(content));
}

/// A frame whose text, of this length, is to be appended.
Message::Content begin_frame(std::size_t text_bytes) {
  const websocket::EncodedHeader header(websocket::Opcode::text, text_bytes);
  Message::Content content;
  content.frame.reserve(header.view().size() + text_bytes);
  content.frame = header.view();
  content.text_at = content.frame.size();
  return content;
}

}  // namespace

std::shared_ptr<const Message> make_packet_message(const Packet& packet, std::string_view offset) {
  return make_packet_message(head_of(packet), packet.data, packet.attachments, offset);
}

std::shared_ptr<const Message> make_packet_message(const PacketHead& head, std::string_view data,
                                                   std::vector<std::string> attachments,
                                                   std::string_view offset) {
  const std::size_t size = packet_size(head, data, offset);
  Message::Content content = begin_frame(size + 1);
  append_text_packet(content.frame, EnginePacketType::message);
  append_packet(content.frame, head, data, offset);
  if (head.type == PacketType::event) {
    content.event_at = 1 + packet_size(head, {});
    if (!offset.empty()) {
      content.offset = offset;
      content.event = data;
    }
  }
  content.attachments = std::move(attachments);
  return make_message(std::move(content));
}

DeliveryPtr make_delivery(EnvelopePtr envelope, const Handling& handling) {
  std::shared_ptr<const Message> message = make_packet_message(envelope->packet, envelope->offset);
  return std::make_shared<const Delivery>(
      Delivery{std::move(envelope), std::move(message), handling});
}

std::shared_ptr<const Message> make_text_message(std::string_view text) {
  Message::Content content = begin_frame(text.size());
  content.frame += text;
  return make_message(std::move(content));
}

std::shared_ptr<const Message> make_control_message(std::string bytes) {
  return make_message({.frame = std::move(bytes), .is_control = true});
}

}  // namespace pushgate::node
