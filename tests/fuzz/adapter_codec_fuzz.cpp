// adapter_codec_fuzz.cpp - any bytes as a message between nodes: nothing breaks, and what was
// understood is understood again after we have written it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pushgate/node/json_text.hpp"

#include "node/bus/channels.hpp"
#include "node/bus/classic_codec.hpp"
#include "node/bus/cluster_codec.hpp"
#include "node/bus/old_requests.hpp"

namespace {

using namespace pushgate::node;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_packet(const Packet& packet) {
  require(json_kind(packet.data) == JsonKind::array);
  require(check_json(packet.data) == JsonError::none);
}

void check_broadcast(std::string_view payload) {
  const auto envelope = decode_classic_broadcast(payload);
  if (!envelope) return;
  check_packet(envelope->packet);
  // A map that looks like a placeholder of an attachment that is not there cannot be written.
  const auto written = encode_classic_broadcast(envelope->origin, *envelope);
  if (!written) return;
  require(written->starts_with(classic_broadcast_head(envelope->origin)));
  const auto again = decode_classic_broadcast(*written);
  require(again && again->options == envelope->options);
}

void check_request(std::string_view payload) {
  const auto request = decode_classic_request(payload, "/");
  if (!request) return;
  if (const auto* command = std::get_if<Command>(&request->content)) {
    const auto again = decode_classic_request(encode_classic_command(request->uid, *command), "/");
    require(again && std::holds_alternative<Command>(again->content));
    return;
  }
  const auto& asked = std::get<Request>(request->content);
  const auto written = encode_classic_request(request->uid, request->request_id, asked);
  if (!written) return;
  const auto again = decode_classic_request(*written, "/");
  require(again && again->request_id == request->request_id);
}

void check_old_request(std::string_view payload) {
  const auto request = decode_old_request(payload, "/");
  if (!request) return;
  require(looks_like_old_request(payload) || payload.find("\\u") != std::string_view::npos);
  require(check_json(encode_old_answer(*request, {})) == JsonError::none);
}

void check_answer(std::string_view payload) {
  const auto answer = decode_classic_answer(payload);
  if (!answer) return;
  for (const Packet& value : answer->answer.values) check_packet(value);
  const auto again = decode_classic_answer(encode_classic_answer(
      answer->uid, answer->request_id, ClassicType::remote_fetch, answer->answer));
  require(again && again->request_id == answer->request_id);
  require(again->answer.sockets.size() == answer->answer.sockets.size());
}

void check_cluster(std::string_view payload) {
  const auto message = decode_cluster_message(payload);
  if (!message) return;
  const auto* envelope = std::get_if<Envelope>(&message->content);
  if (envelope == nullptr) return;
  check_packet(envelope->packet);
  const ClusterSender sender{message->uid, message->nsp};
  const auto written = encode_sharded(cluster_broadcast(*envelope), sender);
  if (!written) return;
  require(ClusterTails{sender}.match(*written));
  const auto again = decode_cluster_message(*written);
  // Data that was nested as deeply as it may is too deep once it lies within a message.
  if (again) require(std::holds_alternative<Envelope>(again->content));
}

void check_channel(std::string_view channel) {
  const auto room = room_in_channel(channel, "socket.io#/#");
  if (!room) return;
  const std::string again =
      room->empty() ? namespace_channel("socket.io", "/") : room_channel("socket.io", "/", *room);
  require(again == channel);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  check_broadcast(bytes);
  check_request(bytes);
  check_old_request(bytes);
  check_answer(bytes);
  check_cluster(bytes);
  check_channel(bytes);
  (void)stream_name("s", bytes, 4);
  const std::vector<std::string> fields{"nsp", "/", "type", "3", "data", std::string{bytes}};
  (void)decode_stream_entry(fields);
  return 0;
}
