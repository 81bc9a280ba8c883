#include "node/bus/sharded_wire.hpp"

#include <optional>
#include <utility>

#include "node/bus/channels.hpp"
#include "node/bus/cluster_dispatch.hpp"

namespace pushgate::node {

namespace {
constexpr auto kShard = redis::SubscriptionKind::shard;
}

ShardedWire::ShardedWire(RedisBusContext context, RedisBusSettings settings, std::string uid,
                         std::unique_ptr<redis::Client> client)
    : settings_(std::move(settings)),
      link_(context, settings_, uid, std::move(client)),
      uid_(std::move(uid)) {}

void ShardedWire::start(WireEvents& events) {
  events_ = &events;
  link_.start(events, {[this](const redis::Message& message) { on_message(message); },
                       [this] { events_->on_gap(); }});
}

// ---- what is subscribed
// ---------------------------------------------------------------------------

void ShardedWire::open_namespace(const std::string& nsp) {
  tails_.try_emplace(nsp, ClusterSender{uid_, nsp});
  link_.subscribe(kShard, room_channel(settings_.prefix, nsp, uid_));
  link_.subscribe(kShard, namespace_channel(settings_.prefix, nsp));
}

void ShardedWire::close_namespace(const std::string& nsp) {
  tails_.erase(nsp);
  link_.unsubscribe(kShard, room_channel(settings_.prefix, nsp, uid_));
  link_.unsubscribe(kShard, namespace_channel(settings_.prefix, nsp));
}

bool ShardedWire::has_channel(std::string_view room) const {
  switch (settings_.sharded_rooms) {
    case ShardedRooms::none:
      return false;
    case ShardedRooms::all:
      return true;
    case ShardedRooms::all_but_sockets:
      break;
  }
  return !looks_like_socket_id(room);
}

void ShardedWire::want_room(const std::string& nsp, const std::string& room) {
  if (!has_channel(room)) return;
  link_.subscribe(kShard, room_channel(settings_.prefix, nsp, room));
  events_->wire_metrics().subscribed_rooms.set(static_cast<std::int64_t>(++subscribed_rooms_));
}

void ShardedWire::unwant_room(const std::string& nsp, const std::string& room) {
  if (!has_channel(room)) return;
  events_->wire_metrics().subscribed_rooms.set(static_cast<std::int64_t>(--subscribed_rooms_));
  // A room may have the name of a socket's id: then one of the two is still there.
  if (settings_.sharded_rooms == ShardedRooms::all && events_->has_members(nsp, room)) return;
  link_.unsubscribe(kShard, room_channel(settings_.prefix, nsp, room));
}

void ShardedWire::want_socket(const std::string& nsp, const std::string& id) {
  if (settings_.sharded_rooms == ShardedRooms::all) want_room(nsp, id);
}

void ShardedWire::unwant_socket(const std::string& nsp, const std::string& id) {
  if (settings_.sharded_rooms == ShardedRooms::all) unwant_room(nsp, id);
}

// ---- what is sent
// ---------------------------------------------------------------------------------

bool ShardedWire::send(const std::string& channel, const std::string& nsp, const ClusterData& data,
                       PublishDone done) {
  const std::optional<std::string> payload = encode_sharded(data, {uid_, nsp});
  if (!payload) {
    events_->wire_metrics().publish_failures.add();
    if (done) done(make_error_code(boost::system::errc::bad_message));
    return false;
  }
  link_.send(redis::Command{"SPUBLISH", channel, *payload}, channel, std::move(done));
  return true;
}

void ShardedWire::publish(const Envelope& envelope, PublishDone done) {
  const std::string& nsp = envelope.packet.nsp;
  const std::vector<std::string>& rooms = envelope.options.rooms;
  const bool one_room = rooms.size() == 1 && has_channel(rooms.front());
  const ClusterData data = cluster_broadcast(envelope);
  // Its answer is the number of receivers, not an offset.
  send(one_room ? room_channel(settings_.prefix, nsp, rooms.front())
                : namespace_channel(settings_.prefix, nsp),
       nsp, data, std::move(done));
}

void ShardedWire::command(const Command& command) {
  send(namespace_channel(settings_.prefix, command.nsp), command.nsp, cluster_command(command));
}

void ShardedWire::ask(const std::string& request_id, const Request& request) {
  if (!link_.client().is_up() || !send(namespace_channel(settings_.prefix, request.nsp),
                                       request.nsp, cluster_request(request_id, request))) {
    return link_.report_unreachable(request_id);
  }
  count(request_id, request.nsp, false);
}

void ShardedWire::recount(const std::string& request_id, const std::string& nsp) {
  count(request_id, nsp, true);
}

void ShardedWire::count(const std::string& request_id, const std::string& nsp, bool quiet) {
  link_.count(
      request_id, true, namespace_channel(settings_.prefix, nsp),
      [&](const std::string& uid) { return room_channel(settings_.prefix, nsp, uid); }, quiet);
}

// ---- what is received
// -----------------------------------------------------------------------------

ShardedWire::Verdict ShardedWire::judge(std::string_view channel, std::string_view payload) const {
  Verdict verdict = Verdict::foreign;
  // Where the name of the namespace ends is not certain, for it and the room may contain "#".
  const std::size_t start = settings_.prefix.size() + 1;
  for (std::size_t end = channel.find('#', start); end != std::string_view::npos;
       end = channel.find('#', end + 1)) {
    const std::string_view nsp = channel.substr(start, end - start);
    const auto tails = tails_.find(nsp);
    const auto room = room_in_channel(channel, channel.substr(0, end + 1));
    if (tails == tails_.end() || !room) continue;
    if (tails->second.match(payload)) return Verdict::own;
    if (room->empty() || *room == uid_ || events_->has_members(nsp, *room)) {
      verdict = Verdict::wanted;
    }
  }
  return verdict;
}

void ShardedWire::on_message(const redis::Message& message) {
  BusMetrics& metrics = events_->wire_metrics();
  metrics.received.add();
  metrics.received_bytes.add(message.payload.size());
  const Verdict verdict = judge(message.channel, message.payload);
  if (verdict == Verdict::own) return metrics.own_dropped.add();
  if (verdict == Verdict::foreign) return metrics.foreign_dropped.add();
  std::optional<ClusterMessage> decoded = decode_cluster_message(message.payload);
  if (!decoded) return metrics.undecodable.add();
  if (decoded->uid == uid_) return metrics.own_dropped.add();
  if (!tails_.contains(decoded->nsp)) return metrics.foreign_dropped.add();
  dispatch_cluster_message(
      std::move(*decoded), uid_, *events_,
      [this](const std::string& nsp, const std::string& uid, const ClusterData& data) {
        send(room_channel(settings_.prefix, nsp, uid), nsp, data);
      });
}

}  // namespace pushgate::node
