// node_recovery.cpp - the part of NodeThread that gives clients what they missed.
//
// Answers of the store come on the bus thread. Nothing of a session is touched there: thread and id
// go along, and the session is looked up again on its own thread, where it may have ended.

#include <algorithm>
#include <utility>

#include "pushgate/node/json_text.hpp"

#include "node/node_core.hpp"
#include "node/session/client_socket.hpp"
#include "node/store/audience.hpp"

namespace pushgate::node {

namespace {

/// What an event takes in the queue of a client, about.
std::size_t size_of(const Envelope& envelope) {
  std::size_t bytes = envelope.packet.data.size() + envelope.packet.nsp.size() + 64;
  for (const std::string& part : envelope.packet.attachments) bytes += part.size() + 16;
  return bytes;
}

std::size_t size_of(const std::vector<EnvelopePtr>& events) {
  std::size_t bytes = 0;
  for (const EnvelopePtr& event : events) bytes += size_of(*event);
  return bytes;
}

std::string resync_data(std::string_view event, std::string_view reason) {
  std::string data = "[";
  append_json_string(data, event);
  data.append(R"(,{"reason":")").append(reason).append("\"}]");
  return data;
}

}  // namespace

void NodeThread::send_logged(HubSocket& socket, const Envelope& envelope) {
  if (const std::optional<Offset> place = Offset::parse(envelope.offset)) {
    socket.note_sent(*place);
  }
  socket.recipient().send(make_local(make_packet_message(envelope.packet, envelope.offset)));
}

/// From here on everything that is logged comes to this thread, and is noted.
void NodeThread::begin_listening(std::string_view nsp) {
  journal_.open();
  core_.begin_listening(nsp);
}

void NodeThread::end_listening(std::string_view nsp) {
  core_.end_listening(nsp);
  journal_.close();
}

// ---- sessions that come back
// ----------------------------------------------------------------------

void NodeThread::restore(const SessionId& session, RestoreQuery query, std::string auth) {
  begin_listening(query.nsp);
  RestoreQuery asked = query;
  core_.store().restore_session(
      std::move(asked),
      [this, session, query = std::move(query), auth = std::move(auth)](Restored restored) mutable {
        io_.post([this, session, query = std::move(query), auth = std::move(auth),
                  restored = std::move(restored)]() mutable {
          on_restored(session, std::move(restored), query, std::move(auth));
          end_listening(query.nsp);
        });
      });
}

void NodeThread::on_restored(const SessionId& id, Restored restored, const RestoreQuery& query,
                             std::string auth) {
  EngineSession* const session = find_session(id);
  if (session != nullptr && session->resume(query.nsp, std::move(auth), restored)) return;
  // The client has gone once more: it can still come back for it.
  if (restored.missed.miss == StoreMiss::none) {
    restored.session.is_live = false;
    core_.store().save_session(std::move(restored.session),
                               settings().config().recovery.max_disconnection);
  }
}

bool NodeThread::send_missed(HubSocket& socket, const Missed& missed) {
  if (size_of(missed.events) > out_.queue_limit()) return false;
  for (const EnvelopePtr& event : missed.events) send_logged(socket, *event);
  const std::vector<std::string> rooms = socket.rooms();
  const std::string id = socket.id().to_string();
  for (const DeliveryPtr& delivery : journal_.noted()) {
    const Envelope& envelope = *delivery->envelope;
    if (envelope.packet.nsp == socket.hub().name() && !is_covered(envelope.offset, missed.offset) &&
        is_meant_for(envelope.options, {rooms, id})) {
      send_logged(socket, envelope);
    }
  }
  return true;
}

void NodeThread::send_away(const StoredSession& session) {
  SocketsDisconnect disconnect{.close = true, .owner = session.former_owner};
  disconnect.options.rooms.push_back(session.sid);
  core_.command({session.nsp, std::move(disconnect)}, index());
}

void NodeThread::tell_resync(const ClientSocket& socket, std::string_view reason) {
  const std::optional<std::string>& event = settings().config().resync_event;
  if (!event) return;
  metrics_.resyncs.add();
  Packet packet{.nsp = socket.nsp(), .data = resync_data(*event, reason)};
  socket.recipient().send(make_local(make_packet_message(packet)));
}

void NodeThread::on_gap(std::string_view reason) {
  keeper_.save_all();
  const std::optional<std::string>& event = settings().config().resync_event;
  if (!event) return;
  Envelope envelope;
  envelope.packet.data = resync_data(*event, reason);
  for (const auto& [name, hub] : namespaces_) {
    envelope.packet.nsp = name;
    metrics_.resyncs.add(hub->sockets());
    deliver(core_.prepare(std::make_shared<const Envelope>(envelope)));
  }
}

