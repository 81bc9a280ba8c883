#include <fmt/format.h>

#include "pushgate/node/bus/msgpack.hpp"

#include "node/bus/classic_codec.hpp"
#include "node/bus/message_text.hpp"
#include "node/bus/overloaded.hpp"

namespace pushgate::node {

namespace {

/// {"uid":"...","requestId":"...","type":n  (without the closing brace)
std::string begin_request(std::string_view uid, std::string_view request_id, ClassicType type) {
  std::string json = R"({"uid":)";
  append_json_string(json, uid);
  if (!request_id.empty()) {
    json += R"(,"requestId":)";
    append_json_string(json, request_id);
  }
  fmt::format_to(std::back_inserter(json), R"(,"type":{})", static_cast<int>(type));
  return json;
}

void add_options(std::string& json, const BroadcastOptions& options, bool with_flags = false) {
  json += R"(,"opts":)";
  append_options(json, options, with_flags);
}

std::string command_with_rooms(std::string_view uid, ClassicType type,
                               const BroadcastOptions& options,
                               const std::vector<std::string>& rooms) {
  std::string json = begin_request(uid, {}, type);
  add_options(json, options);
  json += R"(,"rooms":)";
  append_strings(json, rooms);
  return json + '}';
}

std::string with_event(std::string json, const Packet& event) {
  json += R"(,"data":)";
  json += with_inline_buffers(event.data, event.attachments);
  return json + '}';
}

/// Every member that any request has; which of them count depends on the type.
struct Members {
  std::string uid;
  std::string request_id;
  std::optional<std::uint64_t> type;
  std::string_view options;
  std::vector<std::string> rooms;
  std::string_view data;
  std::string_view packet;
  std::string socket;
  std::string room;
  bool close = false;
  std::string owner;
};

Members read_members(std::string_view object) {
  Members found;
  JsonMembers members{object};
  while (const auto member = members.next()) {
    const auto named = [&](std::string_view name) {
      return json_string_equals(member->name, name);
    };
    if (named("uid")) found.uid = parse_text(member->value);
    if (named("requestId")) found.request_id = parse_text(member->value);
    if (named("type")) found.type = parse_count(member->value);
    if (named("opts")) found.options = member->value;
    if (named("rooms")) found.rooms = parse_strings(member->value);
    if (named("data")) found.data = member->value;
    if (named("packet")) found.packet = member->value;
    if (named("sid")) found.socket = parse_text(member->value);
    if (named("room")) found.room = parse_text(member->value);
    if (named("close")) found.close = member->value == "true";
    if (named("owner")) found.owner = parse_text(member->value);
  }
  return found;
}

/// Join, leave and disconnect, of the sockets that options name or of one by its id.
std::optional<CommandAction> read_command(const Members& members, ClassicType type) {
  BroadcastOptions options = parse_options(members.options);
  std::vector<std::string> rooms = members.rooms;
  if (members.options.empty()) {
    if (members.socket.empty()) return std::nullopt;
    options.rooms = {members.socket};
    rooms = {members.room};
  }
  if (type == ClassicType::remote_join) return SocketsJoin{std::move(options), std::move(rooms)};
  if (type == ClassicType::remote_leave) return SocketsLeave{std::move(options), std::move(rooms)};
  return SocketsDisconnect{std::move(options), members.close, members.owner};
}

std::optional<Question> read_question(const Members& members, ClassicType type,
                                      std::vector<std::string> attachments, std::string_view nsp) {
  switch (type) {
    case ClassicType::sockets: {
      BroadcastOptions options;
      options.rooms = members.rooms;
      return ListSockets{std::move(options)};
    }
    case ClassicType::all_rooms:
      return ListRooms{};
    case ClassicType::remote_fetch:
      return FetchSockets{parse_options(members.options)};
    case ClassicType::broadcast: {
      auto packet = parse_packet(members.packet, std::move(attachments), nsp);
      if (!packet) return std::nullopt;
      Envelope envelope{std::move(*packet), parse_options(members.options), members.uid, {}};
      return BroadcastWithAck{std::make_shared<const Envelope>(std::move(envelope))};
    }
    default:
      return std::nullopt;
  }
}

std::optional<Packet> read_server_event(const Members& members,
                                        std::vector<std::string> attachments,
                                        std::string_view nsp) {
  if (json_kind(members.data) != JsonKind::array) return std::nullopt;
  Packet event;
  event.nsp = nsp;
  event.data = members.data;
  event.attachments = std::move(attachments);
  return event;
}

}  // namespace

std::string encode_classic_command(std::string_view uid, const Command& command) {
  return std::visit(
      Overloaded{
          [&](const SocketsJoin& join) {
            return command_with_rooms(uid, ClassicType::remote_join, join.options, join.rooms);
          },
          [&](const SocketsLeave& leave) {
            return command_with_rooms(uid, ClassicType::remote_leave, leave.options, leave.rooms);
          },
          [&](const SocketsDisconnect& disconnect) {
            std::string json = begin_request(uid, {}, ClassicType::remote_disconnect);
            add_options(json, disconnect.options);
            json += disconnect.close ? R"(,"close":true)" : R"(,"close":false)";
            if (!disconnect.owner.empty()) {
              json += R"(,"owner":)";
              append_json_string(json, disconnect.owner);
            }
            return json + '}';
          },
          [&](const ServerEvent& event) {
            return with_event(begin_request(uid, {}, ClassicType::server_side_emit), event.event);
          },
      },
      command.action);
}

std::optional<std::string> encode_classic_request(std::string_view uid, std::string_view request_id,
                                                  const Request& request) {
  const auto begin = [&](ClassicType type) { return begin_request(uid, request_id, type); };
  const auto fetch = [&](const BroadcastOptions& options) {
    std::string json = begin(ClassicType::remote_fetch);
    add_options(json, options);
    return std::optional{json + '}'};
  };
  return std::visit(
      Overloaded{
          [&](const ListSockets& list) {
            if (!list.options.except.empty()) return fetch(list.options);  // 0 knows no exceptions
            std::string json = begin(ClassicType::sockets) + R"(,"rooms":)";
            append_strings(json, list.options.rooms);
            return std::optional{json + '}'};
          },
          [&](const ListRooms&) { return std::optional{begin(ClassicType::all_rooms) + '}'}; },
          [&](const FetchSockets& wanted) { return fetch(wanted.options); },
          [&](const AskServers& ask) {
            return std::optional{with_event(begin(ClassicType::server_side_emit), ask.event)};
          },
          [&](const BroadcastWithAck& broadcast) {
            const Packet& packet = broadcast.envelope->packet;
            std::string json = begin(ClassicType::broadcast);
            fmt::format_to(std::back_inserter(json), R"(,"packet":{{"type":2,"data":{},"nsp":)",
                           packet.data);
            append_json_string(json, packet.nsp);
            json += '}';
            add_options(json, broadcast.envelope->options, true);
            return msgpack_from_json(json + '}', packet.attachments);
          },
      },
      request.question);
}

std::optional<ClassicRequest> decode_classic_request(std::string_view payload,
                                                     std::string_view nsp) {
  std::optional<MessageText> message = read_message(payload);
  if (!message) return std::nullopt;
  const Members members = read_members(message->json);
  if (!members.type || *members.type > static_cast<unsigned>(ClassicType::broadcast)) {
    return std::nullopt;
  }
  ClassicRequest request;
  request.uid = members.uid;
  request.request_id = members.request_id;
  request.type = static_cast<ClassicType>(*members.type);
  const std::string name{nsp};
  if (request.type == ClassicType::server_side_emit) {
    auto event = read_server_event(members, std::move(message->attachments), nsp);
    if (!event) return std::nullopt;
    if (members.request_id.empty()) {
      request.content = Command{name, ServerEvent{std::move(*event)}};
    } else {
      request.content = Request{name, AskServers{std::move(*event)}};
    }
    return request;
  }
  if (request.type >= ClassicType::remote_join && request.type <= ClassicType::remote_disconnect) {
    auto action = read_command(members, request.type);
    if (!action) return std::nullopt;
    if (members.options.empty()) request.legacy_socket = members.socket;
    request.content = Command{name, std::move(*action)};
    return request;
  }
  auto question = read_question(members, request.type, std::move(message->attachments), nsp);
  if (!question || members.request_id.empty()) return std::nullopt;
  request.content = Request{name, std::move(*question)};
  return request;
}

}  // namespace pushgate::node
