#pragma once
// metrics.hpp - how numbers get from the io threads to the Prometheus page.
//
// A module has one struct of counters per io thread, and one constexpr table that gives each member
// its name and help. Nothing is registered: a page is a list of functions that append families.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pushgate::runtime {

/// A counter owned by one thread and read by another. A relaxed load and store instead of
/// fetch_add: there is exactly one writer, so the hot path needs no `lock` prefix.
class ThreadCounter {
 public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that rises and falls, with one writer as above. Open connections, for example.
class ThreadGauge {
 public:
  void add(std::int64_t n) noexcept { set(value() + n); }
  void set(std::int64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// One `M` for each io thread, each on its own cache lines: declare M `alignas(64)`.
template <class M>
class PerThread {
  static_assert(alignof(M) >= 64, "two threads would write the same cache line");

 public:
  explicit PerThread(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) slots_.push_back(std::make_unique<M>());
  }
  std::size_t size() const noexcept { return slots_.size(); }
  M& at(std::size_t thread) noexcept { return *slots_[thread]; }
  const M& at(std::size_t thread) const noexcept { return *slots_[thread]; }

  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& slot : slots_) visit(std::as_const(*slot));
  }

 private:
  std::vector<std::unique_ptr<M>> slots_;
};

enum class MetricType : std::uint8_t { counter, gauge, histogram };

/// Label name and value. Never a uid, nor anything else that a client can invent without bound.
using MetricLabel = std::pair<std::string, std::string>;

struct HistogramSample {
  std::vector<std::pair<double, std::uint64_t>>
      buckets;  ///< upper bound, cumulative count; no +Inf
  std::uint64_t count = 0;
  double sum = 0;
};

struct MetricSample {
  std::vector<MetricLabel> labels;
  double value = 0;                            ///< counter or gauge
  std::optional<HistogramSample> histogram{};  ///< with MetricType::histogram
};

/// One `# HELP` / `# TYPE` block. Name and help must outlive the page; they are literals.
struct MetricFamily {
  std::string_view name;
  std::string_view help;
  MetricType type = MetricType::counter;
  std::vector<MetricSample> samples;
};

template <class M>
struct CounterDef {
  std::string_view name;
  std::string_view help;
  ThreadCounter M::*field;
};

template <class M>
struct GaugeDef {
  std::string_view name;
  std::string_view help;
  ThreadGauge M::*field;
};

namespace detail {
template <class Defs, class M>
void collect_sums(const Defs& defs, const PerThread<M>& threads, MetricType type,
                  std::vector<MetricFamily>& out) {
  for (const auto& def : defs) {
    double sum = 0;
    threads.for_each(
        [&](const M& metrics) { sum += static_cast<double>((metrics.*def.field).value()); });
    out.push_back({def.name, def.help, type, {{{}, sum, {}}}});
  }
}
}  // namespace detail

/// Adds a family for each definition of the table, summed over the threads.
template <class M, std::size_t N>
void collect(const std::array<CounterDef<M>, N>& defs, const PerThread<M>& threads,
             std::vector<MetricFamily>& out) {
  detail::collect_sums(defs, threads, MetricType::counter, out);
}

template <class M, std::size_t N>
void collect(const std::array<GaugeDef<M>, N>& defs, const PerThread<M>& threads,
             std::vector<MetricFamily>& out) {
  detail::collect_sums(defs, threads, MetricType::gauge, out);
}

/// Appends families, with labels if it likes; called on the control thread at each scrape.
using MetricSource = std::function<void(std::vector<MetricFamily>&)>;

/// The Prometheus text exposition format, version 0.0.4.
std::string render_prometheus(std::span<const MetricFamily> families);
std::string render_prometheus(std::span<const MetricSource> sources);

/// What every process should export: CPU seconds, resident bytes, open and permitted descriptors,
/// start time, under the names that Prometheus prescribes (process_...). Reads /proc/self.
void collect_process_metrics(std::vector<MetricFamily>& out);

}  // namespace pushgate::runtime
