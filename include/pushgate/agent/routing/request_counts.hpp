#pragma once
// request_counts.hpp - how many requests each node of each product has got, over reloads.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pushgate/runtime/metrics.hpp"

namespace pushgate::agent {

/// The requests that one node got for one product, by which choice of its user it was. Each io
/// thread adds to a cache line of its own; any thread reads.
class RequestCounts {
 public:
  /// The user's own node, the second choice, all later ones.
  static constexpr std::array<std::string_view, 3> kChoices{"1", "2", "3+"};
  using Sums = std::array<std::uint64_t, kChoices.size()>;

  explicit RequestCounts(std::size_t threads)
      : threads_(threads), by_thread_(std::make_unique<Line[]>(threads)) {}

  /// Called on io thread `thread`; `attempt` as in Choice: 0 is the user's own node.
  void add(std::size_t thread, std::size_t attempt) noexcept {
    by_thread_[thread].choices[std::min(attempt, kChoices.size() - 1)].add();
  }
  Sums sums() const noexcept;

 private:
  struct alignas(64) Line {
    std::array<runtime::ThreadCounter, kChoices.size()> choices;
  };

  std::size_t threads_;
  std::unique_ptr<Line[]> by_thread_;
};

/// Finds the counts of a node by product and id. It outlives route tables, so that a node that
/// stays in the table goes on counting over a reload. Control thread only.
class RequestCountBoard {
 public:
  explicit RequestCountBoard(std::size_t threads) noexcept : threads_(threads) {}

  /// The same object as long as somebody holds it, else one that begins at zero.
  std::shared_ptr<RequestCounts> of(std::string_view product, std::string_view node);

  /// How many are remembered, some of them perhaps held by nobody any more.
  std::size_t size() const noexcept { return counts_.size(); }

 private:
  std::size_t threads_;
  std::unordered_map<std::string, std::weak_ptr<RequestCounts>> counts_;
  std::size_t sweep_at_ = 64;
};

}  // namespace pushgate::agent
