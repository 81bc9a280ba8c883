// histogram.cpp - how long things took, in fixed buckets, recorded without a lock.

#include "pushgate/runtime/histogram.hpp"

#include <algorithm>
#include <cassert>

namespace pushgate::runtime {

Histogram::Histogram(std::span<const std::uint64_t> bounds) noexcept : bounds_(bounds) {
  assert(bounds.size() <= kMaxBounds && std::is_sorted(bounds.begin(), bounds.end()));
}

void Histogram::observe(std::uint64_t value) noexcept {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].add();
  sum_.add(value);
}

void Histogram::add_to(HistogramTotals& totals) const {
  totals.counts.resize(bounds_.size() + 1);
  for (std::size_t i = 0; i < totals.counts.size(); ++i) totals.counts[i] += counts_[i].value();
  totals.sum += sum_.value();
}

HistogramSample to_sample(std::span<const std::uint64_t> bounds, const HistogramTotals& totals,
                          double unit) {
  HistogramSample sample;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    sample.count += totals.counts[i];
    sample.buckets.emplace_back(static_cast<double>(bounds[i]) * unit, sample.count);
  }
  sample.count += totals.counts.back();
  sample.sum = static_cast<double>(totals.sum) * unit;
  return sample;
}

}  // namespace pushgate::runtime
