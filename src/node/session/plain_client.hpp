#pragma once
// plain_client.hpp - a WebSocket without any protocol inside: what it sends goes to its rooms.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "node/session/event_budget.hpp"
#include "node/session/stream_client.hpp"
#include "node/session/websocket_recipient.hpp"

namespace pushgate::node {

/// A text or binary message that it sends is published to its rooms as the event `message` with
/// that one argument; it does not get it back. Pings keep the connection alive, and find out
/// whether it still is.
class PlainClient final : public StreamClient,
                          public WebSocketRecipient,
                          private runtime::TimerNode {
 public:
  struct Connection {
    net::Socket socket;
    bool compressed = false;
    std::string preface;  ///< the answer to the handshake
    std::string_view early;
  };

  PlainClient(NodeThread& thread, std::unique_ptr<ClientOrigin> origin);
  ~PlainClient() override;

  /// `since`: see enter_rooms; empty: from now on.
  void open(Connection connection, const std::vector<std::string>& rooms, const std::string& since);
  void close() override;

 private:
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_pong() override { awaits_pong_ = false; }
  void on_websocket_end(LinkEnd end, std::uint16_t close_code) override;
  void on_queue_full() override;
  void on_timer(TimePoint now) override;
  void publish(std::string data, std::vector<std::string> attachments);
  void end(std::uint16_t close_code, std::string_view reason);

  NodeThread& thread_;
  std::unique_ptr<ClientOrigin> origin_;
  std::unique_ptr<StreamSocket> socket_;
  EventBudget budget_;
  bool awaits_pong_ = false;
};

}  // namespace pushgate::node
