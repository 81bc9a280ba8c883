#pragma once
// event_stream.hpp - a read-only feed of rooms: server-sent events.

#include <memory>
#include <string>
#include <vector>

#include "node/hub/recipient.hpp"
#include "node/session/stream_client.hpp"

namespace pushgate::node {

/// The answer to its GET never ends. Whatever the client sends after the request ends it.
class EventStream final : public StreamClient,
                          public Recipient,
                          private runtime::EventSink,
                          private runtime::TimerNode {
 public:
  EventStream(NodeThread& thread, std::unique_ptr<ClientOrigin> origin);
  ~EventStream() override;

  /// `head` is the head of the answer. `since`: see enter_rooms; empty: from now on.
  void open(net::Socket socket, std::string head, const std::vector<std::string>& rooms,
            const std::string& since);
  void close() override { end(); }

 private:
  void flush() override;
  void send_early() override;
  bool send_queue();
  bool takes_volatile() const noexcept override { return !blocked_; }
  void on_slow() override;
  void on_ready(runtime::Channel& channel) override;
  void on_timer(TimePoint now) override;
  void end();

  NodeThread& thread_;
  std::unique_ptr<ClientOrigin> origin_;
  net::Socket socket_;
  std::unique_ptr<StreamSocket> place_;
  bool blocked_ = false;
  bool slow_ = false;
};

}  // namespace pushgate::node
