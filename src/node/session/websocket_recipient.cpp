#include "node/session/websocket_recipient.hpp"

#include <string>
#include <utility>

#include "node/hub/delivery.hpp"

namespace pushgate::node {

using net::IoResult;
using net::IoStatus;

WebSocketRecipient::~WebSocketRecipient() = default;

void WebSocketRecipient::set_link(std::unique_ptr<WebSocketLink> link) {
  link_ = std::move(link);
  blocked_ = false;
  if (link_ != nullptr && !outbox().empty()) flush_at_turn_end();
}

void WebSocketRecipient::on_ping(std::string_view payload) {
  std::string pong;
  websocket::append_frame(pong, websocket::Opcode::pong, payload);
  send(make_local(make_control_message(std::move(pong)), {.is_volatile = true}));
}

void WebSocketRecipient::on_writable() {
  blocked_ = false;
  if (send_queue()) return;
  on_websocket_end(LinkEnd::failed, 0);
}

void WebSocketRecipient::on_link_end(LinkEnd end, std::uint16_t close_code) {
  on_websocket_end(end, close_code);
}

void WebSocketRecipient::on_slow() {
  slow_ = true;
  flush_at_turn_end();
}

void WebSocketRecipient::flush() {
  if (link_ == nullptr) return;
  if (!blocked_ && !send_queue()) {
    on_websocket_end(LinkEnd::failed, 0);
    return;
  }
  if (slow_) on_queue_full();
}

/// A connection that fails here fails in flush() again.
void WebSocketRecipient::send_early() {
  if (link_ != nullptr && !blocked_) static_cast<void>(send_queue());
}

/// False if the connection has failed.
bool WebSocketRecipient::send_queue() {
  while (!outbox().empty()) {
    const std::string_view bytes =
        list().gather().collect(outbox().entries(), kind(), outbox().sent_of_first());
    const IoResult result = link_->write(bytes);
    list().metrics().writes.add();
    if (result.status == IoStatus::failed) return false;
    if (result.bytes > 0) {
      list().metrics().bytes_sent.add(result.bytes);
      sent(result.bytes);
    }
    if (result.bytes < bytes.size()) {
      blocked_ = true;
      return true;
    }
  }
  return true;
}

void WebSocketRecipient::close_link(std::uint16_t close_code, std::string_view reason) {
  if (link_ == nullptr) return;
  const bool alive = blocked_ || send_queue();
  link_->mute();
  // In the middle of a frame nothing else can be said.
  if (alive && close_code != 0 && outbox().sent_of_first() == 0) {
    std::string frame;
    websocket::append_close(frame, close_code, reason);
    link_->write(frame);
  }
  if (alive) list().lingering().add(link_->take_socket());
  drop_link();
}

void WebSocketRecipient::answer_close(std::uint16_t close_code) {
  if (link_ == nullptr) return;
  if (outbox().sent_of_first() == 0) {
    std::string frame;
    websocket::append_close(frame, close_code);
    link_->write(frame);
  }
  drop_link();
}

void WebSocketRecipient::drop_link() noexcept {
  if (link_ == nullptr) return;
  drop_queue();
  link_->mute();
  list().bury(std::move(link_));
}

}  // namespace pushgate::node
