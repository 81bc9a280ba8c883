#pragma once
// node_snapshot.hpp - the configuration of a node as its threads use it. Sans-I/O.

#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/ip_address.hpp"
#include "pushgate/config/daemon_config.hpp"
#include "pushgate/http/head_parser.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/node/transport/heartbeat_fsm.hpp"
#include "pushgate/node/transport/socketio_codec.hpp"
#include "pushgate/websocket/permessage_deflate.hpp"

#include "node/hub/local_message.hpp"

namespace pushgate::node {

/// Immutable; a reload makes another one. Sessions that are open keep what they agreed on with
/// their client, everything else follows the new one at once.
class NodeSnapshot {
 public:
  explicit NodeSnapshot(const config::DaemonConfig& daemon);

  const config::NodeConfig& config() const noexcept { return config_; }

  /// The rule for a room; rooms that no rule matches have the default one.
  const config::RoomRule& rule_of(std::string_view room) const noexcept;
  /// How a broadcast is treated in the queues: by the rule of its first room.
  Handling handling_of(const BroadcastOptions& options, std::string_view nsp) const noexcept;
  /// Where an event is to be kept before it is delivered.
  AppendRule append_rule_of(const Envelope& envelope) const;
  /// Those of the rooms that have a history.
  std::vector<RoomLog> logs_of(const std::vector<std::string>& rooms) const;
  /// How long the log of sessions reaches back: a connection may be dead for a while before it is
  /// given up.
  std::chrono::milliseconds session_log_reach() const noexcept;
  /// Is anything appended to a log at all?
  bool keeps_logs() const noexcept;
  /// Does any rule ask for presence?
  bool has_presence() const noexcept { return has_presence_; }
  bool serves_namespace(std::string_view nsp) const noexcept;
  bool serves(config::TransportKind transport) const noexcept;

  const HeartbeatTiming heartbeat;
  const PacketLimits packet_limits;
  const http::HeadLimits head_limits;
  const websocket::DeflateSettings deflate;
  const std::string uid_header;
  const std::string product_header;
  const CidrSet trusted_peers;  ///< agents and proxies: believed about the client's address
  const std::chrono::milliseconds head_timeout;
  const std::chrono::milliseconds body_timeout;
  const std::chrono::milliseconds keep_alive_timeout;

 private:
  config::NodeConfig config_;
  config::RoomRule default_rule_;
  bool any_namespace_ = false;
  bool any_history_ = false;
  bool has_presence_ = false;
};

}  // namespace pushgate::node
