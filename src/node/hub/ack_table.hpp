#pragma once
// ack_table.hpp - events that this node sent and that clients are to acknowledge, on one io thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "pushgate/base/clock.hpp"
#include "pushgate/node/packet.hpp"
#include "pushgate/node/transport/sid.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::node {

/// One event may go to many sockets under one id: each of them may answer once. What nobody asked
/// for, comes twice or too late is dropped.
class AckTable final {
 public:
  /// An answer of a socket. Called on the io thread.
  using OnAck = std::function<void(const SessionId& socket, Packet ack)>;

  explicit AckTable(runtime::Reactor& reactor);
  ~AckTable();
  AckTable(const AckTable&) = delete;
  AckTable& operator=(const AckTable&) = delete;

  /// Waits for the answers of these sockets to the event `id` until `deadline`. An empty list is
  /// forgotten at once.
  void expect(std::uint64_t id, const std::vector<SessionId>& sockets, TimePoint deadline,
              OnAck on_ack);
  /// False if nobody waits for it.
  bool take(std::uint64_t id, const SessionId& socket, Packet ack);
  std::size_t size() const noexcept { return waiting_.size(); }

 private:
  struct Waiting;

  runtime::Reactor& reactor_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Waiting>> waiting_;
};

}  // namespace pushgate::node
