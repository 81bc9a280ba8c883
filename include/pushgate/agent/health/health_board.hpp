#pragma once
// health_board.hpp - which nodes are being left alone for a while, shared by every io thread.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "pushgate/base/clock.hpp"
#include "pushgate/base/endpoint.hpp"

namespace pushgate::agent {

/// What is known about one node, by any thread. Lock-free; every method may be called from any
/// thread.
///
/// A node is `up` until a connect fails. Then it is skipped for a back-off time. When that is over,
/// exactly one caller is let through to try the node while the others still skip it: success brings
/// the node back, failure starts the next back-off, twice as long.
///
/// A failure that is reported while a back-off runs comes from a connect that began before it. It
/// says nothing new, so it changes nothing: a hundred connects that fail together count as one
/// failure.
class NodeHealth {
 public:
  /// True if the node should be tried now. After a back-off this is true for one caller only, until
  /// that caller reports; if it never does, for one more after another back-off of the same length.
  /// Who gets true and then does not connect should report nothing. Costs one load while up.
  bool available(TimePoint now) noexcept;

  /// The node is up, whatever was known before.
  void report_success() noexcept;

  /// Returns the back-off that now begins: `backoff` after the first failure, doubled with each
  /// further one up to `max_backoff`, in whole milliseconds and at least one; zero if a back-off is
  /// already running, so that a caller that logs every non-zero answer logs once.
  std::chrono::milliseconds report_failure(TimePoint now, std::chrono::milliseconds backoff,
                                           std::chrono::milliseconds max_backoff) noexcept;

  bool is_up() const noexcept;
  /// Failures since the node was last up, those during a back-off not counted. Stops at 32,767.
  std::uint32_t consecutive_failures() const noexcept;

 private:
  // Everything that must change together, in one word (see health_board.cpp); 0 is up.
  std::atomic<std::uint64_t> state_{0};
  // Length of the latest back-off: how long a caller that was let through has for its report.
  std::atomic<std::int64_t> lease_ms_{1};
};

/// Finds the NodeHealth of an endpoint. It outlives route tables, so that a reload forgets nothing.
/// Any thread; in practice the control thread, while it builds a table.
class HealthBoard {
 public:
  /// The same object for the same endpoint as long as somebody holds it.
  std::shared_ptr<NodeHealth> node(const Endpoint& endpoint);

  /// How many endpoints are remembered, some of them perhaps held by nobody any more.
  std::size_t size() const;

 private:
  void forget_unheld();

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<NodeHealth>> nodes_;
  std::size_t sweep_at_ = 64;
};

}  // namespace pushgate::agent
