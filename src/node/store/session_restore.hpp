#pragma once
// session_restore.hpp - from which place of the log a session goes on. Sans-I/O.

#include <string>

#include "pushgate/node/store/store.hpp"

namespace pushgate::node {

/// Places to read from, the better one first; empty ones are none.
struct RestorePlaces {
  std::string first;
  /// If the log does not reach back to `first`: the client has got everything that was sent to it
  /// before the session closed, so there is nothing for it between the two.
  std::string otherwise;
};
RestorePlaces restore_places(const StoredSession& session, const RestoreQuery& query);

/// None if this client may have the session.
StoreMiss check_session(const StoredSession& session, const RestoreQuery& query) noexcept;

}  // namespace pushgate::node
