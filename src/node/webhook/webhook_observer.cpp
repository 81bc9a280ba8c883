#include "node/webhook/webhook_observer.hpp"

#include "node/node_thread.hpp"
#include "node/webhook/webhook.hpp"
#include "node/webhook/webhook_event.hpp"

namespace pushgate::node {

using config::WebhookEvent;

bool WebhookObserver::listens() const noexcept { return webhook_.wants_any(); }

void WebhookObserver::on_connect(const SocketFacts& socket) {
  if (!webhook_.wants(WebhookEvent::connect)) return;
  webhook_.tell(webhook_socket_event(WebhookEvent::connect, unix_ms(), socket));
}

void WebhookObserver::on_disconnect(const SocketFacts& socket, std::string_view reason) {
  if (!webhook_.wants(WebhookEvent::disconnect)) return;
  webhook_.tell(webhook_socket_event(WebhookEvent::disconnect, unix_ms(), socket,
                                     webhook_member("reason", reason)));
}

void WebhookObserver::on_join(const SocketFacts& socket, std::string_view room) {
  if (!webhook_.wants(WebhookEvent::join)) return;
  webhook_.tell(
      webhook_socket_event(WebhookEvent::join, unix_ms(), socket, webhook_member("room", room)));
}

void WebhookObserver::on_leave(const SocketFacts& socket, std::string_view room) {
  if (!webhook_.wants(WebhookEvent::leave)) return;
  webhook_.tell(
      webhook_socket_event(WebhookEvent::leave, unix_ms(), socket, webhook_member("room", room)));
}

void WebhookObserver::on_room_occupied(std::string_view nsp, std::string_view room) {
  // Counted even if nobody wants to hear it now: a reload may change that.
  if (!webhook_.occupy(node_, nsp, room) || !webhook_.wants(WebhookEvent::room_occupied)) return;
  webhook_.tell(webhook_room_event(WebhookEvent::room_occupied, unix_ms(), node_, nsp, room));
}

void WebhookObserver::on_room_vacated(std::string_view nsp, std::string_view room) {
  if (!webhook_.vacate(node_, nsp, room) || !webhook_.wants(WebhookEvent::room_vacated)) return;
  webhook_.tell(webhook_room_event(WebhookEvent::room_vacated, unix_ms(), node_, nsp, room));
}

void WebhookObserver::on_event(const SocketFacts& socket, std::string_view data,
                               std::size_t attachments) {
  if (!webhook_.wants(WebhookEvent::event)) return;
  std::string more = ",\"attachments\":" + std::to_string(attachments);
  more.append(",\"data\":").append(data);
  webhook_.tell(webhook_socket_event(WebhookEvent::event, unix_ms(), socket, more));
}

}  // namespace pushgate::node
