#include "node/presence/presence_events.hpp"

#include <random>
#include <utility>

#include "pushgate/node/json_text.hpp"

#include "node/node_core.hpp"

namespace pushgate::node {

std::string presence_member(std::string_view socket, std::string_view uid) {
  std::string json = "{\"socket\":";
  append_json_string(json, socket);
  if (!uid.empty()) {
    json += ",\"uid\":";
    append_json_string(json, uid);
  }
  json += '}';
  return json;
}

Envelope presence_event(std::string nsp, std::string room, bool is_join, std::string_view members) {
  Envelope envelope;
  envelope.packet.nsp = std::move(nsp);
  std::string& data = envelope.packet.data = R"(["presence",{"room":)";
  append_json_string(data, room);
  data.append(is_join ? ",\"joined\":[" : ",\"left\":[").append(members).append("]}]");
  envelope.options.rooms.push_back(std::move(room));
  return envelope;
}

Result<std::unique_ptr<PresenceLeases>> make_presence_leases(
    const config::DaemonConfig& daemon, const BusContext& context,
    const std::function<NodeCore&()>& node) {
  PresenceLeases::Options options;
  options.prefix = daemon.redis->prefix;
  std::random_device random;
  options.process =
      context.process_name + "-" + std::to_string(random()) + std::to_string(random());
  options.lease = daemon.node.presence.lease;
  options.redis = redis::settings_of(*daemon.redis);
  const auto teller = [node](bool is_join) {
    return [node, is_join](const std::string& nsp, const std::string& room,
                           const std::vector<PresenceLeases::Member>& who) {
      std::string members;
      for (const PresenceLeases::Member& member : who) {
        if (!members.empty()) members += ',';
        members += presence_member(member.socket, member.uid);
      }
      node().publish(presence_event(nsp, room, is_join, members), NodeCore::kNoThread);
    };
  };
  PresenceLeases::Callbacks callbacks;
  callbacks.is_tracked = [node](std::string_view room) {
    const auto settings = node().snapshot();
    return settings->has_presence() && settings->rule_of(room).presence;
  };
  callbacks.on_gone = teller(false);
  callbacks.on_back = teller(true);
  return PresenceLeases::make(context.thread, std::move(options), std::move(callbacks), context.log,
                              context.metrics);
}

}  // namespace pushgate::node
