#include "node/session/stream_client.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "pushgate/http/percent.hpp"
#include "pushgate/http/query.hpp"

#include "node/node_thread.hpp"

namespace pushgate::node {

StreamSocket::StreamSocket(NodeThread& thread, StreamClient& client, Recipient& recipient,
                           const ClientOrigin& origin)
    : HubSocket(thread.open_namespace("/"), recipient, thread.ids().next_socket_id()),
      client_(client),
      origin_(origin) {
  if (!origin.uid.empty()) hub().join(*this, user_room(origin.uid));
}

std::string StreamSocket::handshake_json() const {
  return origin_.handshake_without_auth() + ",\"auth\":{}}";
}

void StreamSocket::disconnect(bool) { client_.close(); }

std::vector<std::string> rooms_of_query(std::string_view query, const NodeSnapshot& settings,
                                        const ClientOrigin& origin, std::string_view& problem) {
  std::vector<std::string> rooms;
  for (http::ParameterValues values{query, "room"}; const auto value = values.next();) {
    std::optional<std::string> room = http::percent_decode(*value, http::Plus::space);
    if (!room || check_room_name(*room) != RoomRefusal::none) {
      problem = "a room's name is 1 to 256 bytes of UTF-8, not that of a user or a socket";
      return {};
    }
    if (!access_allows(settings.rule_of(*room).join, origin)) {
      problem = "one of the rooms is not open to this client";
      return {};
    }
    rooms.push_back(std::move(*room));
  }
  if (rooms.empty()) problem = "name at least one room: ?room=lobby";
  if (rooms.size() > settings.config().max_rooms_per_socket) problem = "too many rooms";
  return rooms;
}

void enter_rooms(NodeThread& thread, HubSocket& socket, const std::vector<std::string>& rooms,
                 const std::string& since) {
  HistoryQuery query;
  query.since = since;
  if (!since.empty()) query.rooms = thread.settings().logs_of(rooms);
  for (const std::string& room : rooms) {
    const bool has_history = std::any_of(query.rooms.begin(), query.rooms.end(),
                                         [&room](const RoomLog& log) { return log.room == room; });
    if (!has_history) socket.hub().join(socket, room);
  }
  if (since.empty()) return;
  thread.replay(socket, std::move(query), [](HubSocket& replayed, const Missed& missed) {
    if (missed.miss == StoreMiss::none) return;
    Packet notice;
    notice.data = R"(["history",{"recovered":false,"reason":")" +
                  std::string{name_of(missed.miss)} + R"(","offset":")" + missed.offset + R"("}])";
    replayed.recipient().send(make_local(make_packet_message(notice)));
  });
}

std::vector<std::string> may_publish_to(const HubSocket& socket, const NodeSnapshot& settings,
                                        const ClientOrigin& origin) {
  std::vector<std::string> rooms = socket.rooms();
  std::erase_if(rooms, [&](const std::string& room) {
    return check_room_name(room) != RoomRefusal::none ||
           !access_allows(settings.rule_of(room).publish, origin);
  });
  return rooms;
}

}  // namespace pushgate::node
