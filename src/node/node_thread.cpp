#include "node/node_thread.hpp"

#include <chrono>
#include <utility>

#include <sys/socket.h>

#include "pushgate/http/local_answer.hpp"

#include "node/admin_ui/admin_events.hpp"
#include "node/admin_ui/admin_feed.hpp"
#include "node/node_core.hpp"
#include "node/session/http_connection.hpp"
#include "node/session/stream_client.hpp"

namespace pushgate::node {

namespace {

std::unique_ptr<Compressor> make_compressor(const websocket::DeflateSettings& settings) {
  return settings.enabled ? std::make_unique<Compressor>(settings) : nullptr;
}

}  // namespace

std::int64_t unix_ms() noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

NodeThread::NodeThread(const Context& context)
    : core_(context.core),
      io_(context.io),
      metrics_(context.metrics),
      rare_log_(context.log),
      snapshot_(context.snapshot),
      compressor_(make_compressor(context.snapshot->deflate)),
      reader_context_({context.snapshot->config().max_payload, websocket::Peer::client}),
      out_(context.io.reactor(), context.metrics, compressor_.get()),
      keeper_(*this),
      ids_(context.core.tag(), static_cast<std::uint8_t>(context.io.index())),
      acks_(context.io.reactor()),
      ping_(make_local(make_text_message("2"))),
      observers_(context.core.name(), context.observers),
      presence_(*this),
      connections_(std::make_unique<Connections>()) {
  use_snapshot(context.snapshot);
}

NodeThread::~NodeThread() = default;

void NodeThread::use_snapshot(std::shared_ptr<const NodeSnapshot> next) {
  snapshot_ = std::move(next);
  reader_context_.set_max_message_bytes(settings().config().max_payload);
  out_.set_queue_limit(settings().config().queue.bytes);
  handlers_ = make_event_handlers(settings().config().events);
  use_admin_ui(settings().config().admin_ui);
}

void NodeThread::use_admin_ui(const config::AdminUiConfig& config) {
  observers_.set_admin(nullptr);
  admin_feed_.reset();
  if (!config.enabled) return;
  // First: it lets no other handler see what admins send.
  handlers_.insert(handlers_.begin(), std::make_unique<AdminEvents>(config));
  admin_feed_ = std::make_unique<AdminFeed>(*this, config.development);
  observers_.set_admin(admin_feed_.get());
  // Timers belong to the thread, which may not run yet.
  io_.post([this] {
    if (admin_feed_ != nullptr) admin_feed_->start();
  });
}

// ---- connections
// -----------------------------------------------------------------------------

void NodeThread::serve(Accepted accepted) {
  if (cut_) return;
  metrics_.connections.add();
  io_.tasks().spawn(run_connection(std::move(accepted)));
}

runtime::Task<> NodeThread::run_connection(Accepted accepted) {
  HttpConnection connection(*this, accepted.peer);
  if (!connection.attach(std::move(accepted.socket), accepted.early)) {
    metrics_.accept_errors.add();
    co_return;
  }
  connections_->push_back(connection);
  metrics_.http_connections.add(1);
  co_await connection.run();
  metrics_.http_connections.add(-1);
}

void NodeThread::turn_away(UniqueFd socket) {
  std::string answer;
  http::append_local_answer(answer, {.status = 503,
                                     .rule = "too_many_connections",
                                     .message = "The node has no connections to spare.",
                                     .retry_after_s = 1});
  if (out_.lingering().size() < kMostTurnedAway) {
    Result<net::Socket> attached = net::Socket::attach(reactor(), std::move(socket), nullptr);
    if (!attached) return;
    attached->write(answer);
    out_.lingering().add(std::move(*attached));
    return;
  }
  static_cast<void>(::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
  ::shutdown(socket.get(), SHUT_WR);
  // A request that has come already is taken from the socket: closing it unread would be a reset.
  static_cast<void>(
      ::recv(socket.get(), reactor().scratch(), runtime::Reactor::kScratchBytes, MSG_DONTWAIT));
}

void NodeThread::hand_over(std::size_t to, Accepted accepted) {
  metrics_.connections_handed_over.add();
  NodeThread& there = core_.thread(to);
  there.io_.post(
      [&there, moved = std::move(accepted)]() mutable { there.serve(std::move(moved)); });
}

std::uint64_t NodeThread::load() const noexcept {
  const std::int64_t sum = metrics_.http_connections.value() + metrics_.websocket_sessions.value() +
                           metrics_.plain_clients.value() + metrics_.event_streams.value();
  return static_cast<std::uint64_t>(sum);
}

void NodeThread::begin_drain() {
  draining_ = true;
  // A connection that ends unlinks itself, so step on before waking it.
  for (auto next = connections_->begin(); next != connections_->end();) {
    HttpConnection& connection = *next;
    ++next;
    connection.drain();
  }
}

void NodeThread::finish() {
  begin_drain();
  std::vector<SessionId> sids;
  for (const auto& [sid, session] : sessions_) sids.push_back(sid);
  for (const SessionId& sid : sids) {
    if (EngineSession* const session = find_session(sid)) {
      session->close(CloseReason::server_shutting_down);
    }
  }
  std::vector<StreamClient*> clients;
  for (const auto& [client, owner] : clients_) clients.push_back(client);
  for (StreamClient* const client : clients) client->close();
}

void NodeThread::cut() {
  cut_ = true;
  finish();
  while (!connections_->empty()) {
    HttpConnection& connection = connections_->front();
    connections_->pop_front();
    connection.cut();
  }
  out_.lingering().close_all();
}

// ---- sessions
// --------------------------------------------------------------------------------

EngineSession& NodeThread::open_session(EngineVersion version,
                                        std::unique_ptr<ClientOrigin> origin) {
  const SessionId sid = ids_.next_session_id();
  auto session = std::make_unique<EngineSession>(
      *this, EngineSession::Opening{sid, version, std::move(origin)});
  EngineSession& opened = *session;
  sessions_.emplace(sid, std::move(session));
  return opened;
}

EngineSession* NodeThread::find_session(const SessionId& sid) const noexcept {
  const auto found = sessions_.find(sid);
  return found == sessions_.end() ? nullptr : found->second.get();
}

void NodeThread::bury_session(const SessionId& sid) {
  const auto found = sessions_.find(sid);
  if (found == sessions_.end()) return;
  out_.bury(std::move(found->second));
  sessions_.erase(found);
}

void NodeThread::add_client(std::unique_ptr<StreamClient> client) {
  StreamClient* const key = client.get();
  clients_.emplace(key, std::move(client));
}

void NodeThread::bury_client(StreamClient& client) {
  const auto found = clients_.find(&client);
  if (found == clients_.end()) return;
  out_.bury(std::move(found->second));
  clients_.erase(found);
}

std::unique_ptr<WebSocketLink> NodeThread::make_link(net::Socket socket, bool compressed,
                                                     WebSocketLink::Owner& owner) {
  return std::make_unique<WebSocketLink>(reactor(), std::move(socket), reader_context_, compressed,
                                         metrics_, owner);
}

// ---- namespaces and messages
// -----------------------------------------------------------------

NamespaceHub& NodeThread::open_namespace(std::string_view name) {
  if (NamespaceHub* const known = find_namespace(name)) return *known;
  auto hub = std::make_unique<NamespaceHub>(std::string{name}, static_cast<HubWatcher&>(*this));
  NamespaceHub& opened = *hub;
  namespaces_.emplace(std::string{name}, std::move(hub));
  core_.on_namespace(name);
  return opened;
}

NamespaceHub* NodeThread::find_namespace(std::string_view name) const noexcept {
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : found->second.get();
}

void NodeThread::on_socket_connected(ClientSocket& socket) {
  metrics_.sockets_connected.add();
  metrics_.sockets.add(1);
  observers_.connected(socket);
  for (const std::unique_ptr<EventHandler>& handler : handlers_) {
    handler->on_connect(socket);
    if (socket.is_detached()) return;
  }
  deliver_mail(socket);
}

void NodeThread::on_socket_recovered(ClientSocket& socket) {
  metrics_.sockets_connected.add();
  metrics_.sockets.add(1);
  metrics_.sessions_recovered.add();
  deliver_mail(socket);
}

void NodeThread::on_socket_disconnected(ClientSocket& socket, CloseReason reason) {
  metrics_.sockets.add(-1);
  for (const std::unique_ptr<EventHandler>& handler : handlers_) {
    handler->on_disconnect(socket, reason);
  }
  observers_.disconnected(socket, reason);
}

void NodeThread::handle_event(const ClientEvent& event) {
  observers_.event(event.socket, event.packet.data, event.attachments.size());
  for (const std::unique_ptr<EventHandler>& handler : handlers_) {
    if (handler->on_event(event) == EventOutcome::handled) return;
  }
}

void NodeThread::take_ack(ClientSocket& socket, Packet ack) {
  const std::uint64_t id = ack.ack_id.value_or(0);
  acks_.take(id, socket.id(), std::move(ack));
}

bool NodeThread::publish(Envelope envelope, PublishedDone done) {
  return core_.publish(std::move(envelope), index(), std::move(done));
}

void NodeThread::emit_to(ClientSocket& socket, std::string_view data,
                         std::vector<std::string> attachments) {
  if (socket.private_id().empty()) {
    const PacketHead head{PacketType::event, attachments.size(), socket.nsp()};
    socket.recipient().send(make_local(make_packet_message(head, data, std::move(attachments))));
    return;
  }
  Envelope envelope;
  envelope.packet = {
      PacketType::event, socket.nsp(), {}, std::string{data}, std::move(attachments)};
  envelope.options.rooms.push_back(socket.id().to_string());
  core_.publish_to_session(std::move(envelope), index());
}

std::size_t NodeThread::deliver(const DeliveryPtr& delivery) {
  metrics_.publishes.add();
  const Envelope& envelope = *delivery->envelope;
  std::optional<Offset> place;
  if (!envelope.offset.empty()) place = Offset::parse(envelope.offset);
  if (place) journal_.note(delivery, *place);
  NamespaceHub* const hub = find_namespace(envelope.packet.nsp);
  if (hub == nullptr) return 0;
  const std::size_t recipients =
      hub->deliver(envelope.options, make_local(delivery->message, delivery->handling),
                   place ? &*place : nullptr);
  metrics_.messages_queued.add(recipients);
  return recipients;
}

void NodeThread::apply(const Command& command) {
  NamespaceHub* const hub = find_namespace(command.nsp);
  if (hub == nullptr) return;
  if (const auto* const join = std::get_if<SocketsJoin>(&command.action)) {
    hub->for_each(join->options, [&](HubSocket& socket) {
      for (const std::string& room : join->rooms) hub->join(socket, room);
    });
  } else if (const auto* const leave = std::get_if<SocketsLeave>(&command.action)) {
    hub->for_each(leave->options, [&](HubSocket& socket) {
      for (const std::string& room : leave->rooms) hub->leave(socket, room);
    });
  } else if (const auto* const end = std::get_if<SocketsDisconnect>(&command.action)) {
    hub->for_each(end->options, [&](HubSocket& socket) {
      if (end->owner.empty()) {
        socket.disconnect(end->close);
      } else {
        socket.give_way(end->owner);
      }
    });
  }
}

void NodeThread::count_protocol_error(std::string_view rule) {
  metrics_.protocol_errors.add();
  rare_log_.warn("a client broke the protocol", rule, {{"rule", rule}});
}

// ---- what the rooms tell
// ---------------------------------------------------------------------

void NodeThread::on_room_occupied(const NamespaceHub& hub, const std::string& room) {
  metrics_.rooms.add(1);
  core_.on_room_occupied(hub.name(), room);
  observers_.occupied(hub, room);
}

void NodeThread::on_room_vacated(const NamespaceHub& hub, const std::string& room) {
  metrics_.rooms.add(-1);
  core_.on_room_vacated(hub.name(), room);
  observers_.vacated(hub, room);
}

void NodeThread::on_socket_added(const HubSocket& socket) {
  core_.on_socket_added(socket.hub().name(), socket.id());
}

void NodeThread::on_socket_removed(const HubSocket& socket) {
  core_.on_socket_removed(socket.hub().name(), socket.id());
}

void NodeThread::on_joined(const HubSocket& socket, const std::string& room) {
  observers_.joined(socket, room);
  presence_.joined(socket, room);
}

void NodeThread::on_left(const HubSocket& socket, const std::string& room) {
  observers_.left(socket, room);
  presence_.left(socket, room);
}

}  // namespace pushgate::node
