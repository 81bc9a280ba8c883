#pragma once
// webhook_observer.hpp - what happens on one io thread, put into words for the webhook.

#include <string>

#include "pushgate/node/event_observer.hpp"

namespace pushgate::node {

class Webhook;

class WebhookObserver final : public EventObserver {
 public:
  WebhookObserver(Webhook& webhook, std::string node) : webhook_(webhook), node_(std::move(node)) {}

  bool listens() const noexcept override;
  void on_connect(const SocketFacts& socket) override;
  void on_disconnect(const SocketFacts& socket, std::string_view reason) override;
  void on_join(const SocketFacts& socket, std::string_view room) override;
  void on_leave(const SocketFacts& socket, std::string_view room) override;
  void on_room_occupied(std::string_view nsp, std::string_view room) override;
  void on_room_vacated(std::string_view nsp, std::string_view room) override;
  void on_event(const SocketFacts& socket, std::string_view data, std::size_t attachments) override;

 private:
  Webhook& webhook_;
  std::string node_;
};

}  // namespace pushgate::node
