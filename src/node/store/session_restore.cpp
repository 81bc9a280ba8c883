#include "node/store/session_restore.hpp"

#include <utility>

namespace pushgate::node {

RestorePlaces restore_places(const StoredSession& session, const RestoreQuery& query) {
  RestorePlaces places;
  places.first = query.offset.value_or(session.started_at);
  if (query.offset.value_or("") == session.last_sent) places.otherwise = session.closed_at;
  if (places.first.empty()) std::swap(places.first, places.otherwise);
  return places;
}

StoreMiss check_session(const StoredSession& session, const RestoreQuery& query) noexcept {
  return session.nsp == query.nsp && session.uid == query.uid ? StoreMiss::none
                                                              : StoreMiss::other_user;
}

}  // namespace pushgate::node
