#include "node/node_snapshot.hpp"

#include <algorithm>
#include <functional>

#include "pushgate/base/glob.hpp"
#include "pushgate/node/transport/sid.hpp"

namespace pushgate::node {

namespace {

websocket::DeflateSettings deflate_of(const config::CompressionConfig& config) {
  websocket::DeflateSettings settings;
  settings.enabled = config.enabled;
  settings.level = static_cast<int>(config.level);
  settings.threshold_bytes = config.threshold;
  return settings;
}

CidrSet trusted_by(const config::DaemonConfig& daemon) {
  CidrSet set;
  for (const std::string& text : daemon.trusted_proxies_text) set.add(text);
  for (const std::string& text : daemon.node.trusted_agents_text) set.add(text);
  return set;
}

}  // namespace

NodeSnapshot::NodeSnapshot(const config::DaemonConfig& daemon)
    : heartbeat{daemon.node.ping_interval, daemon.node.ping_timeout},
      packet_limits{daemon.node.max_attachments,
                    daemon.node.max_payload * (daemon.node.max_attachments + 1)},
      head_limits{daemon.limits.head_bytes, daemon.limits.head_fields, false},
      deflate(deflate_of(daemon.node.compression)),
      uid_header(daemon.identity.uid_header),
      product_header(daemon.identity.product_header),
      trusted_peers(trusted_by(daemon)),
      head_timeout(daemon.timeouts.request_head),
      body_timeout(daemon.timeouts.request_body),
      keep_alive_timeout(daemon.timeouts.keep_alive),
      config_(daemon.node) {
  default_rule_.when_full = config_.queue.when_full;
  any_history_ = std::any_of(config_.rooms.begin(), config_.rooms.end(),
                             [](const config::RoomRule& rule) { return rule.history.has_value(); });
  has_presence_ = std::any_of(config_.rooms.begin(), config_.rooms.end(),
                              [](const config::RoomRule& rule) { return rule.presence; });
  any_namespace_ = std::find(config_.namespaces.begin(), config_.namespaces.end(), "*") !=
                   config_.namespaces.end();
}

const config::RoomRule& NodeSnapshot::rule_of(std::string_view room) const noexcept {
  for (const config::RoomRule& rule : config_.rooms) {
    if (glob_matches(rule.match, room)) return rule;
  }
  return default_rule_;
}

Handling NodeSnapshot::handling_of(const BroadcastOptions& options,
                                   std::string_view nsp) const noexcept {
  Handling handling;
  handling.is_volatile = options.flags.is_volatile;
  handling.when_full = default_rule_.when_full;
  if (options.rooms.empty()) return handling;
  const std::string& room = options.rooms.front();
  handling.when_full = rule_of(room).when_full;
  handling.room = std::hash<std::string_view>{}(room) ^ (std::hash<std::string_view>{}(nsp) << 1);
  return handling;
}

AppendRule NodeSnapshot::append_rule_of(const Envelope& envelope) const {
  AppendRule rule;
  const BroadcastFlags& flags = envelope.options.flags;
  if (flags.is_volatile || flags.local || envelope.packet.ack_id || !envelope.keep) return rule;
  if (config_.recovery.enabled) rule.for_sessions = session_log_reach();
  if (any_history_) rule.rooms = logs_of(envelope.options.rooms);
  return rule;
}

std::vector<RoomLog> NodeSnapshot::logs_of(const std::vector<std::string>& rooms) const {
  std::vector<RoomLog> logs;
  for (const std::string& room : rooms) {
    if (looks_like_id(room)) continue;  // one socket's, whatever the rules match
    const config::RoomRule& rule = rule_of(room);
    if (rule.history) logs.push_back({room, *rule.history});
  }
  return logs;
}

std::chrono::milliseconds NodeSnapshot::session_log_reach() const noexcept {
  return config_.recovery.max_disconnection + config_.ping_interval + config_.ping_timeout;
}

bool NodeSnapshot::keeps_logs() const noexcept { return config_.recovery.enabled || any_history_; }

bool NodeSnapshot::serves_namespace(std::string_view nsp) const noexcept {
  return any_namespace_ || std::find(config_.namespaces.begin(), config_.namespaces.end(), nsp) !=
                               config_.namespaces.end();
}

bool NodeSnapshot::serves(config::TransportKind transport) const noexcept {
  return std::find(config_.transports.begin(), config_.transports.end(), transport) !=
         config_.transports.end();
}

}  // namespace pushgate::node