// ---- histories of rooms
// ---------------------------------------------------------------------------

void NodeThread::replay(const HubSocket& socket, HistoryQuery query, OnReplayed then) {
  metrics_.histories_read.add();
  query.nsp = socket.hub().name();
  begin_listening(query.nsp);
  HistoryQuery asked = query;
  core_.store().read_history(std::move(asked), [this, id = socket.id(), query = std::move(query),
                                                then = std::move(then)](Missed missed) mutable {
    io_.post(
        [this, id, query = std::move(query), then = std::move(then), missed = std::move(missed)] {
          on_history(id, query, missed, then);
          end_listening(query.nsp);
        });
  });
}

void NodeThread::on_history(const SessionId& id, const HistoryQuery& query, const Missed& answer,
                            const OnReplayed& then) {
  NamespaceHub* const hub = find_namespace(query.nsp);
  HubSocket* const socket = hub == nullptr ? nullptr : hub->find(id);
  if (socket == nullptr) return;
  Missed missed = answer;
  if (size_of(missed.events) > out_.queue_limit()) missed = {StoreMiss::trimmed, {}, missed.offset};
  if (missed.miss != StoreMiss::none) metrics_.histories_incomplete.add();

  const std::vector<std::string> before = socket->rooms();
  std::vector<std::string> rooms;
  for (const RoomLog& log : query.rooms) rooms.push_back(log.room);
  const std::string name = id.to_string();
  // What it got by a room that it was in before, while the answer was on its way.
  const auto has_got = [&](const Envelope& envelope) {
    return journal_.has(envelope.offset) && is_meant_for(envelope.options, {before, name});
  };
  for (const EnvelopePtr& event : missed.events) {
    if (is_meant_for(event->options, {rooms, name}) && !has_got(*event)) {
      send_logged(*socket, *event);
    }
  }
  for (const std::string& room : rooms) hub->join(*socket, room);
  for (const DeliveryPtr& delivery : journal_.noted()) {
    const Envelope& envelope = *delivery->envelope;
    const bool is_new = missed.offset.empty() || !is_covered(envelope.offset, missed.offset);
    if (is_new && envelope.packet.nsp == query.nsp && !envelope.options.rooms.empty() &&
        is_meant_for(envelope.options, {rooms, name}) && !has_got(envelope)) {
      send_logged(*socket, envelope);
    }
  }
  then(*socket, missed);
}

// ---- mailboxes
// ------------------------------------------------------------------------------------

void NodeThread::deliver_mail(const ClientSocket& socket) {
  const std::string& uid = socket.origin().uid;
  if (uid.empty() || !settings().config().mailbox.enabled) return;
  core_.store().read_mail(
      uid, socket.nsp(),
      [this, id = socket.id(), nsp = socket.nsp(), uid](std::vector<Mail> mail) mutable {
        if (mail.empty()) return;
        io_.post([this, id, nsp = std::move(nsp), uid, mail = std::move(mail)]() mutable {
          on_mail(id, nsp, uid, std::move(mail));
        });
      });
}

void NodeThread::on_mail(const SessionId& id, const std::string& nsp, const std::string& uid,
                         std::vector<Mail> mail) {
  const TimePoint deadline = now() + settings().config().ack_timeout;
  for (Mail& letter : mail) {
    NamespaceHub* const hub = find_namespace(nsp);
    HubSocket* const socket = hub == nullptr ? nullptr : hub->find(id);
    // What the queue cannot take stays in the mailbox.
    if (socket == nullptr || socket->recipient().queued_bytes() > out_.queue_limit() / 2) return;
    metrics_.mail_sent.add();
    core_.store().note_push({letter.message_id, {.uid = uid, .sent = 1}}, kKeepPushes);
    letter.packet.ack_id = core_.next_ack_id();
    acks_.expect(*letter.packet.ack_id, {id}, deadline,
                 [this, uid, message = letter.message_id](const SessionId&, const Packet&) {
                   metrics_.mail_acknowledged.add();
                   core_.store().remove_mail(uid, message);
                   core_.store().note_push({message, {.uid = uid, .acknowledged = 1}}, kKeepPushes);
                 });
    socket->recipient().send(make_local(make_packet_message(letter.packet)));
  }
}

}  // namespace pushgate::node
