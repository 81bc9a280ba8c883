#include "node/session/client_socket.hpp"

#include <algorithm>
#include <utility>

#include "pushgate/base/text.hpp"

#include "node/node_thread.hpp"
#include "node/session/engine_session.hpp"

namespace pushgate::node {

namespace {

constexpr std::size_t kMaxRoomBytes = 256;

}  // namespace

bool access_allows(config::RoomAccess access, const ClientOrigin& origin) noexcept {
  switch (access) {
    case config::RoomAccess::anyone:
      return true;
    case config::RoomAccess::identified:
      return !origin.uid.empty();
    case config::RoomAccess::server:
      return false;
  }
  return false;
}

std::string_view name_of(RoomRefusal refusal) noexcept {
  switch (refusal) {
    case RoomRefusal::none:
      return "none";
    case RoomRefusal::bad_name:
      return "bad_name";
    case RoomRefusal::reserved:
      return "reserved";
    case RoomRefusal::forbidden:
      return "forbidden";
    case RoomRefusal::too_many:
      return "too_many";
  }
  return "none";
}

std::string user_room(std::string_view uid) { return std::string{kUserRoomPrefix}.append(uid); }

RoomRefusal check_room_name(std::string_view room) noexcept {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (room.empty() || room.size() > kMaxRoomBytes || !is_valid_utf8(room) ||
      std::any_of(room.begin(), room.end(), is_control)) {
    return RoomRefusal::bad_name;
  }
  if (room.starts_with(kUserRoomPrefix) || looks_like_id(room)) return RoomRefusal::reserved;
  return RoomRefusal::none;
}

ClientSocket::ClientSocket(NodeThread& thread, EngineSession& session, NamespaceHub& hub,
                           const SessionId& id, std::string auth)
    : HubSocket(hub, session, id), thread_(thread), session_(session), auth_(std::move(auth)) {
  if (!origin().uid.empty()) hub.join(*this, user_room(origin().uid));
}

ClientSocket::~ClientSocket() = default;

const ClientOrigin& ClientSocket::origin() const noexcept { return session_.origin(); }

void ClientSocket::emit(std::string_view data, std::vector<std::string> attachments) {
  thread_.emit_to(*this, data, std::move(attachments));
}

void ClientSocket::acknowledge(std::uint64_t ack_id, std::string_view data,
                               std::vector<std::string> attachments) {
  const PacketHead head{PacketType::ack, attachments.size(), nsp(), ack_id};
  recipient().send(make_local(make_packet_message(head, data, std::move(attachments))));
}

void ClientSocket::accept(std::uint64_t ack_id) { acknowledge(ack_id, R"([{"ok":true}])"); }

void ClientSocket::refuse(std::uint64_t ack_id, std::string_view error) {
  acknowledge(ack_id, std::string{R"([{"ok":false,"error":")"}.append(error).append(R"("}])"));
}

RoomRefusal ClientSocket::may_join(std::string_view room) const {
  const RoomRefusal refusal = check_room_name(room);
  if (refusal != RoomRefusal::none || is_in(room)) return refusal;
  const NodeSnapshot& settings = thread_.settings();
  if (!access_allows(settings.rule_of(room).join, origin())) return RoomRefusal::forbidden;
  if (room_count() >= settings.config().max_rooms_per_socket) return RoomRefusal::too_many;
  return RoomRefusal::none;
}

RoomRefusal ClientSocket::join_as_client(std::string_view room) {
  const RoomRefusal refusal = may_join(room);
  if (refusal == RoomRefusal::none) hub().join(*this, room);
  return refusal;
}

RoomRefusal ClientSocket::may_publish(std::string_view room) const {
  const RoomRefusal refusal = check_room_name(room);
  if (refusal != RoomRefusal::none) return refusal;
  return access_allows(thread_.settings().rule_of(room).publish, origin()) ? RoomRefusal::none
                                                                           : RoomRefusal::forbidden;
}

void ClientSocket::publish(BroadcastOptions options, std::string_view data,
                           std::vector<std::string> attachments,
                           std::optional<std::uint64_t> ack_id) {
  options.except.push_back(id().to_string());
  Envelope envelope;
  envelope.packet.nsp = nsp();
  envelope.packet.data = data;
  envelope.packet.attachments = std::move(attachments);
  envelope.options = std::move(options);
  PublishedDone done;
  if (ack_id) done = acknowledge_when_kept(*ack_id);
  if (!thread_.publish(std::move(envelope), std::move(done)) && ack_id) {
    accept(*ack_id);
  }
}

PublishedDone ClientSocket::acknowledge_when_kept(std::uint64_t ack_id) {
  return [&thread = thread_, &hub = hub(), id = id(), ack_id](ErrorCode error) {
    thread.io().post([&thread, &hub, id, ack_id, error] {
      // It may have gone; but only clients' sockets have such ids.
      auto* const socket = static_cast<ClientSocket*>(hub.find(id));
      if (socket == nullptr) return;
      if (!error) return socket->accept(ack_id);
      thread.metrics().events_refused.add();
      socket->refuse(ack_id, "not_stored");
    });
  };
}

std::string ClientSocket::handshake_json() const {
  std::string json = origin().handshake_without_auth();
  json.append(",\"auth\":").append(auth()).append("}");
  return json;
}

void ClientSocket::disconnect(bool close) { session_.disconnect(*this, close); }

void ClientSocket::give_way(std::string_view owner) {
  if (keeping_.owner == owner) session_.give_up(*this);
}

void ClientSocket::set_data(std::string json) {
  data_ = std::move(json);
  thread_.keeper().changed(*this);
}

void ClientSocket::on_rooms_changed() { thread_.keeper().changed(*this); }

}  // namespace pushgate::node
