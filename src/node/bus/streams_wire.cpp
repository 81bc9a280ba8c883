#include "node/bus/streams_wire.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "node/bus/channels.hpp"
#include "node/bus/cluster_dispatch.hpp"

namespace pushgate::node {

namespace {}  // namespace

StreamsWire::StreamsWire(RedisBusContext context, RedisBusSettings settings, std::string uid,
                         std::unique_ptr<redis::Client> client,
                         std::vector<std::unique_ptr<redis::Client>> readers)
    : settings_(std::move(settings)),
      link_(context, settings_, uid, std::move(client)),
      uid_(std::move(uid)) {
  const auto count =
      static_cast<unsigned>(std::min<std::uint64_t>(settings_.read_count, settings_.max_entries));
  for (std::unique_ptr<redis::Client>& reader : readers) {
    const std::string name = name_of(readers_.size());
    StreamReader::Events events;
    events.entry = [this](const std::string&, const std::vector<std::string>& fields) {
      on_entry(fields);
    };
    events.gap = [this] { events_->on_gap(); };
    events.state = [this, name](const redis::ConnectionState& state) {
      link_.set_part(name, state);
    };
    readers_.push_back(std::make_unique<StreamReader>(
        link_.reactor(), std::move(reader),
        StreamReader::Settings{name, count, settings_.read_block}, std::move(events)));
  }
}

std::string StreamsWire::name_of(std::size_t stream) const {
  return settings_.stream_count <= 1 ? settings_.stream
                                     : fmt::format("{}-{}", settings_.stream, stream);
}

redis::SubscriptionKind StreamsWire::kind() const {
  return settings_.sharded_pubsub ? redis::SubscriptionKind::shard
                                  : redis::SubscriptionKind::channel;
}

void StreamsWire::start(WireEvents& events) {
  events_ = &events;
  // Only requests and answers are lost with the channels, and those who asked see that themselves.
  link_.start(events, {[this](const redis::Message& message) { on_message(message); }, [] {}});
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    link_.set_part(name_of(i), {false, {}, "not connected yet"});
    readers_[i]->start();
  }
}

void StreamsWire::close(std::function<void()> done) {
  for (const auto& reader : readers_) reader->stop();
  link_.close(std::move(done));
}

void StreamsWire::open_namespace(const std::string& nsp) {
  open_.insert(nsp);
  link_.subscribe(kind(), room_channel(settings_.prefix, nsp, uid_));
  link_.subscribe(kind(), namespace_channel(settings_.prefix, nsp));
}

void StreamsWire::close_namespace(const std::string& nsp) {
  open_.erase(nsp);
  link_.unsubscribe(kind(), room_channel(settings_.prefix, nsp, uid_));
  link_.unsubscribe(kind(), namespace_channel(settings_.prefix, nsp));
}

// ---- what is sent
// ---------------------------------------------------------------------------------

void StreamsWire::add_entry(const std::string& nsp, const ClusterData& data, PublishDone done) {
  const std::optional<StreamFields> fields = encode_stream_entry(data, {uid_, nsp});
  if (!fields) {
    events_->wire_metrics().publish_failures.add();
    if (done) done(make_error_code(boost::system::errc::bad_message));
    return;
  }
  const std::string stream = stream_name(settings_.stream, nsp, settings_.stream_count);
  redis::Command command{"XADD", stream, "MAXLEN", "~"};
  command.arg(settings_.max_entries).arg("*");
  for (const auto& [name, value] : *fields) command.arg(name).arg(value);
  link_.send(std::move(command), stream, std::move(done));
}

bool StreamsWire::send(const std::string& channel, const std::string& nsp,
                       const ClusterData& data) {
  const std::optional<std::string> payload = encode_ephemeral(data, {uid_, nsp});
  if (!payload) {
    events_->wire_metrics().publish_failures.add();
    return false;
  }
  link_.send(redis::Command{settings_.sharded_pubsub ? "SPUBLISH" : "PUBLISH", channel, *payload},
             channel, {});
  return true;
}

void StreamsWire::publish(const Envelope& envelope, PublishDone done) {
  add_entry(envelope.packet.nsp, cluster_broadcast(envelope), std::move(done));
}

void StreamsWire::command(const Command& command) {
  const ClusterData data = cluster_command(command);
  if (data.ephemeral) {
    send(namespace_channel(settings_.prefix, command.nsp), command.nsp, data);
  } else {
    add_entry(command.nsp, data, {});
  }
}

void StreamsWire::ask(const std::string& request_id, const Request& request) {
  if (!link_.client().is_up() || !send(namespace_channel(settings_.prefix, request.nsp),
                                       request.nsp, cluster_request(request_id, request))) {
    return link_.report_unreachable(request_id);
  }
  count(request_id, request.nsp, false);
}

void StreamsWire::recount(const std::string& request_id, const std::string& nsp) {
  count(request_id, nsp, true);
}

void StreamsWire::count(const std::string& request_id, const std::string& nsp, bool quiet) {
  link_.count(
      request_id, settings_.sharded_pubsub, namespace_channel(settings_.prefix, nsp),
      [&](const std::string& uid) { return room_channel(settings_.prefix, nsp, uid); }, quiet);
}

// ---- what is received
// -----------------------------------------------------------------------------

void StreamsWire::dispatch(ClusterMessage message) {
  dispatch_cluster_message(
      std::move(message), uid_, *events_,
      [this](const std::string& nsp, const std::string& uid, const ClusterData& data) {
        send(room_channel(settings_.prefix, nsp, uid), nsp, data);
      });
}

void StreamsWire::on_message(const redis::Message& message) {
  BusMetrics& metrics = events_->wire_metrics();
  metrics.received.add();
  metrics.received_bytes.add(message.payload.size());
  std::optional<ClusterMessage> decoded = decode_cluster_message(message.payload);
  if (!decoded) return metrics.undecodable.add();
  if (decoded->uid == uid_) return metrics.own_dropped.add();
  if (!open_.contains(decoded->nsp)) return metrics.foreign_dropped.add();
  dispatch(std::move(*decoded));
}

void StreamsWire::on_entry(const std::vector<std::string>& fields) {
  BusMetrics& metrics = events_->wire_metrics();
  metrics.received.add();
  std::string_view uid;
  std::string_view nsp;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    metrics.received_bytes.add(fields[i + 1].size());
    if (fields[i] == "uid") uid = fields[i + 1];
    if (fields[i] == "nsp") nsp = fields[i + 1];
  }
  if (uid == uid_) return metrics.own_dropped.add();
  if (!open_.contains(nsp)) return metrics.foreign_dropped.add();
  std::optional<ClusterMessage> decoded = decode_stream_entry(fields);
  if (!decoded) return metrics.undecodable.add();
  if (settings_.is_read_by_log && std::holds_alternative<Envelope>(decoded->content)) return;
  dispatch(std::move(*decoded));
}

}  // namespace pushgate::node
