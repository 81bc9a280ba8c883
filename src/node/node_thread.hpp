#pragma once
// node_thread.hpp - what all sessions of one io thread of a node share.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/intrusive/list.hpp>

#include "pushgate/node/bus/messages.hpp"
#include "pushgate/node/node_metrics.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/node/transport/sid.hpp"
#include "pushgate/runtime/io_threads.hpp"
#include "pushgate/runtime/rate_limit.hpp"

#include "node/events/event_handler.hpp"
#include "node/events/observers.hpp"
#include "node/hub/ack_table.hpp"
#include "node/hub/compressor.hpp"
#include "node/hub/delivery_journal.hpp"
#include "node/hub/recipient.hpp"
#include "node/hub/room_hub.hpp"
#include "node/node_snapshot.hpp"
#include "node/presence/presence_tracker.hpp"
#include "node/session/engine_session.hpp"
#include "node/session/session_keeper.hpp"

namespace pushgate::node {

class AdminFeed;
class HttpConnection;
class NodeCore;
class StreamClient;

/// Told on the bus thread whether the log has what it is to keep.
using PublishedDone = std::function<void(ErrorCode error)>;

/// Milliseconds since 1970.
std::int64_t unix_ms() noexcept;

/// Owned by the NodeCore, used on its io thread only (except where said).
class NodeThread final : private HubWatcher {
 public:
  struct Context {
    NodeCore& core;
    runtime::IoThread& io;
    NodeMetrics& metrics;
    runtime::Log& log;
    std::shared_ptr<const NodeSnapshot> snapshot;
    std::span<EventObserverSource* const> observers{};
  };
  explicit NodeThread(const Context& context);
  NodeThread(const NodeThread&) = delete;
  NodeThread& operator=(const NodeThread&) = delete;
  ~NodeThread();

  // ---- connections
  struct Accepted {
    UniqueFd socket;
    Endpoint peer;
    std::string early{};  ///< read already, by the thread that accepted it
  };
  /// Serves a connection that was just accepted, or that another thread hands over.
  void serve(Accepted accepted);
  /// Gives a connection to the thread that has its session.
  void hand_over(std::size_t to, Accepted accepted);
  void use_snapshot(std::shared_ptr<const NodeSnapshot> next);
  /// HTTP connections that wait for a request end; sessions go on.
  void begin_drain();
  /// Every session ends, its client is told why.
  void finish();
  /// There is no place for it: it is told so, and closed. So many at a time are waited for until
  /// they have read it, at most two seconds each, on top of maxConnections; further ones are not.
  static constexpr std::size_t kMostTurnedAway = 32;
  void turn_away(UniqueFd socket);
  /// Everything ends at once.
  void cut();
  bool draining() const noexcept { return draining_; }
  /// Any thread.
  std::uint64_t load() const noexcept;

  // ---- sessions
  EngineSession& open_session(EngineVersion version, std::unique_ptr<ClientOrigin> origin);
  EngineSession* find_session(const SessionId& sid) const noexcept;
  /// It is destroyed at the end of the turn.
  void bury_session(const SessionId& sid);
  /// Plain WebSocket clients and event streams.
  void add_client(std::unique_ptr<StreamClient> client);
  void bury_client(StreamClient& client);
  std::unique_ptr<WebSocketLink> make_link(net::Socket socket, bool compressed,
                                           WebSocketLink::Owner& owner);

  // ---- namespaces and messages
  NamespaceHub& open_namespace(std::string_view name);
  NamespaceHub* find_namespace(std::string_view name) const noexcept;
  const TextMap<std::unique_ptr<NamespaceHub>>& namespaces() const noexcept { return namespaces_; }
  void on_socket_connected(ClientSocket& socket);
  void on_socket_recovered(ClientSocket& socket);
  void on_socket_disconnected(ClientSocket& socket, CloseReason reason);
  void handle_event(const ClientEvent& event);
  /// Plain WebSocket clients and event streams, who have no handlers.
  void on_stream_connected(const HubSocket& socket) { observers_.connected(socket); }
  void on_stream_disconnected(const HubSocket& socket, CloseReason reason) {
    observers_.disconnected(socket, reason);
  }
  void take_ack(ClientSocket& socket, Packet ack);
  /// Of a client of this thread to every node; as NodeCore::publish.
  bool publish(Envelope envelope, PublishedDone done = {});
  void emit_to(ClientSocket& socket, std::string_view data, std::vector<std::string> attachments);
  /// Queues it for those of this thread whom it is for; returns how many those are.
  std::size_t deliver(const DeliveryPtr& delivery);
  /// Joins, leaves or disconnects sockets of this thread.
  void apply(const Command& command);
  /// What the admin UI is shown of this thread; null while it is off.
  AdminFeed* admin_feed() noexcept { return admin_feed_.get(); }
  AckTable& acks() noexcept { return acks_; }

