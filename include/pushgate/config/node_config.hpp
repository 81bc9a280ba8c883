#pragma once
// node_config.hpp - the key "node": what a push node serves, to whom, and within which bounds.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/ip_address.hpp"

namespace pushgate::config {

/// Ways of an Engine.IO session.
enum class TransportKind : std::uint8_t { polling, websocket };

/// What a client's event does; see src/node/events.
enum class EventSet : std::uint8_t { gopush, rooms, echo };

/// What happens when a client does not read as fast as messages come for it, after volatile
/// messages have been left out.
enum class WhenFull : std::uint8_t {
  close,        ///< the connection is closed: it is a slow consumer
  drop_oldest,  ///< what has waited longest is dropped and counted
};

/// The messages that wait for one client.
struct QueueConfig {
  std::uint64_t bytes = 1'048'576;
  WhenFull when_full = WhenFull::close;

  friend bool operator==(const QueueConfig&, const QueueConfig&) = default;
};

/// CORS for polling and the API of browsers; a node without it answers no page of another origin.
struct CorsConfig {
  std::vector<std::string> origins;  ///< globs (base/glob.hpp): "https://*.example.com"; "*" is any
  bool credentials = false;          ///< never with an origin "*"

  friend bool operator==(const CorsConfig&, const CorsConfig&) = default;
};

/// Compression of what is larger than `threshold`.
struct CompressionConfig {
  bool enabled = false;
  std::uint64_t threshold = 1'024;
  unsigned level = 6;  ///< 1 to 9, as zlib has them

  friend bool operator==(const CompressionConfig&, const CompressionConfig&) = default;
};

/// Who may do something with a room.
enum class RoomAccess : std::uint8_t {
  anyone,
  identified,  ///< clients whose uid is known
  server,      ///< nobody by an event of their own: only the API, and other nodes
};

struct HistoryConfig {
  std::uint64_t size = 100;                ///< messages kept for one room
  std::chrono::milliseconds ttl{300'000};  ///< since the last message of the room

  friend bool operator==(const HistoryConfig&, const HistoryConfig&) = default;
};

/// What holds for the rooms whose names match. The first rule that matches counts; the default
/// value holds for rooms that no rule matches, but for `when_full`, which is then the queue's.
struct RoomRule {
  std::string match = "*";               ///< a glob (base/glob.hpp)
  std::optional<HistoryConfig> history;  ///< nullopt: none
  bool presence = false;
  WhenFull when_full = WhenFull::close;  ///< as written, else that of `queue`
  RoomAccess join = RoomAccess::anyone;
  RoomAccess publish = RoomAccess::anyone;

  friend bool operator==(const RoomRule&, const RoomRule&) = default;
};

/// Socket.IO's connection state recovery.
struct RecoveryConfig {
  bool enabled = false;
  std::chrono::milliseconds max_disconnection{120'000};

  friend bool operator==(const RecoveryConfig&, const RecoveryConfig&) = default;
};

/// Messages for users who are not connected.
struct MailboxConfig {
  bool enabled = false;
  std::uint64_t size = 100;  ///< messages for one user; the oldest gives way
  std::chrono::milliseconds ttl{std::chrono::hours{24 * 7}};

  friend bool operator==(const MailboxConfig&, const MailboxConfig&) = default;
};

enum class StoreKind : std::uint8_t { memory, redis };

/// Where histories, sessions to recover and mailboxes lie.
struct StoreConfig {
  StoreKind kind = StoreKind::memory;  ///< as written, else redis if there is a redisAdapter
  std::uint64_t bytes = 268'435'456;   ///< of the memory store; the oldest gives way

  friend bool operator==(const StoreConfig&, const StoreConfig&) = default;
};

struct PresenceConfig {
  /// How long the entries of a node live on after its last sign of life. Renewed each third of it.
  std::chrono::milliseconds lease{10'000};

  friend bool operator==(const PresenceConfig&, const PresenceConfig&) = default;
};

/// The HTTP API: one listener for all nodes of the process.
struct ApiConfig {
  std::optional<Endpoint> address =
      Endpoint{IpAddress::v4({127, 0, 0, 1}), 6005};  ///< nullopt: "off"
  /// One of them is to be shown as a bearer token. Empty only on a loopback or unix listener, where
  /// it means that none is asked for. Redacted wherever the configuration is shown.
  std::vector<std::string> keys;
  std::uint64_t max_body = 1'048'576;

