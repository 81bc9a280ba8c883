#include "node/admin_ui/admin_events.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pushgate/node/json_text.hpp"

#include "node/admin_ui/admin_feed.hpp"
#include "node/admin_ui/admin_gate.hpp"
#include "node/node_core.hpp"
#include "node/node_thread.hpp"
#include "node/session/client_socket.hpp"

namespace pushgate::node {

namespace {

std::string text_or_empty(std::optional<std::string_view> value) {
  return value ? decode_json_string(*value).value_or("") : std::string{};
}

/// A room or a socket's id; everybody, if it is no text.
BroadcastOptions filter_of(std::optional<std::string_view> value) {
  BroadcastOptions options;
  std::string filter = text_or_empty(value);
  if (!filter.empty()) options.rooms.push_back(std::move(filter));
  return options;
}

void run_emit(const ClientEvent& event, JsonElements arguments) {
  Envelope envelope;
  envelope.packet.nsp = text_or_empty(arguments.next());
  envelope.options = filter_of(arguments.next());
  const std::string_view rest = arguments.rest();
  const std::optional<std::string_view> name = arguments.next();
  if (!name || json_kind(*name) != JsonKind::string || envelope.packet.nsp.empty()) return;
  envelope.packet.data = std::string{"["}.append(rest).append("]");
  envelope.packet.attachments.assign(event.attachments.begin(), event.attachments.end());
  event.socket.thread().publish(std::move(envelope));
}

void run_membership(NodeThread& thread, JsonElements arguments, bool is_join) {
  std::string nsp = text_or_empty(arguments.next());
  std::string room = text_or_empty(arguments.next());
  BroadcastOptions options = filter_of(arguments.next());
  if (nsp.empty() || check_room_name(room) != RoomRefusal::none) return;
  CommandAction action;
  if (is_join) {
    action = SocketsJoin{std::move(options), {std::move(room)}};
  } else {
    action = SocketsLeave{std::move(options), {std::move(room)}};
  }
  thread.core().command({std::move(nsp), std::move(action)}, thread.index());
}

void run_disconnect(NodeThread& thread, JsonElements arguments) {
  std::string nsp = text_or_empty(arguments.next());
  const bool close = arguments.next() == "true";
  BroadcastOptions options = filter_of(arguments.next());
  if (nsp.empty()) return;
  // Later: one of those who are meant may be the one who asks.
  thread.core().command({std::move(nsp), SocketsDisconnect{std::move(options), close}},
                        NodeCore::kNoThread);
}

std::string config_event(const config::AdminUiConfig& config, bool one_by_one) {
  std::string json = R"(["config",{"supportedFeatures":[)";
  if (!config.read_only) {
    json += R"("EMIT","JOIN","LEAVE","DISCONNECT","MJOIN","MLEAVE","MDISCONNECT",)";
  }
  json += one_by_one ? R"("ALL_EVENTS")" : R"("AGGREGATED_EVENTS")";
  return json + "]}]";
}

/// Sockets of one namespace after the other: the UI forgets what it was shown before.
struct AllSockets {
  AllSockets(NodeCore& node, std::string id, std::size_t namespaces)
      : core(node), admin(std::move(id)), left(namespaces) {}

  void add(const std::string& nsp, const Answers& answers) {
    const std::lock_guard lock(mutex);
    for (const RemoteSocket& socket : answers.all.sockets) {
      if (data.back() != '[') data += ',';
      data += admin_socket(nsp, socket, "websocket");
    }
    if (--left > 0) return;
    Envelope envelope = admin_envelope(data + "]]");
    envelope.options.rooms.push_back(admin);
    core.publish(std::move(envelope), NodeCore::kNoThread);
  }

  NodeCore& core;
  const std::string admin;
  std::mutex mutex;
  std::size_t left;
  std::string data = R"(["all_sockets",[)";
};

/// The sockets of the namespaces that have clients here, those of other nodes included.
void send_all_sockets(ClientSocket& admin) {
  NodeThread& thread = admin.thread();
  std::vector<std::string> names{thread.settings().config().namespaces};
  std::erase(names, "*");
  for (const auto& [name, hub] : thread.namespaces()) {
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (!known && name != kAdminNamespace) names.push_back(name);
  }
  const auto all =
      std::make_shared<AllSockets>(thread.core(), admin.id().to_string(), names.size());
  for (const std::string& name : names) {
    thread.core().ask({name, FetchSockets{}}, {},
                      [all, name](const Answers& answers) { all->add(name, answers); });
  }
}

}  // namespace

void AdminEvents::on_connect(ClientSocket& socket) {
  if (socket.nsp() != kAdminNamespace) return;
  const bool one_by_one = config_.development && shows_sockets(socket.thread());
  socket.emit(config_event(config_, one_by_one));
  if (one_by_one) send_all_sockets(socket);
}

EventOutcome AdminEvents::on_event(const ClientEvent& event) {
  if (event.socket.nsp() != kAdminNamespace) return EventOutcome::passed_on;
  // No other handler is asked here: admins are no members of anything.
  if (config_.read_only) return EventOutcome::handled;
  NodeThread& thread = event.socket.thread();
  const JsonElements arguments = arguments_of(event.packet);
  if (is_event(event.packet, "emit")) {
    run_emit(event, arguments);
  } else if (is_event(event.packet, "join") || is_event(event.packet, "leave")) {
    run_membership(thread, arguments, is_event(event.packet, "join"));
  } else if (is_event(event.packet, "_disconnect")) {
    run_disconnect(thread, arguments);
  }
  return EventOutcome::handled;
}

}  // namespace pushgate::node
