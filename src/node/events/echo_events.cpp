#include "node/events/echo_events.hpp"

#include <string>

#include "node/session/client_socket.hpp"

namespace pushgate::node {

void EchoEvents::on_connect(ClientSocket& socket) {
  socket.emit(std::string{R"(["auth",)"}.append(socket.auth()).append("]"));
}

EventOutcome EchoEvents::on_event(const ClientEvent& event) {
  const std::string_view arguments = arguments_of(event.packet).rest();
  if (is_event(event.packet, "message")) {
    std::string data = R"(["message-back")";
    if (!arguments.empty()) data.append(",").append(arguments);
    data += ']';
    event.socket.emit(data, {event.attachments.begin(), event.attachments.end()});
    return EventOutcome::handled;
  }
  if (is_event(event.packet, "message-with-ack") && event.packet.ack_id) {
    event.socket.acknowledge(*event.packet.ack_id, std::string{"["}.append(arguments).append("]"),
                             {event.attachments.begin(), event.attachments.end()});
    return EventOutcome::handled;
  }
  return EventOutcome::passed_on;
}

}  // namespace pushgate::node
