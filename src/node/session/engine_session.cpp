#include "node/session/engine_session.hpp"

#include <algorithm>
#include <utility>

#include "node/admin_ui/admin_gate.hpp"
#include "node/node_thread.hpp"

namespace pushgate::node {

using runtime::Reactor;

EngineSession::EngineSession(NodeThread& thread, Opening opening)
    : WebSocketRecipient(thread.out(), WireKind::polling),
      thread_(thread),
      sid_(opening.sid),
      version_(opening.version),
      heartbeat_(opening.version, thread.now(), thread.settings().heartbeat),
      origin_(std::move(opening.origin)),
      other_deadline_(thread.now() + thread.settings().config().connect_timeout) {
  thread_.metrics().sessions_opened.add();
  arm_timer();
}

EngineSession::~EngineSession() = default;

// ---- beginnings
// ----------------------------------------------------------------------------

void EngineSession::begin() {
  const config::NodeConfig& config = thread_.settings().config();
  std::string& open = thread_.blank_text();
  append_open_packet(
      open, {sid_, is_polling() && thread_.settings().serves(config::TransportKind::websocket),
             config.ping_interval, config.ping_timeout, config.max_payload});
  send_text(open);
  // Clients of revision 3 do not ask for the main namespace: they are in it.
  if (version_ == EngineVersion::v3) connect(PacketView{.type = PacketType::connect});
}

void EngineSession::open_polling() {
  thread_.metrics().polling_sessions.add(1);
  begin();
}

void EngineSession::open_websocket(net::Socket socket, bool compressed, std::string preface,
                                   std::string_view early) {
  thread_.metrics().websocket_sessions.add(1);
  set_kind(websocket_kind(compressed));
  set_link(thread_.make_link(std::move(socket), compressed, *this));
  send(make_local(make_control_message(std::move(preface))));
  begin();
  link()->start(early);
}

void EngineSession::send_text(std::string_view text) { send(make_local(make_text_message(text))); }

// ---- what comes from the client
// -------------------------------------------------------------

void EngineSession::on_text(std::string_view text) {
  EnginePacket packet;
  // The shortest way for what comes most often.
  if (text.size() > 1 && text.front() == '4') {
    heartbeat_.on_packet(thread_.now(), thread_.settings().heartbeat);
    take_message(text.substr(1));
    return;
  }
  if (!decode_text_packet(version_, text, packet)) {
    close(CloseReason::parse_error);
    return;
  }
  take_engine_packet(packet);
}

void EngineSession::on_binary(std::string_view bytes) {
  heartbeat_.on_packet(thread_.now(), thread_.settings().heartbeat);
  const std::optional<std::string_view> data = decode_binary_packet(version_, bytes);
  if (!data) {
    close(CloseReason::parse_error);
    return;
  }
  take_attachment(std::string{*data});
}

void EngineSession::take_engine_packet(const EnginePacket& packet) {
  const HeartbeatTiming& timing = thread_.settings().heartbeat;
  switch (packet.type) {
    case EnginePacketType::ping:
      act_on(heartbeat_.on_ping(thread_.now(), timing), packet.text);
      return;
    case EnginePacketType::pong:
      act_on(heartbeat_.on_pong(thread_.now(), timing), {});
      return;
    case EnginePacketType::message:
      heartbeat_.on_packet(thread_.now(), timing);
      if (packet.is_binary) {
        take_attachment(packet.bytes);
      } else {
        take_message(packet.text);
      }
      return;
    case EnginePacketType::close:
      close(CloseReason::transport_close);
      return;
    case EnginePacketType::noop:
    case EnginePacketType::upgrade:
      heartbeat_.on_packet(thread_.now(), timing);
      return;
    case EnginePacketType::open:
      close(CloseReason::parse_error);
      return;
  }
}

void EngineSession::act_on(HeartbeatAction action, std::string_view ping_data) {
  switch (action) {
    case HeartbeatAction::none:
      return;
    case HeartbeatAction::send_ping:
      send(thread_.ping_message());
      return;
    case HeartbeatAction::send_pong: {
      std::string& pong = thread_.blank_text();
      append_text_packet(pong, EnginePacketType::pong, ping_data);
      send_text(pong);
      return;
    }
    case HeartbeatAction::time_out:
      thread_.metrics().ping_timeouts.add();
      close(CloseReason::ping_timeout);
      return;
    case HeartbeatAction::bad_direction:
      close(CloseReason::transport_error);
      return;
  }
}

void EngineSession::take_message(std::string_view text) {
  take_packet(assembler_.on_text(text, thread_.settings().packet_limits));
}

void EngineSession::take_attachment(std::string bytes) {
  take_packet(assembler_.on_binary(std::move(bytes), thread_.settings().packet_limits));
}

void EngineSession::take_packet(Assembly assembly) {
  if (closing_) return;
  thread_.metrics().packets_received.add();
  if (assembly.error != PacketError::none) {
    thread_.count_protocol_error(name_of(assembly.error));
    close(CloseReason::parse_error);
    return;
  }
  if (!assembly.is_complete) return;
  const PacketView& packet = assembly.packet;
  if (packet.type == PacketType::connect) {
    connect(packet);
    return;
  }
  ClientSocket* const socket = find_socket(packet.nsp);
  if (socket == nullptr || packet.type == PacketType::connect_error) {
    thread_.count_protocol_error("wrong_namespace");
    close(CloseReason::parse_error);
    return;
  }
  switch (packet.type) {
    case PacketType::event:
      take_event(*socket, assembly);
      return;
    case PacketType::ack:
      thread_.metrics().acks_received.add();
      thread_.take_ack(*socket, assembly.take_packet());
      return;
    case PacketType::disconnect:
      remove_socket(*socket, CloseReason::client_namespace_disconnect);
      return;
    case PacketType::connect:
    case PacketType::connect_error:
      return;
  }
}

void EngineSession::take_event(ClientSocket& socket, const Assembly& assembly) {
  thread_.metrics().events_received.add();
  if (!budget_.take(thread_.now(), thread_.settings().config().event_rate)) {
    refuse_event(socket, assembly.packet);
    return;
  }
  thread_.handle_event({socket, assembly.packet, assembly.attachments});
}

void EngineSession::refuse_event(ClientSocket& socket, const PacketView& packet) {
  thread_.count_event_over_rate();
  if (thread_.settings().config().event_rate.when_exceeded == config::WhenExceeded::close) {
    close(CloseReason::too_many_events);
  } else if (packet.ack_id) {
    socket.refuse(*packet.ack_id, "too_many_events");
  }
}

// ---- namespaces
// ----------------------------------------------------------------------------

ClientSocket* EngineSession::find_socket(std::string_view nsp) const noexcept {
  for (const std::unique_ptr<ClientSocket>& socket : sockets_) {
    if (socket->nsp() == nsp) return socket.get();
  }
  return nullptr;
}

void EngineSession::connect(const PacketView& packet) {
  if (find_socket(packet.nsp) != nullptr || is_restoring(packet.nsp)) {
    // Clients of revision 3 name the main namespace now and then, though they are in it.
    if (version_ == EngineVersion::v3) return;
    thread_.count_protocol_error("connected_twice");
    close(CloseReason::parse_error);
    return;
  }
  // Whoever else may have a namespace of this name: with the admin UI on, it is the UI's.
  const bool is_admin =
      packet.nsp == kAdminNamespace && thread_.settings().config().admin_ui.enabled;
  if ((!is_admin && !thread_.settings().serves_namespace(packet.nsp)) ||
      sockets_.size() + restoring_.size() >= thread_.settings().config().max_namespaces) {
    refuse_connect(packet.nsp, "Invalid namespace");
    return;
  }
  std::string auth{packet.data};
  if (auth.empty() && !packet.query.empty()) auth = query_as_json(packet.query);
  if (is_admin) {
    begin_admin_connect(auth);
    return;
  }
  if (begin_recovery(packet.nsp, auth)) return;
  finish_connect(packet.nsp, std::move(auth));
}

void EngineSession::refuse_connect(std::string_view nsp, std::string_view message) {
  thread_.metrics().connects_refused.add();
  std::string& refusal = thread_.blank_text();
  append_text_packet(refusal, EnginePacketType::message);
  append_connect_error(refusal, {nsp, message, {}});
  send_text(refusal);
}

void EngineSession::finish_connect(std::string_view nsp, std::string auth) {
  const bool is_main_of_v3 = version_ == EngineVersion::v3 && nsp == "/";
  std::unique_ptr<ClientSocket> made =
      make_socket(nsp, is_main_of_v3 ? sid_ : thread_.ids().next_socket_id(), std::move(auth));
  ClientSocket& socket = *made;
  if (recovers()) {
    socket.set_private_id(thread_.ids().next_socket_id().to_string());
    socket.keeping().owner = thread_.ids().next_socket_id().to_string();
    socket.set_started_at(thread_.journal().last());
    thread_.keeper().changed(socket);
  }
  sockets_.push_back(std::move(made));
  send_connect_reply(socket);
  thread_.on_socket_connected(socket);
}

std::unique_ptr<ClientSocket> EngineSession::make_socket(std::string_view nsp, const SessionId& id,
                                                         std::string auth) {
  return std::make_unique<ClientSocket>(thread_, *this, thread_.open_namespace(nsp), id,
                                        std::move(auth));
}

void EngineSession::send_connect_reply(const ClientSocket& socket) {
  const SessionId::Text text = socket.id().text();
  std::string& reply = thread_.blank_text();
  append_text_packet(reply, EnginePacketType::message);
  append_connect_reply(reply, version_,
                       {socket.nsp(), {text.data(), text.size()}, socket.private_id()});
  send_text(reply);
}

void EngineSession::remove_socket(ClientSocket& socket, CloseReason reason) {
  const auto found =
      std::find_if(sockets_.begin(), sockets_.end(),
                   [&socket](const auto& candidate) { return candidate.get() == &socket; });
  if (found == sockets_.end()) return;
  std::unique_ptr<ClientSocket> removed = std::move(*found);
  sockets_.erase(found);
  if (is_recoverable(reason)) {
    thread_.keeper().closed(*removed);
  } else {
    thread_.keeper().left(*removed);
  }
  thread_.on_socket_disconnected(*removed, reason);
  removed->detach();
  list().bury(std::move(removed));
}

void EngineSession::disconnect(ClientSocket& socket, bool whole_connection) {
  if (!whole_connection) {
    say_farewell(socket);
    remove_socket(socket, CloseReason::server_namespace_disconnect);
    return;
  }
  // Without a word about the namespaces the client would take it for a fault, and come back.
  for (const std::unique_ptr<ClientSocket>& other : sockets_) say_farewell(*other);
  while (!sockets_.empty()) {
    remove_socket(*sockets_.back(), CloseReason::server_namespace_disconnect);
  }
  close(CloseReason::forced_server_close);
}

void EngineSession::say_farewell(const ClientSocket& socket) {
  std::string& farewell = thread_.blank_text();
  append_text_packet(farewell, EnginePacketType::message);
  append_disconnect(farewell, socket.nsp());
  send_text(farewell);
}

// ---- sending
// ---------------------------------------------------------------------------------

bool EngineSession::takes_volatile() const noexcept {
  if (closing_) return false;
  return is_polling() ? poll_ != nullptr : WebSocketRecipient::takes_volatile();
}

void EngineSession::flush() {
  if (!is_polling()) {
    WebSocketRecipient::flush();
    return;
  }
  if (poll_ != nullptr && !outbox().empty()) answer_poll(false);
  if (is_slow()) close(CloseReason::slow_consumer);
}

void EngineSession::on_websocket_end(LinkEnd end, std::uint16_t close_code) {
  if (end == LinkEnd::bad_frames) {
    thread_.count_protocol_error("bad_frames");
    close_link(close_code, {});
  } else if (close_code != 0) {
    answer_close(close_code);
  } else {
    drop_link();  // who has gone without a word waits for none
  }
  close(end == LinkEnd::peer_closed ? CloseReason::transport_close : CloseReason::transport_error);
}

// ---- time
// ------------------------------------------------------------------------------------

void EngineSession::arm_timer() {
  const bool awaits_namespace = sockets_.empty() || closing_;
  const TimePoint due =
      awaits_namespace ? std::min(heartbeat_.deadline(), other_deadline_) : heartbeat_.deadline();
  thread_.reactor().arm(*this, closing_ ? other_deadline_ : due);
}

void EngineSession::on_timer(TimePoint now) {
  if (closing_) {
    bury_self();
    return;
  }
  if (sockets_.empty() && now >= other_deadline_) {
    thread_.metrics().connect_timeouts.add();
    close(CloseReason::forced_server_close);
    return;
  }
  const HeartbeatAction action = heartbeat_.on_timer(now, thread_.settings().heartbeat);
  act_on(action, {});
  if (action != HeartbeatAction::time_out) arm_timer();
}

// ---- ends
// ------------------------------------------------------------------------------------

void EngineSession::close(CloseReason reason) {
  if (closing_) return;
  closing_ = true;
  while (!sockets_.empty()) remove_socket(*sockets_.back(), reason);
  if (probe_ != nullptr) {
    probe_->drop();
    list().bury(std::move(probe_));
  }
  if (is_polling()) {
    end_polling(reason);
    return;
  }
  thread_.metrics().websocket_sessions.add(-1);
  std::uint16_t code = websocket::close_code::kNormal;
  if (reason == CloseReason::parse_error) code = websocket::close_code::kProtocolError;
  if (reason == CloseReason::too_many_events) code = websocket::close_code::kPolicyViolation;
  close_link(code, {});
  bury_self();
}

/// The table gives the session away; at the end of the turn it is gone.
void EngineSession::bury_self() { thread_.bury_session(sid_); }

}  // namespace pushgate::node
