#include "node/events/gopush_events.hpp"

#include <optional>
#include <string>

#include "pushgate/node/json_text.hpp"

#include "node/node_thread.hpp"
#include "node/session/client_socket.hpp"

namespace pushgate::node {

namespace {
constexpr std::string_view kRoomPrefix = "room:";
constexpr std::string_view kHello = R"(["go:push","hello world"])";

/// A string's value, or a number's text: gopush's clients name rooms by either.
std::optional<std::string> text_member(std::string_view object, std::string_view name) {
  const std::optional<std::string_view> value = find_member(object, name);
  if (!value) return std::nullopt;
  if (json_kind(*value) == JsonKind::number) return std::string{*value};
  return decode_json_string(*value);
}

}  // namespace

void GopushEvents::on_connect(ClientSocket& socket) {
  if (socket.nsp() == "/") socket.emit(kHello);
}

EventOutcome GopushEvents::on_event(const ClientEvent& event) {
  if (!is_event(event.packet, "room")) return EventOutcome::passed_on;
  JsonElements arguments = arguments_of(event.packet);
  const std::optional<std::string_view> wish = arguments.next();
  if (!wish || json_kind(*wish) != JsonKind::object) return EventOutcome::passed_on;
  const std::optional<std::string> name = text_member(*wish, "room");
  if (!name) return EventOutcome::passed_on;

  ClientSocket& socket = event.socket;
  const std::string room = std::string{kRoomPrefix} + *name;
  if (socket.join_as_client(room) != RoomRefusal::none) {
    socket.thread().metrics().events_refused.add();
    return EventOutcome::handled;
  }
  const std::optional<std::string> told = text_member(*wish, "event");
  const bool is_quiet = find_member(*wish, "noBroadcast") == "true";
  if (!told || is_quiet) return EventOutcome::handled;
  if (socket.may_publish(room) != RoomRefusal::none) {
    socket.thread().metrics().events_refused.add();
    return EventOutcome::handled;
  }
  const std::string_view argument[] = {*wish};
  BroadcastOptions options;
  options.rooms.push_back(room);
  socket.publish(std::move(options), make_event_data(*told, argument),
                 {event.attachments.begin(), event.attachments.end()});
  return EventOutcome::handled;
}

}  // namespace pushgate::node
