#pragma once
// cluster_codec.hpp - the messages of the cluster adapter family: the sharded Redis adapter and the
// Redis streams adapter. Sans-I/O.
//
// Both carry {type,data,uid,nsp}. Sharded: JSON, or MessagePack if there is binary in it. Streams:
// an entry with four fields, of which `data` is JSON, or base64 of MessagePack; requests, and all
// answers, by publish/subscribe as MessagePack.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "pushgate/node/bus/messages.hpp"
#include "pushgate/node/envelope.hpp"

namespace pushgate::node {

enum class ClusterType : std::uint8_t {
  initial_heartbeat = 1,
  heartbeat = 2,
  broadcast = 3,
  sockets_join = 4,
  sockets_leave = 5,
  disconnect_sockets = 6,
  fetch_sockets = 7,
  fetch_sockets_response = 8,
  server_side_emit = 9,
  server_side_emit_response = 10,
  broadcast_client_count = 11,
  broadcast_ack = 12,
  adapter_close = 13,
};

/// Who says it and where: the two members that end every message.
struct ClusterSender {
  std::string_view uid;
  std::string_view nsp;
};

// ---- writing
// --------------------------------------------------------------------------------------

/// The `data` of a message, before it is known how it travels.
struct ClusterData {
  ClusterType type = ClusterType::heartbeat;
  std::string json;                      ///< empty: the message has none
  std::vector<std::string> attachments;  ///< of the placeholders in `json`
  /// Nobody wants it later: the streams adapter sends it by publish/subscribe.
  bool ephemeral = true;
};

/// A heartbeat or a good-bye.
ClusterData cluster_signal(ClusterType type);
ClusterData cluster_broadcast(const Envelope& envelope);
ClusterData cluster_command(const Command& command);
/// There is no message for ListSockets and ListRooms: they are asked as FetchSockets.
ClusterData cluster_request(std::string_view request_id, const Request& request);
/// What one node answers to such a request.
ClusterData cluster_answer(std::string_view request_id, const Request& request,
                           const Answer& answer);
ClusterData cluster_ack(std::string_view request_id, const Packet& ack);

/// Nullopt if a placeholder has no attachment, as in the other two.
std::optional<std::string> encode_sharded(const ClusterData& data, ClusterSender sender);
/// Always MessagePack.
std::optional<std::string> encode_ephemeral(const ClusterData& data, ClusterSender sender);

using StreamFields = std::vector<std::pair<std::string, std::string>>;
/// uid, nsp, type and data, in this order.
std::optional<StreamFields> encode_stream_entry(const ClusterData& data, ClusterSender sender);

// ---- reading
// --------------------------------------------------------------------------------------

/// What every message of a sender ends with, as JSON and as MessagePack: comparing is cheaper than
/// decoding.
struct ClusterTails {
  explicit ClusterTails(ClusterSender sender);
  bool match(std::string_view payload) const noexcept;

  std::string json;
  std::string msgpack;
};

struct ClusterMessage {
  ClusterType type = ClusterType::heartbeat;
  std::string uid;
  std::string nsp;
  std::string request_id;
  /// Envelope: a broadcast. Command and Request as they say. Answer: of the types that answer. None
  /// of these: heartbeats and good-byes.
  std::variant<std::monostate, Envelope, Command, Request, Answer> content;
};

/// From a channel. Nullopt if it is no message.
std::optional<ClusterMessage> decode_cluster_message(std::string_view payload);
/// From a stream. `fields`: names and values in turn.
std::optional<ClusterMessage> decode_stream_entry(std::span<const std::string> fields);

}  // namespace pushgate::node