  // ---- what was missed (node_recovery.cpp)
  /// Looks for what a client wants to go on with; the session is told, if it still exists.
  void restore(const SessionId& session, RestoreQuery query, std::string auth);
  /// Keeps what clients may come back for.
  SessionKeeper& keeper() noexcept { return keeper_; }
  /// Called on this thread with the socket and what happened; not at all if it has gone.
  using OnReplayed = std::function<void(HubSocket& socket, const Missed& missed)>;
  /// Sends the history of rooms, lets the socket into them, and goes on with what is new: nothing
  /// in between is missing or comes twice. After a miss: only what is new.
  void replay(const HubSocket& socket, HistoryQuery query, OnReplayed then);
  /// Sends what lies in the mailbox of its user.
  void deliver_mail(const ClientSocket& socket);
  /// A client is here again: whatever still has its socket, here or elsewhere, closes it.
  void send_away(const StoredSession& session);
  /// What a recovered socket has missed, and what was delivered while its session was fetched.
  /// False if it is more than the client's queue may hold; nothing is sent then.
  bool send_missed(HubSocket& socket, const Missed& missed);
  DeliveryJournal& journal() noexcept { return journal_; }
  /// A client is told that it may have missed something.
  void tell_resync(const ClientSocket& socket, std::string_view reason);
  /// All clients are told so; the store, what it may have lost.
  void on_gap(std::string_view reason);

  // ---- tools
  NodeCore& core() noexcept { return core_; }
  const NodeSnapshot& settings() const noexcept { return *snapshot_; }
  FlushList& out() noexcept { return out_; }
  runtime::Reactor& reactor() noexcept { return io_.reactor(); }
  runtime::IoThread& io() noexcept { return io_; }
  TimePoint now() const noexcept { return io_.reactor().now(); }
  std::size_t index() const noexcept { return io_.index(); }
  NodeMetrics& metrics() noexcept { return metrics_; }
  runtime::RateLimitedLog& rare_log() noexcept { return rare_log_; }
  IdGenerator& ids() noexcept { return ids_; }
  MessageRef ping_message() const { return ping_; }
  /// For a text that is copied as soon as it is put together: empty, with memory.
  std::string& blank_text() noexcept {
    text_.clear();
    return text_;
  }
  void count_protocol_error(std::string_view rule);
  void count_event_over_rate();

 private:
  using Connections =
      boost::intrusive::list<HttpConnection, boost::intrusive::constant_time_size<false>>;

  runtime::Task<> run_connection(Accepted accepted);
  void begin_listening(std::string_view nsp);
  void end_listening(std::string_view nsp);
  void on_restored(const SessionId& session, Restored restored, const RestoreQuery& query,
                   std::string auth);
  void on_history(const SessionId& socket, const HistoryQuery& query, const Missed& missed,
                  const OnReplayed& then);
  void on_mail(const SessionId& socket, const std::string& nsp, const std::string& uid,
               std::vector<Mail> mail);
  void send_logged(HubSocket& socket, const Envelope& envelope);
  void use_admin_ui(const config::AdminUiConfig& config);

  void on_room_occupied(const NamespaceHub& hub, const std::string& room) override;
  void on_room_vacated(const NamespaceHub& hub, const std::string& room) override;
  void on_socket_added(const HubSocket& socket) override;
  void on_socket_removed(const HubSocket& socket) override;
  void on_joined(const HubSocket& socket, const std::string& room) override;
  void on_left(const HubSocket& socket, const std::string& room) override;

  NodeCore& core_;
  runtime::IoThread& io_;
  NodeMetrics& metrics_;
  runtime::RateLimitedLog rare_log_;
  std::shared_ptr<const NodeSnapshot> snapshot_;
  std::unique_ptr<Compressor> compressor_;
  websocket::ReaderContext reader_context_;
  FlushList out_;
  DeliveryJournal journal_;
  SessionKeeper keeper_;
  IdGenerator ids_;
  AckTable acks_;
  MessageRef ping_;
  std::string text_;
  std::vector<std::unique_ptr<EventHandler>> handlers_;
  Observers observers_;
  PresenceTracker presence_;
  std::unique_ptr<AdminFeed> admin_feed_;
  TextMap<std::unique_ptr<NamespaceHub>> namespaces_;
  // Sessions hold sockets, and those are in the namespaces: destroyed before them.
  std::unordered_map<SessionId, std::unique_ptr<EngineSession>> sessions_;
  std::unordered_map<StreamClient*, std::unique_ptr<StreamClient>> clients_;
  std::unique_ptr<Connections> connections_;
  bool draining_ = false;
  bool cut_ = false;
};

}  // namespace pushgate::node
