#pragma once
// session_keeper.hpp - keeps the store's copies of an io thread's sessions as they are, so that
// their clients can come back even if nobody had time to say good-bye.

#include <deque>
#include <vector>

#include "pushgate/base/clock.hpp"
#include "pushgate/node/transport/sid.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::node {

class ClientSocket;
class NamespaceHub;
class NodeThread;

/// A session is saved at the end of the turn in which it began or its rooms changed, again from
/// time to time while it lives, and once more when its connection closes. Belongs to one io thread.
class SessionKeeper final : private runtime::TurnEndSink, private runtime::TimerNode {
 public:
  explicit SessionKeeper(NodeThread& thread) noexcept : thread_(thread) {}

  /// The socket is new, or something that is stored with it has changed. Nothing happens for
  /// sockets that cannot come back.
  void changed(ClientSocket& socket);
  /// Its connection has closed; its client may come back for it.
  void closed(ClientSocket& socket);
  /// Nobody will come back for it.
  void left(ClientSocket& socket);
  /// The store may have lost what it had.
  void save_all();

  /// How long a session is kept whose end nobody reports.
  std::chrono::milliseconds live_ttl() const noexcept;

 private:
  struct Renewal {
    TimePoint due;
    NamespaceHub* hub;
    SessionId id;
  };

  void on_turn_end() override;
  void on_timer(TimePoint now) override;
  void save(const ClientSocket& socket, bool is_live);
  /// It is in nobody's list any more.
  void end(ClientSocket& socket);

  NodeThread& thread_;
  std::vector<ClientSocket*> changed_;
  std::deque<Renewal> renewals_;  ///< in the order of their time
};

}  // namespace pushgate::node
