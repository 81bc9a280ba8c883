#include <fmt/format.h>

#include "pushgate/base/base64.hpp"
#include "pushgate/node/bus/msgpack.hpp"

#include "node/bus/cluster_codec.hpp"
#include "node/bus/message_text.hpp"

namespace pushgate::node {

namespace {

/// Every member that the data of any message has.
struct Members {
  std::string request_id;
  BroadcastOptions options;
  std::string_view packet;
  std::vector<std::string> rooms;
  std::string_view sockets;
  std::size_t clients = 0;
  bool close = false;
  std::string owner;
};

Members read_members(std::string_view object) {
  Members found;
  if (json_kind(object) != JsonKind::object) return found;
  JsonMembers members{object};
  while (const auto member = members.next()) {
    const auto named = [&](std::string_view name) {
      return json_string_equals(member->name, name);
    };
    if (named("requestId")) found.request_id = parse_text(member->value);
    if (named("opts")) found.options = parse_options(member->value);
    if (named("packet")) found.packet = member->value;
    if (named("rooms")) found.rooms = parse_strings(member->value);
    if (named("sockets")) found.sockets = member->value;
    if (named("close")) found.close = member->value == "true";
    if (named("owner")) found.owner = parse_text(member->value);
    if (named("clientCount")) {
      found.clients = static_cast<std::size_t>(parse_count(member->value).value_or(0));
    }
  }
  return found;
}

/// The data of one message, on its way to become the message's content.
class Content {
 public:
  Content(ClusterMessage& message, std::string_view data, std::vector<std::string> attachments)
      : message_(message), members_(read_members(data)), attachments_(std::move(attachments)) {
    message_.request_id = members_.request_id;
  }

  bool read() {
    switch (message_.type) {
      case ClusterType::initial_heartbeat:
      case ClusterType::heartbeat:
      case ClusterType::adapter_close:
        return true;
      case ClusterType::broadcast:
        return broadcast();
      case ClusterType::sockets_join:
        return command(SocketsJoin{std::move(members_.options), std::move(members_.rooms)});
      case ClusterType::sockets_leave:
        return command(SocketsLeave{std::move(members_.options), std::move(members_.rooms)});
      case ClusterType::disconnect_sockets:
        return command(SocketsDisconnect{std::move(members_.options), members_.close,
                                         std::move(members_.owner)});
      case ClusterType::fetch_sockets:
        return request(FetchSockets{std::move(members_.options)});
      case ClusterType::server_side_emit:
        return server_event();
      case ClusterType::fetch_sockets_response:
      case ClusterType::server_side_emit_response:
      case ClusterType::broadcast_client_count:
      case ClusterType::broadcast_ack:
        return answer();
    }
    return false;
  }

 private:
  bool broadcast() {
    auto packet = parse_packet(members_.packet, std::move(attachments_), message_.nsp);
    if (!packet) return false;
    Envelope envelope{std::move(*packet), std::move(members_.options), message_.uid, {}};
    if (message_.request_id.empty()) {
      message_.content = std::move(envelope);
      return true;
    }
    return request(BroadcastWithAck{std::make_shared<const Envelope>(std::move(envelope))});
  }

  bool command(CommandAction action) {
    message_.content = Command{message_.nsp, std::move(action)};
    return true;
  }

  bool request(Question question) {
    if (message_.request_id.empty()) return false;
    message_.content = Request{message_.nsp, std::move(question)};
    return true;
  }

  bool server_event() {
    if (json_kind(members_.packet) != JsonKind::array) return false;
    Packet event;
    event.nsp = message_.nsp;
    event.data = members_.packet;
    event.attachments = std::move(attachments_);
    if (message_.request_id.empty()) return command(ServerEvent{std::move(event)});
    return request(AskServers{std::move(event)});
  }

  bool answer() {
    if (message_.request_id.empty()) return false;
    Answer answer;
    answer.clients = members_.clients;
    if (message_.type == ClusterType::fetch_sockets_response) {
      answer.sockets = parse_sockets(members_.sockets);
    } else if (message_.type != ClusterType::broadcast_client_count) {
      Packet value;
      value.type = PacketType::ack;
      value.nsp = message_.nsp;
      value.data = fmt::format("[{}]", members_.packet.empty() ? "null" : members_.packet);
      value.attachments = std::move(attachments_);
      answer.values.push_back(std::move(value));
    }
    message_.content = std::move(answer);
    return true;
  }

  ClusterMessage& message_;
  Members members_;
  std::vector<std::string> attachments_;
};

bool set_type(ClusterMessage& message, std::optional<std::uint64_t> type) {
  if (!type || *type < 1 || *type > static_cast<unsigned>(ClusterType::adapter_close)) return false;
  message.type = static_cast<ClusterType>(*type);
  return true;
}

std::optional<MessageText> read_stream_data(std::string_view data) {
  if (data.empty() || data.starts_with('{')) {
    if (!data.empty() && check_json(data) != JsonError::none) return std::nullopt;
    return MessageText{std::string{data}, {}};
  }
  std::string packed;
  if (!append_base64_decoded(packed, data)) return std::nullopt;
  return read_message(packed);
}

}  // namespace

std::optional<ClusterMessage> decode_cluster_message(std::string_view payload) {
  std::optional<MessageText> text = read_message(payload);
  if (!text) return std::nullopt;
  ClusterMessage message;
  std::optional<std::uint64_t> type;
  std::string_view data;
  JsonMembers members{text->json};
  while (const auto member = members.next()) {
    const auto named = [&](std::string_view name) {
      return json_string_equals(member->name, name);
    };
    if (named("type")) type = parse_count(member->value);
    if (named("data")) data = member->value;
    if (named("uid")) message.uid = parse_text(member->value);
    if (named("nsp")) message.nsp = parse_text(member->value);
  }
  if (!set_type(message, type) || message.nsp.empty()) return std::nullopt;
  if (!Content{message, data, std::move(text->attachments)}.read()) return std::nullopt;
  return message;
}

std::optional<ClusterMessage> decode_stream_entry(std::span<const std::string> fields) {
  ClusterMessage message;
  std::string_view type;
  std::string_view data;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    if (fields[i] == "uid") message.uid = fields[i + 1];
    if (fields[i] == "nsp") message.nsp = fields[i + 1];
    if (fields[i] == "type") type = fields[i + 1];
    if (fields[i] == "data") data = fields[i + 1];
  }
  const bool numeric = !type.empty() && type.size() <= 2 &&
                       type.find_first_not_of("0123456789") == std::string_view::npos;
  if (!numeric || !set_type(message, parse_count(type)) || message.nsp.empty()) return std::nullopt;
  std::optional<MessageText> text = read_stream_data(data);
  if (!text) return std::nullopt;
  if (!Content{message, text->json, std::move(text->attachments)}.read()) return std::nullopt;
  return message;
}

}  // namespace pushgate::node
