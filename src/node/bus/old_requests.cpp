#include "node/bus/old_requests.hpp"

#include <utility>

#include "pushgate/node/json_text.hpp"

#include "node/bus/message_text.hpp"

namespace pushgate::node {

namespace {

struct Members {
  std::string request_id;
  std::optional<std::uint64_t> type;
  std::vector<std::string> rooms;
  std::string socket;
  std::string room;
  bool close = false;
};

Members read_members(std::string_view object) {
  Members found;
  JsonMembers members{object};
  while (const auto member = members.next()) {
    const auto named = [&](std::string_view name) {
      return json_string_equals(member->name, name);
    };
    if (named("requestid")) found.request_id = parse_text(member->value);
    if (named("type")) found.type = parse_count(member->value);
    if (named("rooms")) found.rooms = parse_strings(member->value);
    if (named("sid")) found.socket = parse_text(member->value);
    if (named("room")) found.room = parse_text(member->value);
    if (named("close")) found.close = member->value == "true";
  }
  return found;
}

BroadcastOptions only(std::string socket) {
  BroadcastOptions options;
  options.rooms = {std::move(socket)};
  return options;
}

}  // namespace

bool looks_like_old_request(std::string_view payload) noexcept {
  return payload.starts_with('{') && payload.find(R"("requestid")") != std::string_view::npos;
}

std::optional<OldRequest> decode_old_request(std::string_view payload, std::string_view nsp) {
  if (!payload.starts_with('{') || check_json(payload) != JsonError::none) return std::nullopt;
  Members members = read_members(payload);
  if (members.request_id.empty() || !members.type ||
      *members.type > static_cast<unsigned>(OldType::remote_disconnect)) {
    return std::nullopt;
  }
  OldRequest request;
  request.request_id = std::move(members.request_id);
  request.type = static_cast<OldType>(*members.type);
  request.socket = members.socket;
  const std::string name{nsp};
  BroadcastOptions one = only(std::move(members.socket));
  switch (request.type) {
    case OldType::clients:
      one.rooms = std::move(members.rooms);
      request.content = Request{name, ListSockets{std::move(one)}};
      return request;
    case OldType::all_rooms:
      request.content = Request{name, ListRooms{}};
      return request;
    case OldType::custom:
      return request;
    case OldType::client_rooms:
      request.content = Request{name, FetchSockets{std::move(one)}};
      break;
    case OldType::remote_join:
      request.content = Command{name, SocketsJoin{std::move(one), {members.room}}};
      break;
    case OldType::remote_leave:
      request.content = Command{name, SocketsLeave{std::move(one), {members.room}}};
      break;
    case OldType::remote_disconnect:
      request.content = Command{name, SocketsDisconnect{std::move(one), members.close}};
      break;
  }
  if (request.socket.empty()) return std::nullopt;
  return request;
}

std::string encode_old_answer(const OldRequest& request, const Answer& answer) {
  std::string json = R"({"requestid":)";
  append_json_string(json, request.request_id);
  switch (request.type) {
    case OldType::clients:
      json += R"(,"clients":)";
      append_strings(json, answer.ids);
      break;
    case OldType::client_rooms:
      json += R"(,"rooms":)";
      append_strings(
          json, answer.sockets.empty() ? std::vector<std::string>{} : answer.sockets.front().rooms);
      break;
    case OldType::all_rooms:
      json += R"(,"rooms":)";
      append_strings(json, answer.rooms);
      break;
    case OldType::custom:
      json += R"(,"data":null)";
      break;
    case OldType::remote_join:
    case OldType::remote_leave:
    case OldType::remote_disconnect:
      break;
  }
  return json + '}';
}

}  // namespace pushgate::node
