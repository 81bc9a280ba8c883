#include <fmt/format.h>

#include "pushgate/base/base64.hpp"
#include "pushgate/node/bus/msgpack.hpp"

#include "node/bus/cluster_codec.hpp"
#include "node/bus/message_text.hpp"
#include "node/bus/overloaded.hpp"

namespace pushgate::node {

namespace {

std::string options_json(const BroadcastOptions& options) {
  std::string json;
  append_options(json, options, true);
  return json;
}

std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

ClusterData with_rooms(ClusterType type, const BroadcastOptions& options,
                       const std::vector<std::string>& rooms) {
  std::string list;
  append_strings(list, rooms);
  return {type, fmt::format(R"({{"opts":{},"rooms":{}}})", options_json(options), list), {}, false};
}

ClusterData broadcast_data(const Envelope& envelope, std::string_view request_id) {
  const std::string id =
      request_id.empty() ? std::string{} : fmt::format(R"("requestId":{},)", quoted(request_id));
  return {ClusterType::broadcast,
          fmt::format(R"({{"packet":{{"type":2,"data":{}}},{}"opts":{}}})", envelope.packet.data,
                      id, options_json(envelope.options)),
          envelope.packet.attachments};
}

ClusterData fetch_data(std::string_view request_id, const BroadcastOptions& options) {
  return {ClusterType::fetch_sockets,
          fmt::format(R"({{"opts":{},"requestId":{}}})", options_json(options), quoted(request_id)),
          {}};
}

ClusterData value_data(ClusterType type, std::string_view request_id, const Packet& value) {
  return {type,
          fmt::format(R"({{"requestId":{},"packet":{}}})", quoted(request_id),
                      first_element(value.data)),
          value.attachments};
}

std::string whole_message(const ClusterData& data, ClusterSender sender) {
  const std::string body = data.json.empty() ? std::string{} : R"("data":)" + data.json + ",";
  return fmt::format(R"({{"type":{},{}"uid":{},"nsp":{}}})", static_cast<int>(data.type), body,
                     quoted(sender.uid), quoted(sender.nsp));
}

}  // namespace

ClusterData cluster_signal(ClusterType type) { return {type, {}, {}}; }

ClusterData cluster_broadcast(const Envelope& envelope) {
  ClusterData data = broadcast_data(envelope, {});
  data.ephemeral = false;
  return data;
}

ClusterData cluster_command(const Command& command) {
  return std::visit(
      Overloaded{
          [](const SocketsJoin& join) {
            return with_rooms(ClusterType::sockets_join, join.options, join.rooms);
          },
          [](const SocketsLeave& leave) {
            return with_rooms(ClusterType::sockets_leave, leave.options, leave.rooms);
          },
          [](const SocketsDisconnect& disconnect) {
            std::string json = fmt::format(R"({{"opts":{},"close":{})",
                                           options_json(disconnect.options), disconnect.close);
            if (!disconnect.owner.empty()) {
              json += R"(,"owner":)";
              append_json_string(json, disconnect.owner);
            }
            json += '}';
            return ClusterData{ClusterType::disconnect_sockets, std::move(json), {}, false};
          },
          [](const ServerEvent& event) {
            return ClusterData{ClusterType::server_side_emit,
                               fmt::format(R"({{"packet":{}}})", event.event.data),
                               event.event.attachments};
          },
      },
      command.action);
}

ClusterData cluster_request(std::string_view request_id, const Request& request) {
  return std::visit(
      Overloaded{
          [&](const ListSockets& list) { return fetch_data(request_id, list.options); },
          [&](const ListRooms&) { return fetch_data(request_id, {}); },
          [&](const FetchSockets& fetch) { return fetch_data(request_id, fetch.options); },
          [&](const AskServers& ask) {
            return ClusterData{ClusterType::server_side_emit,
                               fmt::format(R"({{"requestId":{},"packet":{}}})", quoted(request_id),
                                           ask.event.data),
                               ask.event.attachments};
          },
          [&](const BroadcastWithAck& broadcast) {
            return broadcast_data(*broadcast.envelope, request_id);
          },
      },
      request.question);
}

ClusterData cluster_answer(std::string_view request_id, const Request& request,
                           const Answer& answer) {
  if (std::holds_alternative<AskServers>(request.question)) {
    return value_data(ClusterType::server_side_emit_response, request_id,
                      answer.values.empty() ? Packet{} : answer.values.front());  // [] is null
  }
  if (std::holds_alternative<BroadcastWithAck>(request.question)) {
    return {
        ClusterType::broadcast_client_count,
        fmt::format(R"({{"requestId":{},"clientCount":{}}})", quoted(request_id), answer.clients),
        {}};
  }
  std::string sockets;
  append_sockets(sockets, answer.sockets);
  return {ClusterType::fetch_sockets_response,
          fmt::format(R"({{"requestId":{},"sockets":{}}})", quoted(request_id), sockets),
          {}};
}

ClusterData cluster_ack(std::string_view request_id, const Packet& ack) {
  return value_data(ClusterType::broadcast_ack, request_id, ack);
}

std::optional<std::string> encode_sharded(const ClusterData& data, ClusterSender sender) {
  std::string text = whole_message(data, sender);
  if (data.attachments.empty()) return text;
  return msgpack_from_json(text, data.attachments);
}

std::optional<std::string> encode_ephemeral(const ClusterData& data, ClusterSender sender) {
  return msgpack_from_json(whole_message(data, sender), data.attachments);
}

std::optional<StreamFields> encode_stream_entry(const ClusterData& data, ClusterSender sender) {
  StreamFields fields{{"uid", std::string{sender.uid}},
                      {"nsp", std::string{sender.nsp}},
                      {"type", std::to_string(static_cast<int>(data.type))}};
  if (data.json.empty()) return fields;
  if (data.attachments.empty()) {
    fields.emplace_back("data", data.json);
    return fields;
  }
  const auto packed = msgpack_from_json(data.json, data.attachments);
  if (!packed) return std::nullopt;
  fields.emplace_back("data", std::string{});
  append_base64(fields.back().second, *packed);
  return fields;
}

ClusterTails::ClusterTails(ClusterSender sender)
    : json(fmt::format(R"(,"uid":{},"nsp":{}}})", quoted(sender.uid), quoted(sender.nsp))) {
  MsgpackWriter out{msgpack};
  out.string("uid");
  out.string(sender.uid);
  out.string("nsp");
  out.string(sender.nsp);
}

bool ClusterTails::match(std::string_view payload) const noexcept {
  return payload.ends_with(payload.starts_with('{') ? json : msgpack);
}

}  // namespace pushgate::node