  friend bool operator==(const ApiConfig&, const ApiConfig&) = default;
};

enum class WebhookEvent : std::uint8_t {
  connect,
  disconnect,
  join,
  leave,
  room_occupied,  ///< its first member on this node
  room_vacated,   ///< its last member on this node has left
  event,          ///< a client's own event
};

struct WebhookConfig {
  std::string url;     ///< http:// or https://
  std::string secret;  ///< key of the signature; empty: none. Redacted
  std::vector<WebhookEvent> events{WebhookEvent::connect, WebhookEvent::disconnect};
  unsigned batch_size = 100;                   ///< events in one request
  std::chrono::milliseconds batch_delay{100};  ///< how long an event may wait for others
  std::chrono::milliseconds timeout{5'000};    ///< of one request
  unsigned retries = 5;                        ///< with growing pauses; the batch is lost then
  std::uint64_t queue_bytes = 16'777'216;      ///< events beyond it are dropped and counted

  friend bool operator==(const WebhookConfig&, const WebhookConfig&) = default;
};

/// The namespace "/admin" that Socket.IO's admin UI asks.
struct AdminUiConfig {
  bool enabled = false;
  std::string username;      ///< set if enabled
  std::string password;      ///< a bcrypt hash ("$2b$10$…"); set if enabled. Redacted
  bool read_only = false;    ///< no commands, only figures
  bool development = false;  ///< every socket and event one by one, not only sums

  friend bool operator==(const AdminUiConfig&, const AdminUiConfig&) = default;
};

/// What all nodes of a process have in common. Ports and number of them: `DaemonConfig`.
struct NodeConfig {
  // ---- where
  IpAddress address;                  ///< on which the nodes listen; 0.0.0.0: all of IPv4
  unsigned threads = 1;               ///< io threads of one node
  std::string name;                   ///< a node is called "name:port"; empty: the host's name
  std::uint64_t max_connections = 0;  ///< of one node. 0: computed from the descriptor limit

  // ---- who
  /// Whose uid and product headers (`identity.uidHeader`, `identity.productHeader`) are believed,
  /// and whose X-Forwarded-For, beside that of `trustedProxies`.
  CidrSet trusted_agents = loopback();
  std::vector<std::string> trusted_agents_text{"127.0.0.0/8", "::1"};
  std::optional<CorsConfig> cors;

  // ---- Engine.IO and Socket.IO
  std::string path = "/socket.io/";          ///< begins and ends with a slash
  std::vector<std::string> namespaces{"/"};  ///< "*": any name
  std::vector<TransportKind> transports{TransportKind::polling, TransportKind::websocket};
  bool allow_eio3 = true;
  std::chrono::milliseconds ping_interval{25'000};
  std::chrono::milliseconds ping_timeout{20'000};
  std::chrono::milliseconds upgrade_timeout{10'000};
  std::chrono::milliseconds connect_timeout{45'000};  ///< from the handshake to the first namespace
  std::chrono::milliseconds ack_timeout{10'000};      ///< for acknowledgements that name no other
  std::uint64_t max_payload = 1'000'000;
  unsigned max_attachments = 10;
  unsigned max_namespaces = 16;  ///< of one connection
  unsigned max_rooms_per_socket = 128;
  CompressionConfig compression;                             ///< permessage-deflate
  CompressionConfig http_compression{.enabled = true};       ///< of answers to polls
  std::vector<std::string> handshake_headers{"user-agent"};  ///< kept with a session; lower case

  // ---- other ways in
  std::optional<std::string> plain_websocket = "/ws";  ///< path; nullopt: "off"
  std::optional<std::string> sse = "/sse";             ///< path; nullopt: "off"
  bool demo = false;                                   ///< a page at /
  /// Folder of socket.io.js and its companions; empty: share/pushgate/client of the installation;
  /// nullopt: "off". Served below `path`.
  std::optional<std::string> client_files = "";

  // ---- what messages do
  std::vector<EventSet> events{EventSet::gopush, EventSet::rooms};  ///< asked in this order
  std::vector<RoomRule> rooms;
  QueueConfig queue;
  RecoveryConfig recovery;
  /// The event that tells clients that they may have missed something; nullopt: "off".
  std::optional<std::string> resync_event = "go:resync";
  MailboxConfig mailbox;
  StoreConfig store;
  PresenceConfig presence;

  // ---- who else is told, or may ask
  ApiConfig api;
  std::optional<WebhookConfig> webhook;
  AdminUiConfig admin_ui;

  /// 127.0.0.0/8 and ::1.
  static CidrSet loopback() {
    CidrSet set;
    set.add("127.0.0.0/8");
    set.add("::1");
    return set;
  }

  friend bool operator==(const NodeConfig&, const NodeConfig&) = default;
};

}  // namespace pushgate::config
