// engine_recovery.cpp - the part of EngineSession that lets a client go on where it was.

#include <algorithm>
#include <utility>

#include "pushgate/node/json_text.hpp"

#include "node/node_thread.hpp"

namespace pushgate::node {

namespace {

/// What a client says about a session that it had: {"pid":"...","offset":"..."} in what it connects
/// with.
std::optional<RestoreQuery> read_wish(std::string_view nsp, std::string_view auth) {
  if (json_kind(auth) != JsonKind::object) return std::nullopt;
  const std::optional<std::string_view> pid_text = find_member(auth, "pid");
  if (!pid_text) return std::nullopt;
  std::optional<std::string> pid = decode_json_string(*pid_text);
  if (!pid || !looks_like_id(*pid)) return std::nullopt;
  RestoreQuery query{.pid = std::move(*pid), .nsp = std::string{nsp}};
  const std::optional<std::string_view> offset = find_member(auth, "offset");
  if (offset) query.offset = decode_json_string(*offset);
  return query;
}

}  // namespace

/// Clients of revision 3 know nothing of recovery.
bool EngineSession::recovers() const noexcept {
  return version_ == EngineVersion::v4 && thread_.settings().config().recovery.enabled;
}

/// True if the session is looked for; then resume() follows.
bool EngineSession::begin_recovery(std::string_view nsp, const std::string& auth) {
  if (!recovers()) return false;
  std::optional<RestoreQuery> query = read_wish(nsp, auth);
  if (!query) return false;
  query->uid = origin_->uid;
  query->owner = thread_.ids().next_socket_id().to_string();
  query->keep = thread_.keeper().live_ttl();
  restoring_.emplace_back(nsp);
  thread_.restore(sid_, std::move(*query), auth);
  return true;
}

bool EngineSession::is_restoring(std::string_view nsp) const noexcept {
  return std::find(restoring_.begin(), restoring_.end(), nsp) != restoring_.end();
}

/// The connection is dead, or the client would not have made another.
void EngineSession::give_up(ClientSocket& socket) {
  remove_socket(socket, CloseReason::forced_close);
  if (sockets_.empty()) close(CloseReason::forced_close);
}

bool EngineSession::resume(const std::string& nsp, std::string auth, const Restored& restored) {
  std::erase(restoring_, nsp);
  if (closing_) return false;
  const std::optional<SessionId> id = SessionId::parse(restored.session.sid);
  StoreMiss miss = restored.missed.miss;
  if (miss == StoreMiss::none && restored.session.is_live) thread_.send_away(restored.session);
  // Two sockets of one id cannot be here.
  if (miss == StoreMiss::none && (!id || thread_.open_namespace(nsp).find(*id) != nullptr)) {
    miss = StoreMiss::unknown_session;
  }
  if (miss == StoreMiss::none) {
    std::unique_ptr<ClientSocket> made = make_socket(nsp, *id, std::move(auth));
    ClientSocket& socket = *made;
    socket.set_private_id(restored.session.pid);
    socket.keeping().owner = restored.session.owner;
    socket.set_data(restored.session.data);
    for (const std::string& room : restored.session.rooms) socket.hub().join(socket, room);
    if (thread_.send_missed(socket, restored.missed)) {
      // Without a word since the beginning, the beginning may as well be now.
      const bool is_quiet = restored.missed.events.empty();
      socket.set_started_at(is_quiet ? restored.missed.offset : restored.session.started_at);
      if (const std::optional<Offset> sent = Offset::parse(restored.session.last_sent);
          sent && is_quiet) {
        socket.note_sent(*sent);
      }
      sockets_.push_back(std::move(made));
      send_connect_reply(socket);
      thread_.on_socket_recovered(socket);
      return true;
    }
    miss = StoreMiss::trimmed;
    thread_.keeper().left(socket);
    made->detach();
    auth = made->auth();
    list().bury(std::move(made));
  }
  thread_.metrics().recoveries_failed.at(static_cast<std::size_t>(miss)).add();
  finish_connect(nsp, std::move(auth));
  // The protocol only says that this is another session; here is why.
  if (ClientSocket* const socket = find_socket(nsp)) thread_.tell_resync(*socket, name_of(miss));
  return true;
}

}  // namespace pushgate::node
