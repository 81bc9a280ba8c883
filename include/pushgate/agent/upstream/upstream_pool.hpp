#pragma once
// upstream_pool.hpp - idle keep-alive connections to the nodes, of one io thread.
//
// Keyed by the node's health record, which stands for its endpoint and outlives route tables: a
// reload does not close a connection to a node that is still there.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "pushgate/agent/health/health_board.hpp"
#include "pushgate/net/socket.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::agent {

class UpstreamPool;

/// One connection to a node. Leased to a request, its socket's events go to that request; idle in
/// the pool, any event at all means that it is no longer usable.
class UpstreamConnection final : private runtime::EventSink, private runtime::TimerNode {
 public:
  UpstreamConnection(UpstreamPool& pool, std::shared_ptr<NodeHealth> node, net::Socket connected)
      : socket(std::move(connected)), pool_(pool), node_(std::move(node)) {}

  net::Socket socket;
  /// The last response came in one small piece, so the next one may be read ahead.
  bool answers_briefly = false;
  const std::shared_ptr<NodeHealth>& node() const noexcept { return node_; }
  /// Asks the kernel: open, and no byte waiting. One system call.
  bool has_nothing_to_read() const noexcept;

 private:
  friend class UpstreamPool;

  void on_ready(runtime::Channel& channel) override;
  void on_timer(TimePoint now) override;

  UpstreamPool& pool_;
  std::shared_ptr<NodeHealth> node_;
  TimePoint idle_until_{};
  TimePoint armed_for_{};
};

/// Not thread-safe: one per io thread.
class UpstreamPool {
 public:
  explicit UpstreamPool(runtime::Reactor& reactor) noexcept : reactor_(reactor) {}
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;

  /// The idle connection used last (its buffers in the kernel are warmest), or nullptr. The reactor
  /// has reported nothing about it since it became idle.
  std::unique_ptr<UpstreamConnection> take(const NodeHealth& node);

  struct Limits {
    std::size_t idle_per_node = 64;
    std::chrono::milliseconds idle_time{30'000};
  };
  /// Keeps a connection on which a response has just ended, or closes it if the node has enough.
  void put(std::unique_ptr<UpstreamConnection> connection, const Limits& limits);

  std::size_t idle() const noexcept { return idle_count_; }
  void close_all() noexcept;

  /// Forgets nodes without an idle connection. While a node is in use its place stays, so that a
  /// request takes and puts back without an allocation; a reload may have taken the node away.
  void forget_unused_nodes();
  /// How many nodes have a place here, with idle connections or without.
  std::size_t nodes() const noexcept { return idle_.size(); }

 private:
  friend class UpstreamConnection;

  using Idle = std::vector<std::unique_ptr<UpstreamConnection>>;

  void evict(UpstreamConnection& connection);

  runtime::Reactor& reactor_;
  std::unordered_map<const NodeHealth*, Idle> idle_;
  std::size_t idle_count_ = 0;
};

}  // namespace pushgate::agent
