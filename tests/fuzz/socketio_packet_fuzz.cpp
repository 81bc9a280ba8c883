// socketio_packet_fuzz.cpp - any messages, 0x1e between them, to a packet assembler; those that
// begin with "b" are binary. What comes out is sound and survives being written again.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/transport/packet_assembler.hpp"

namespace {

using namespace pushgate::node;

constexpr PacketLimits kLimits{.max_packet_bytes = 4'096};

void require(bool condition) {
  if (!condition) std::abort();
}

PacketView decoded(std::string_view text) {
  PacketView packet;
  require(decode_packet(text, {}, packet) == PacketError::none);
  return packet;
}

void check_arguments(const PacketView& packet) {
  std::vector<std::string_view> arguments;
  for (JsonElements reader = arguments_of(packet); const auto argument = reader.next();) {
    require(check_json(*argument) == JsonError::none);
    arguments.push_back(*argument);
  }
  const std::string again = packet.type == PacketType::event
                                ? make_event_data(event_name(packet), arguments)
                                : make_ack_data(arguments);
  require(check_json(again) == JsonError::none);
}

void check_offset(const Packet& packet) {
  std::string text;
  append_packet(text, head_of(packet), packet.data, "Q7v_ML-");
  JsonElements reader = arguments_of(decoded(text));
  std::string_view last;
  while (const auto argument = reader.next()) last = *argument;
  require(last == "\"Q7v_ML-\"");
}

void check_whole(Assembly& result) {
  require(result.packet.nsp.starts_with('/') && result.packet.nsp.size() <= kMaxNamespaceBytes);
  require(result.attachments.size() == result.packet.attachments);
  const bool has_arguments =
      result.packet.type == PacketType::event || result.packet.type == PacketType::ack;
  if (has_arguments) check_arguments(result.packet);
  const Packet packet = result.take_packet();
  std::string text;
  append_packet(text, head_of(packet), packet.data);
  require(text.size() == packet_size(head_of(packet), packet.data));
  const PacketView again = decoded(text);
  require(again.type == packet.type && again.nsp == packet.nsp && again.ack_id == packet.ack_id);
  require(again.data == packet.data && again.attachments == packet.attachments.size());
  if (packet.type == PacketType::event) check_offset(packet);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  PacketAssembler assembler;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\x1e'), rest.size());
    const std::string message{rest.substr(0, end)};
    rest.remove_prefix(std::min(end + 1, rest.size()));
    Assembly result = message.starts_with('b') ? assembler.on_binary(message.substr(1), kLimits)
                                               : assembler.on_text(message, kLimits);
    if (result.error != PacketError::none) return 0;
    require(result.is_complete != assembler.awaits_attachments());
    if (result.is_complete) check_whole(result);
  }
  return 0;
}
