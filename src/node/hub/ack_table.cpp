#include "node/hub/ack_table.hpp"

#include <memory>
#include <unordered_set>
#include <utility>

namespace pushgate::node {

struct AckTable::Waiting final : runtime::TimerNode {
  Waiting(AckTable& owner, std::uint64_t ack_id) : table(owner), id(ack_id) {}

  void on_timer(TimePoint) override { table.waiting_.erase(id); }

  AckTable& table;
  std::uint64_t id;
  std::unordered_set<SessionId> sockets;  ///< that have not answered
  OnAck on_ack;
};

AckTable::AckTable(runtime::Reactor& reactor) : reactor_(reactor) {}
AckTable::~AckTable() = default;

void AckTable::expect(std::uint64_t id, const std::vector<SessionId>& sockets, TimePoint deadline,
                      OnAck on_ack) {
  if (sockets.empty()) return;
  auto waiting = std::make_unique<Waiting>(*this, id);
  waiting->sockets.insert(sockets.begin(), sockets.end());
  waiting->on_ack = std::move(on_ack);
  reactor_.arm(*waiting, deadline);
  waiting_[id] = std::move(waiting);
}

bool AckTable::take(std::uint64_t id, const SessionId& socket, Packet ack) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return false;
  std::unordered_set<SessionId>& sockets = found->second->sockets;
  if (sockets.erase(socket) == 0) return false;
  // The callback may expect further answers: the table is in order before it is called.
  if (!sockets.empty()) {
    const OnAck on_ack = found->second->on_ack;
    on_ack(socket, std::move(ack));
    return true;
  }
  const std::unique_ptr<Waiting> last = std::move(found->second);
  waiting_.erase(found);
  last->on_ack(socket, std::move(ack));
  return true;
}

}  // namespace pushgate::node
