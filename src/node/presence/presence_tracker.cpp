#include "node/presence/presence_tracker.hpp"

#include "node/node_thread.hpp"
#include "node/presence/presence_events.hpp"
#include "node/session/client_origin.hpp"
#include "node/session/client_socket.hpp"

namespace pushgate::node {

void PresenceTracker::note(const HubSocket& socket, const std::string& room, bool is_join) {
  if (!thread_.settings().has_presence() || room.starts_with(kUserRoomPrefix)) return;
  const ClientOrigin* const who = socket.who();
  if (who == nullptr || !thread_.settings().rule_of(room).presence) return;
  const std::string member = presence_member(socket.id().to_string(), who->uid);
  const std::string& nsp = socket.hub().name();
  // In the middle of a change of the hub: what it leads to has to wait.
  if (changes_.empty()) thread_.io().post([this] { tell(); });
  // The order of a member's joins and leaves is kept, so only the last change can take more.
  if (!changes_.empty() && changes_.back().room == room && changes_.back().nsp == nsp &&
      changes_.back().is_join == is_join) {
    changes_.back().members.append(",").append(member);
    return;
  }
  changes_.push_back({nsp, room, is_join, member});
}

void PresenceTracker::tell() {
  for (Change& change : std::exchange(changes_, {})) {
    Envelope event = presence_event(std::move(change.nsp), std::move(change.room), change.is_join,
                                    change.members);
    thread_.metrics().presence_events.add();
    thread_.publish(std::move(event));
  }
}

}  // namespace pushgate::node
