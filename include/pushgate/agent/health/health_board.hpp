#pragma once
// health_board.hpp - which nodes are being left alone for a while, shared by every io thread.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "pushgate/base/clock.hpp"
#include "pushgate/base/endpoint.hpp"

namespace pushgate::agent {

/// What is known about one node, by any thread. Lock-free; every method may be called from any thread.
///
/// A node is `up` until a connect fails. Then it is skipped for a back-off time, which doubles with
/// each further failure. When the time is over exactly one caller is let through to try it (the others
/// still skip it); its success brings the node back, its failure starts the next back-off.
class NodeHealth {
 public:
  /// True if the node should be tried now. After a back-off this is true for one caller only, until
  /// that caller reports (or a further back-off time has passed without a report).
  bool available(TimePoint now) noexcept;

  void report_success() noexcept;
  /// Returns the back-off that now begins.
  std::chrono::milliseconds report_failure(TimePoint now, std::chrono::milliseconds backoff,
                                           std::chrono::milliseconds max_backoff) noexcept;

  bool is_up() const noexcept;
  std::uint32_t consecutive_failures() const noexcept;

 private:
  std::atomic<std::int64_t> retry_at_ns_{0};  // 0: up
  std::atomic<std::uint32_t> failures_{0};
};

/// Finds the NodeHealth of an endpoint; it survives table reloads because the board outlives tables.
/// Control thread only, except the NodeHealth objects it hands out.
class HealthBoard {
 public:
  /// The same object for the same endpoint as long as somebody holds it.
  std::shared_ptr<NodeHealth> node(const Endpoint& endpoint);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<NodeHealth>> nodes_;
};

}  // namespace pushgate::agent
