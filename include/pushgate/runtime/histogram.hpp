#pragma once
// histogram.hpp - how long things took, in fixed buckets, recorded without a lock.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "pushgate/runtime/metrics.hpp"

namespace pushgate::runtime {

/// What a Histogram has seen: counts[i] values in (bounds[i-1], bounds[i]], the last beyond all.
struct HistogramTotals {
  std::vector<std::uint64_t> counts;  ///< bounds + 1, not cumulative
  std::uint64_t sum = 0;
};

/// Counts values by bucket. One writer, any reader, like ThreadCounter. A scrape that runs at the
/// same time may see a value in its bucket and not yet in the sum.
class Histogram {
 public:
  static constexpr std::size_t kMaxBounds = 20;

  /// `bounds`: upper bounds, inclusive and ascending, at most kMaxBounds, of static lifetime, in
  /// the unit of observe().
  explicit Histogram(std::span<const std::uint64_t> bounds) noexcept;

  /// O(log buckets), no allocation.
  void observe(std::uint64_t value) noexcept;

  std::span<const std::uint64_t> bounds() const noexcept { return bounds_; }
  /// Adds what this one has seen to `totals`, which is empty or of a histogram with equal bounds.
  void add_to(HistogramTotals& totals) const;

 private:
  std::span<const std::uint64_t> bounds_;
  std::array<ThreadCounter, kMaxBounds + 1> counts_;
  ThreadCounter sum_;
};

/// Buckets for latencies in microseconds: 100 µs to 60 s.
inline constexpr std::array<std::uint64_t, 17> kLatencyBoundsUs{
    100,     250,     500,     1'000,     2'500,     5'000,     10'000,     25'000,    50'000,
    100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 60'000'000};

/// A histogram of a per-thread struct `M`.
template <class M>
struct HistogramDef {
  std::string_view name;
  std::string_view help;
  double unit;  ///< what 1 means in the exported unit: 1e-6 for microseconds shown as seconds
  Histogram M::*field;
};

/// Turns totals into what Prometheus wants: cumulative buckets in the exported unit.
HistogramSample to_sample(std::span<const std::uint64_t> bounds, const HistogramTotals& totals,
                          double unit);

/// Adds a family for each definition of the table, summed over the threads, of which there is one.
template <class M, std::size_t N>
void collect(const std::array<HistogramDef<M>, N>& defs, const PerThread<M>& threads,
             std::vector<MetricFamily>& out) {
  for (const HistogramDef<M>& def : defs) {
    HistogramTotals totals;
    threads.for_each([&](const M& metrics) { (metrics.*def.field).add_to(totals); });
    MetricFamily family{def.name, def.help, MetricType::histogram, {}};
    const auto bounds = (threads.at(0).*def.field).bounds();
    family.samples.push_back({{}, 0, to_sample(bounds, totals, def.unit)});
    out.push_back(std::move(family));
  }
}

}  // namespace pushgate::runtime
