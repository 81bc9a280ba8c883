#include "node/admin_ui/admin_feed.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <unistd.h>

#include "pushgate/node/json_text.hpp"

#include "node/admin_ui/admin_gate.hpp"
#include "node/api/api_answers.hpp"
#include "node/inquiries.hpp"
#include "node/node_core.hpp"
#include "node/node_thread.hpp"

namespace pushgate::node {

namespace {

constexpr std::chrono::seconds kInterval{2};

AdminCounts count(const NodeCore& core) {
  AdminCounts counts;
  core.metrics().for_each([&counts](const NodeMetrics& metrics) {
    const auto polling = static_cast<std::uint64_t>(metrics.polling_sessions.value());
    counts.opened += metrics.sessions_opened.value();
    counts.live += polling + static_cast<std::uint64_t>(metrics.websocket_sessions.value());
    counts.polling += polling;
    counts.packets_in += metrics.packets_received.value();
    counts.packets_out += metrics.messages_queued.value();
    counts.bytes_in += metrics.bytes_received.value();
    counts.bytes_out += metrics.bytes_sent.value();
  });
  return counts;
}

/// [{"timestamp":...,"type":"packetsIn","count":3},...]: what has happened at all.
std::string aggregated_events(const AdminCounts& now, const AdminCounts& before) {
  const std::uint64_t opened = now.opened - before.opened;
  const std::uint64_t closed = before.live + opened - now.live;
  const std::pair<std::string_view, std::uint64_t> counts[] = {
      {"rawConnection", opened},
      {"rawDisconnection", closed},
      {"packetsIn", now.packets_in - before.packets_in},
      {"packetsOut", now.packets_out - before.packets_out},
      {"bytesIn", now.bytes_in - before.bytes_in},
      {"bytesOut", now.bytes_out - before.bytes_out},
  };
  const std::string timestamp = std::to_string(unix_ms());
  std::string json = "[";
  for (const auto& [type, number] : counts) {
    if (number == 0) continue;
    if (json.size() > 1) json += ',';
    json.append("{\"timestamp\":").append(timestamp).append(",\"type\":\"").append(type);
    json += "\",\"count\":" + std::to_string(number) + "}";
  }
  return json + "]";
}

std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::int64_t uptime_seconds() {
  static const auto since = std::chrono::steady_clock::now();
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - since)
      .count();
}

/// ["server_stats",{...}] but for the namespaces and what closes it.
std::string begin_stats(const NodeCore& core, const AdminCounts& now, const AdminCounts& before) {
  char host[256] = {};
  static_cast<void>(::gethostname(host, sizeof host - 1));
  std::string json = R"(["server_stats",{"serverId":)" + quoted(core.name());
  json += ",\"hostname\":" + quoted(host);
  json += ",\"pid\":" + std::to_string(::getpid());
  json += ",\"uptime\":" + std::to_string(uptime_seconds());
  json += ",\"clientsCount\":" + std::to_string(now.live);
  json += ",\"pollingClientsCount\":" + std::to_string(now.polling);
  json += ",\"aggregatedEvents\":" + aggregated_events(now, before);
  return json + ",\"namespaces\":[";
}

/// Sockets by namespace, of all io threads; the last one publishes.
struct NamespaceCensus {
  explicit NamespaceCensus(std::size_t threads) : left(threads) {}

  void add(NodeThread& thread) {
    const std::lock_guard lock(mutex);
    for (const auto& [name, hub] : thread.namespaces()) sockets[name] += hub->sockets();
    if (--left > 0) return;
    for (const auto& [name, number] : sockets) {
      if (data.back() == '}') data += ',';
      data += "{\"name\":" + quoted(name);
      data += ",\"socketsCount\":" + std::to_string(number) + "}";
    }
    thread.publish(admin_envelope(data + "]}]"));
  }

  std::mutex mutex;
  std::size_t left;
  std::map<std::string, std::size_t> sockets;
  std::string data;
};

std::string_view transport_of(const HubSocket& socket) {
  return socket.recipient().kind() == WireKind::polling ? "polling" : "websocket";
}

}  // namespace

