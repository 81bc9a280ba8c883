#include "node/events/room_events.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushgate/node/json_text.hpp"

#include "node/node_thread.hpp"
#include "node/session/client_socket.hpp"

namespace pushgate::node {

namespace {

constexpr std::string_view kBadRequest = "bad_request";

/// One name or several; empty if it is neither.
std::vector<std::string> names_of(std::string_view argument) {
  std::vector<std::string> names;
  if (std::optional<std::string> name = decode_json_string(argument)) {
    names.push_back(std::move(*name));
    return names;
  }
  if (json_kind(argument) != JsonKind::array) return names;
  for (JsonElements elements{argument}; const auto element = elements.next();) {
    std::optional<std::string> name = decode_json_string(*element);
    if (!name) return {};
    names.push_back(std::move(*name));
  }
  return names;
}

/// Empty if all is well.
std::string_view join(ClientSocket& socket, const std::vector<std::string>& rooms) {
  for (const std::string& room : rooms) {
    const RoomRefusal refusal = socket.join_as_client(room);
    if (refusal != RoomRefusal::none) return name_of(refusal);
  }
  return rooms.empty() ? kBadRequest : std::string_view{};
}

/// {"room":"a","since":"<offset>"}: joins when the client has got what came after it; `since` null
/// or absent says "nothing", and tells where to begin the next time. Answers for itself, if all is
/// well.
std::string_view join_since(ClientSocket& socket, std::string_view wish,
                            const std::optional<std::uint64_t>& ack_id) {
  const std::optional<std::string_view> room_text = find_member(wish, "room");
  const std::optional<std::string_view> since_text = find_member(wish, "since");
  std::optional<std::string> room = room_text ? decode_json_string(*room_text) : std::nullopt;
  if (!room) return kBadRequest;
  const RoomRefusal refusal = socket.may_join(*room);
  if (refusal != RoomRefusal::none) return name_of(refusal);
  HistoryQuery query;
  query.since = since_text ? decode_json_string(*since_text).value_or("") : "";
  query.rooms = socket.thread().settings().logs_of({*room});
  const bool has_history = !query.rooms.empty();
  // Nobody need wait who wants nothing of the past.
  if (!has_history || query.since.empty()) {
    query.rooms.clear();
    socket.hub().join(socket, *room);
  }
  const bool wants_past = !query.since.empty();
  if (!wants_past) query.since.assign(1, '0');
  socket.thread().replay(socket, std::move(query), [=](HubSocket& replayed, const Missed& missed) {
    if (!ack_id) return;
    std::string_view reason;
    if (missed.miss != StoreMiss::none) reason = name_of(missed.miss);
    if (wants_past && !has_history) reason = "no_history";
    std::string answer = R"([{"ok":true,"recovered":)";
    answer += wants_past && reason.empty() ? "true" : "false";
    if (!reason.empty()) answer.append(R"(,"reason":")").append(reason).append("\"");
    answer.append(R"(,"offset":")").append(missed.offset).append("\"}]");
    static_cast<ClientSocket&>(replayed).acknowledge(*ack_id, answer);
  });
  return {};
}

std::string_view leave(ClientSocket& socket, const std::vector<std::string>& rooms) {
  for (const std::string& room : rooms) {
    if (check_room_name(room) == RoomRefusal::none) socket.leave(room);
  }
  return rooms.empty() ? kBadRequest : std::string_view{};
}

/// Answers for itself, if all is well.
std::string_view publish(const ClientEvent& event, std::string_view wish) {
  if (json_kind(wish) != JsonKind::object) return kBadRequest;
  const std::optional<std::string_view> room_text = find_member(wish, "room");
  const std::optional<std::string_view> name_text = find_member(wish, "event");
  std::optional<std::string> room = room_text ? decode_json_string(*room_text) : std::nullopt;
  const std::optional<std::string> name =
      name_text ? decode_json_string(*name_text) : std::string{"message"};
  if (!room || !name || (name_text && is_reserved_event(*name_text))) return kBadRequest;
  const RoomRefusal refusal = event.socket.may_publish(*room);
  if (refusal != RoomRefusal::none) return name_of(refusal);

  const std::optional<std::string_view> data = find_member(wish, "data");
  std::vector<std::string_view> arguments;
  if (data) arguments.push_back(*data);
  BroadcastOptions options;
  options.rooms.push_back(std::move(*room));
  options.flags.is_volatile = find_member(wish, "volatile") == "true";
  event.socket.publish(std::move(options), make_event_data(*name, arguments),
                       {event.attachments.begin(), event.attachments.end()}, event.packet.ack_id);
  return {};
}

}  // namespace

EventOutcome RoomEvents::on_event(const ClientEvent& event) {
  const bool is_join = is_event(event.packet, "join");
  const bool is_leave = !is_join && is_event(event.packet, "leave");
  if (!is_join && !is_leave && !is_event(event.packet, "publish")) return EventOutcome::passed_on;

  JsonElements arguments = arguments_of(event.packet);
  const std::string_view wish = arguments.next().value_or("");
  std::string_view refusal;
  if (is_join && json_kind(wish) == JsonKind::object) {
    refusal = join_since(event.socket, wish, event.packet.ack_id);
    if (refusal.empty()) return EventOutcome::handled;
  } else if (is_join) {
    refusal = join(event.socket, names_of(wish));
  } else if (is_leave) {
    refusal = leave(event.socket, names_of(wish));
  } else {
    refusal = publish(event, wish);
    if (refusal.empty()) return EventOutcome::handled;
  }
  if (!refusal.empty()) event.socket.thread().metrics().events_refused.add();
  if (!event.packet.ack_id) return EventOutcome::handled;
  if (refusal.empty()) {
    event.socket.accept(*event.packet.ack_id);
  } else {
    event.socket.refuse(*event.packet.ack_id, refusal);
  }
  return EventOutcome::handled;
}

}  // namespace pushgate::node
