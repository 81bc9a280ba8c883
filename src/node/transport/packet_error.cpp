#include "pushgate/node/transport/socketio_codec.hpp"

namespace pushgate::node {

std::string_view name_of(PacketError error) noexcept {
  switch (error) {
    case PacketError::none:
      return "none";
    case PacketError::bad_type:
      return "bad_type";
    case PacketError::bad_attachment_count:
      return "bad_attachment_count";
    case PacketError::too_many_attachments:
      return "too_many_attachments";
    case PacketError::bad_namespace:
      return "bad_namespace";
    case PacketError::bad_ack_id:
      return "bad_ack_id";
    case PacketError::bad_json:
      return "bad_json";
    case PacketError::too_deep:
      return "too_deep";
    case PacketError::bad_payload:
      return "bad_payload";
    case PacketError::bad_event_name:
      return "bad_event_name";
    case PacketError::reserved_event:
      return "reserved_event";
    case PacketError::bad_placeholder:
      return "bad_placeholder";
    case PacketError::attachment_expected:
      return "attachment_expected";
    case PacketError::unexpected_binary:
      return "unexpected_binary";
    case PacketError::too_large:
      return "too_large";
  }
  return {};
}

}  // namespace pushgate::node
