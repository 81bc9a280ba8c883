#include "node/session/plain_client.hpp"

#include <utility>

#include "node/node_thread.hpp"

namespace pushgate::node {

namespace close_code = websocket::close_code;

namespace {
constexpr std::string_view kBinaryMessage = R"(["message",{"_placeholder":true,"num":0}])";
}  // namespace

PlainClient::PlainClient(NodeThread& thread, std::unique_ptr<ClientOrigin> origin)
    : WebSocketRecipient(thread.out(), WireKind::plain),
      thread_(thread),
      origin_(std::move(origin)) {
  thread_.metrics().plain_clients.add(1);
}

PlainClient::~PlainClient() { thread_.metrics().plain_clients.add(-1); }

void PlainClient::open(Connection connection, const std::vector<std::string>& rooms,
                       const std::string& since) {
  if (connection.compressed) set_kind(WireKind::plain_deflated);
  set_link(thread_.make_link(std::move(connection.socket), connection.compressed, *this));
  socket_ = std::make_unique<StreamSocket>(thread_, *this, *this, *origin_);
  thread_.metrics().sockets.add(1);
  thread_.on_stream_connected(*socket_);
  send(make_local(make_control_message(std::move(connection.preface))));
  enter_rooms(thread_, *socket_, rooms, since);
  thread_.reactor().arm(*this, thread_.now() + thread_.settings().heartbeat.interval);
  link()->start(connection.early);
}

void PlainClient::on_text(std::string_view text) {
  std::string data = R"(["message",)";
  append_json_string(data, text);
  data += ']';
  publish(std::move(data), {});
}

void PlainClient::on_binary(std::string_view bytes) {
  publish(std::string{kBinaryMessage}, {std::string{bytes}});
}

void PlainClient::publish(std::string data, std::vector<std::string> attachments) {
  if (socket_ == nullptr) return;
  thread_.metrics().packets_received.add();
  thread_.metrics().events_received.add();
  const config::EventRateConfig& rate = thread_.settings().config().event_rate;
  if (!budget_.take(thread_.now(), rate)) {
    thread_.count_event_over_rate();
    if (rate.when_exceeded == config::WhenExceeded::close) {
      end(close_code::kPolicyViolation, name_of(CloseReason::too_many_events));
    }
    return;
  }
  Envelope envelope;
  envelope.options.rooms = may_publish_to(*socket_, thread_.settings(), *origin_);
  if (envelope.options.rooms.empty()) {
    thread_.metrics().events_refused.add();
    return;
  }
  envelope.options.except.push_back(socket_->id().to_string());
  envelope.packet.data = std::move(data);
  envelope.packet.attachments = std::move(attachments);
  thread_.publish(std::move(envelope));
}

void PlainClient::on_websocket_end(LinkEnd how, std::uint16_t code) {
  if (how == LinkEnd::bad_frames) {
    thread_.count_protocol_error("bad_frames");
  } else if (code != 0) {
    answer_close(code);
    code = 0;
  }
  end(code, {});
}

void PlainClient::on_queue_full() { end(close_code::kPolicyViolation, "slow consumer"); }

void PlainClient::on_timer(TimePoint now) {
  if (awaits_pong_) {
    thread_.metrics().ping_timeouts.add();
    end(0, {});
    return;
  }
  awaits_pong_ = true;
  std::string ping;
  websocket::append_frame(ping, websocket::Opcode::ping, {});
  send(make_local(make_control_message(std::move(ping))));
  thread_.reactor().arm(*this, now + thread_.settings().heartbeat.interval);
}

void PlainClient::close() { end(close_code::kGoingAway, "server shutting down"); }

/// Code 0: without a close frame.
void PlainClient::end(std::uint16_t code, std::string_view reason) {
  if (socket_ == nullptr) return;
  thread_.metrics().sockets.add(-1);
  thread_.on_stream_disconnected(*socket_, CloseReason::transport_close);
  socket_->detach();
  list().bury(std::move(socket_));
  if (code != 0) {
    close_link(code, reason);
  } else {
    drop_link();
  }
  thread_.bury_client(*this);
}

}  // namespace pushgate::node
