#include "node/bus/classic_wire.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "node/bus/channels.hpp"
#include "node/bus/message_text.hpp"
#include "node/bus/old_requests.hpp"

namespace pushgate::node {

using redis::SubscriptionKind;

ClassicWire::ClassicWire(RedisBusContext context, RedisBusSettings settings, std::string uid,
                         std::unique_ptr<redis::Client> client)
    : settings_(std::move(settings)),
      link_(context, settings_, uid, std::move(client)),
      uid_(std::move(uid)),
      broadcast_head_(classic_broadcast_head(uid_)),
      request_head_(fmt::format(R"({{"uid":"{}",)", uid_)),
      requests_prefix_(settings_.prefix + "-request#"),
      responses_prefix_(settings_.prefix + "-response#") {}

void ClassicWire::start(WireEvents& events) {
  events_ = &events;
  link_.start(events, {[this](const redis::Message& message) { on_message(message); },
                       [this] { events_->on_gap(); }});
}

// ---- what is subscribed
// ---------------------------------------------------------------------------

void ClassicWire::open_namespace(const std::string& nsp) {
  open_.insert(nsp);
  if (exact()) {
    link_.subscribe(SubscriptionKind::channel, namespace_channel(settings_.prefix, nsp));
  } else {
    link_.subscribe(SubscriptionKind::pattern, namespace_pattern(settings_.prefix, nsp));
  }
  link_.subscribe(SubscriptionKind::channel, response_channel(settings_.prefix, nsp));
  link_.subscribe(SubscriptionKind::channel, response_channel(settings_.prefix, nsp, uid_));
  // Last: whoever counts this one may expect answers.
  link_.subscribe(SubscriptionKind::channel, request_channel(settings_.prefix, nsp));
}

void ClassicWire::close_namespace(const std::string& nsp) {
  open_.erase(nsp);
  if (exact()) {
    link_.unsubscribe(SubscriptionKind::channel, namespace_channel(settings_.prefix, nsp));
  } else {
    link_.unsubscribe(SubscriptionKind::pattern, namespace_pattern(settings_.prefix, nsp));
  }
  link_.unsubscribe(SubscriptionKind::channel, request_channel(settings_.prefix, nsp));
  link_.unsubscribe(SubscriptionKind::channel, response_channel(settings_.prefix, nsp));
  link_.unsubscribe(SubscriptionKind::channel, response_channel(settings_.prefix, nsp, uid_));
}

void ClassicWire::want_room(const std::string& nsp, const std::string& room) {
  if (!exact()) return;
  link_.subscribe(SubscriptionKind::channel, room_channel(settings_.prefix, nsp, room));
  events_->wire_metrics().subscribed_rooms.set(static_cast<std::int64_t>(++subscribed_rooms_));
}

void ClassicWire::unwant_room(const std::string& nsp, const std::string& room) {
  if (!exact()) return;
  events_->wire_metrics().subscribed_rooms.set(static_cast<std::int64_t>(--subscribed_rooms_));
  // A room may have the name of a socket's id: then one of the two is still there.
  if (events_->has_members(nsp, room)) return;
  link_.unsubscribe(SubscriptionKind::channel, room_channel(settings_.prefix, nsp, room));
}

void ClassicWire::want_socket(const std::string& nsp, const std::string& id) {
  if (settings_.socket_channels) want_room(nsp, id);
}

void ClassicWire::unwant_socket(const std::string& nsp, const std::string& id) {
  if (settings_.socket_channels) unwant_room(nsp, id);
}

// ---- what is sent
// ---------------------------------------------------------------------------------

void ClassicWire::send(const std::string& channel, std::string_view payload, PublishDone done) {
  link_.send(redis::Command{"PUBLISH", channel, payload}, settings_.prefix, std::move(done));
}

void ClassicWire::publish(const Envelope& envelope, PublishDone done) {
  const std::optional<std::string> payload = encode_classic_broadcast(uid_, envelope);
  if (!payload) {
    events_->wire_metrics().publish_failures.add();
    if (done) done(make_error_code(boost::system::errc::bad_message));
    return;
  }
  const std::vector<std::string>& rooms = envelope.options.rooms;
  const bool one_room =
      rooms.size() == 1 && (settings_.socket_channels || !looks_like_socket_id(rooms.front()));
  send(one_room ? room_channel(settings_.prefix, envelope.packet.nsp, rooms.front())
                : namespace_channel(settings_.prefix, envelope.packet.nsp),
       *payload, std::move(done));
}

void ClassicWire::command(const Command& command) {
  send(request_channel(settings_.prefix, command.nsp), encode_classic_command(uid_, command));
}

void ClassicWire::ask(const std::string& request_id, const Request& request) {
  const auto payload = encode_classic_request(uid_, request_id, request);
  if (!payload || !link_.client().is_up()) return link_.report_unreachable(request_id);
  send(request_channel(settings_.prefix, request.nsp), *payload);
  count(request_id, request.nsp, false);
}

void ClassicWire::recount(const std::string& request_id, const std::string& nsp) {
  count(request_id, nsp, true);
}

void ClassicWire::count(const std::string& request_id, const std::string& nsp, bool quiet) {
  link_.count(
      request_id, false, request_channel(settings_.prefix, nsp),
      [&](const std::string& uid) { return response_channel(settings_.prefix, nsp, uid); }, quiet);
}

// ---- what is received
// -----------------------------------------------------------------------------

void ClassicWire::on_message(const redis::Message& message) {
  BusMetrics& metrics = events_->wire_metrics();
  metrics.received.add();
  metrics.received_bytes.add(message.payload.size());
  if (message.channel.starts_with(requests_prefix_)) {
    std::string_view nsp = message.channel.substr(requests_prefix_.size());
    if (nsp.ends_with('#')) nsp.remove_suffix(1);
    return on_request(nsp, message.payload);
  }
  if (message.channel.starts_with(responses_prefix_)) return on_answer(message.payload);
  on_broadcast(message.channel, message.payload);
}

void ClassicWire::on_broadcast(std::string_view channel, std::string_view payload) {
  BusMetrics& metrics = events_->wire_metrics();
  if (payload.starts_with(broadcast_head_)) return metrics.own_dropped.add();

  // Where the name of the namespace ends is not certain, for it and the room may contain "#".
  std::optional<Envelope> envelope;
  bool wanted = false;
  const std::size_t start = settings_.prefix.size() + 1;
  for (std::size_t end = channel.find('#', start); end != std::string_view::npos;
       end = channel.find('#', end + 1)) {
    const std::string_view nsp = channel.substr(start, end - start);
    const auto room = room_in_channel(channel, channel.substr(0, end + 1));
    if (!open_.contains(nsp) || !room) continue;
    if (!room->empty() && !events_->has_members(nsp, *room)) continue;
    wanted = true;
    if (!envelope) envelope = decode_classic_broadcast(payload);
    if (!envelope) return metrics.undecodable.add();
    if (envelope->packet.nsp == nsp) return events_->on_broadcast(std::move(*envelope));
  }
  (wanted ? metrics.undecodable : metrics.foreign_dropped).add();
}

void ClassicWire::on_request(std::string_view nsp, std::string_view payload) {
  BusMetrics& metrics = events_->wire_metrics();
  if (payload.starts_with(request_head_)) return metrics.own_dropped.add();
  if (looks_like_old_request(payload)) return on_old_request(std::string{nsp}, payload);
  std::optional<ClassicRequest> request = decode_classic_request(payload, nsp);
  if (!request) return metrics.undecodable.add();
  if (request->uid == uid_) return metrics.own_dropped.add();
  const std::string name{nsp};
  if (!request->legacy_socket.empty()) return on_legacy_command(*request, name);
  if (const auto* command = std::get_if<Command>(&request->content)) {
    return events_->on_command(*command);
  }
  on_inquiry(std::move(*request), name);
}

void ClassicWire::on_old_request(const std::string& nsp, std::string_view payload) {
  std::optional<OldRequest> request = decode_old_request(payload, nsp);
  if (!request) return events_->wire_metrics().undecodable.add();
  if (!request->socket.empty() && !events_->has_socket(nsp, request->socket)) return;
  const std::string channel = response_channel(settings_.prefix, nsp);
  if (auto* asked = std::get_if<Request>(&request->content)) {
    Request question = std::move(*asked);
    AnswerSink sink;
    sink.answer = [this, channel, request = *request](const Answer& answer) {
      send(channel, encode_old_answer(request, answer));
    };
    return events_->on_inquiry(std::move(question), std::move(sink));
  }
  if (const auto* command = std::get_if<Command>(&request->content)) events_->on_command(*command);
  send(channel, encode_old_answer(*request, {}));
}

void ClassicWire::on_legacy_command(const ClassicRequest& request, const std::string& nsp) {
  if (!events_->has_socket(nsp, request.legacy_socket)) return;
  events_->on_command(std::get<Command>(request.content));
  if (request.request_id.empty()) return;
  send(answer_channel(request, nsp), encode_classic_done(request.request_id));
}

std::string ClassicWire::answer_channel(const ClassicRequest& request,
                                        const std::string& nsp) const {
  const bool own = settings_.specific_responses && request.type != ClassicType::server_side_emit;
  if (!request.uid.empty() && (own || link_.directory().knows(request.uid))) {
    return response_channel(settings_.prefix, nsp, request.uid);
  }
  return response_channel(settings_.prefix, nsp);
}

void ClassicWire::on_inquiry(ClassicRequest request, const std::string& nsp) {
  const std::string channel = answer_channel(request, nsp);
  AnswerSink sink;
  sink.answer = [this, channel, id = request.request_id,
                 type = request.type](const Answer& answer) {
    send(channel, encode_classic_answer(uid_, id, type, answer));
  };
  sink.acknowledge = [this, channel, id = request.request_id](const Packet& ack) {
    const auto payload = encode_classic_ack(uid_, id, ack);
    if (payload) send(channel, *payload);
  };
  events_->on_inquiry(std::get<Request>(std::move(request.content)), std::move(sink));
}

void ClassicWire::on_answer(std::string_view payload) {
  BusMetrics& metrics = events_->wire_metrics();
  // On the common channel come the answers to everybody's requests. Ours have our uid in their id.
  if (payload.find(uid_) == std::string_view::npos) return metrics.foreign_dropped.add();
  std::optional<ClassicAnswer> answer = decode_classic_answer(payload);
  if (!answer) return metrics.undecodable.add();
  if (!answer->request_id.starts_with(uid_)) return metrics.foreign_dropped.add();
  if (answer->kind == ClassicAnswer::Kind::acknowledged) {
    return events_->on_ack(answer->request_id, std::move(answer->answer.values.front()));
  }
  events_->on_answer(answer->request_id, answer->uid, std::move(answer->answer));
}

}  // namespace pushgate::node