std::string admin_socket(std::string_view nsp, const RemoteSocket& socket,
                         std::string_view transport) {
  std::string json = "{\"id\":" + quoted(socket.id) + ",\"clientId\":" + quoted(socket.id);
  json += ",\"transport\":" + quoted(transport);
  json += ",\"nsp\":" + quoted(nsp);
  json += ",\"data\":" + socket.data + ",\"handshake\":" + socket.handshake + ",\"rooms\":[";
  for (const std::string& room : socket.rooms) {
    if (json.back() != '[') json += ',';
    json += quoted(room);
  }
  return json + "]}";
}

Envelope admin_envelope(std::string data) {
  Envelope envelope;
  envelope.packet.nsp = kAdminNamespace;
  envelope.packet.data = std::move(data);
  return envelope;
}

bool shows_sockets(NodeThread& thread) {
  std::int64_t sockets = 0;
  thread.core().metrics().for_each(
      [&sockets](const NodeMetrics& metrics) { sockets += metrics.sockets.value(); });
  return sockets <= static_cast<std::int64_t>(AdminFeed::kMaxDetailed);
}

AdminFeed::AdminFeed(NodeThread& thread, bool development)
    : thread_(thread), development_(development) {}

AdminFeed::~AdminFeed() = default;

void AdminFeed::start() {
  if (thread_.index() == 0) thread_.reactor().arm(*this, thread_.now() + kInterval);
}

void AdminFeed::on_timer(TimePoint now) {
  thread_.reactor().arm(*this, now + kInterval);
  NodeCore& core = thread_.core();
  const AdminCounts counts = count(core);
  const auto census = std::make_shared<NamespaceCensus>(core.threads());
  census->data = begin_stats(core, counts, last_);
  last_ = counts;
  core.on_every_thread([census](NodeThread& thread) { census->add(thread); });
}

// ---- one by one
// ------------------------------------------------------------------------------------

bool AdminFeed::tells(const SocketFacts& socket) const {
  return development_ && socket.nsp != kAdminNamespace && shows_sockets(thread_);
}

void AdminFeed::tell(std::string data) {
  waiting_.push_back(std::move(data));
  if (waiting_.size() > 1) return;
  // A reload may replace this object before the post runs, so it goes by way of the thread.
  thread_.io().post([&thread = thread_] {
    AdminFeed* const feed = thread.admin_feed();
    if (feed == nullptr) return;
    for (std::string& waiting : std::exchange(feed->waiting_, {})) {
      thread.publish(admin_envelope(std::move(waiting)));
    }
  });
}

void AdminFeed::on_connect(const SocketFacts& socket) {
  if (!tells(socket)) return;
  const NamespaceHub* const hub = thread_.find_namespace(socket.nsp);
  const std::optional<SessionId> id = SessionId::parse(socket.id);
  const HubSocket* const found = hub == nullptr || !id ? nullptr : hub->find(*id);
  if (found == nullptr) return;
  const RemoteSocket described = describe_socket(*found, thread_.core().name());
  tell(R"(["socket_connected",)" + admin_socket(socket.nsp, described, transport_of(*found)) +
       ",\"" + rfc3339(unix_ms()) + "\"]");
}

void AdminFeed::on_disconnect(const SocketFacts& socket, std::string_view reason) {
  if (!tells(socket)) return;
  tell(R"(["socket_disconnected",)" + quoted(socket.nsp) + "," + quoted(socket.id) + "," +
       quoted(reason) + ",\"" + rfc3339(unix_ms()) + "\"]");
}

void AdminFeed::on_join(const SocketFacts& socket, std::string_view room) {
  if (!tells(socket)) return;
  tell(R"(["room_joined",)" + quoted(socket.nsp) + "," + quoted(room) + "," + quoted(socket.id) +
       ",\"" + rfc3339(unix_ms()) + "\"]");
}

void AdminFeed::on_leave(const SocketFacts& socket, std::string_view room) {
  if (!tells(socket)) return;
  tell(R"(["room_left",)" + quoted(socket.nsp) + "," + quoted(room) + "," + quoted(socket.id) +
       ",\"" + rfc3339(unix_ms()) + "\"]");
}

void AdminFeed::on_event(const SocketFacts& socket, std::string_view data,
                         std::size_t attachments) {
  // The binaries themselves are not shown, and a placeholder without its binary is no packet.
  if (!tells(socket) || attachments > 0) return;
  tell(R"(["event_received",)" + quoted(socket.nsp) + "," + quoted(socket.id) + "," +
       std::string{data} + ",\"" + rfc3339(unix_ms()) + "\"]");
}

}  // namespace pushgate::node
