#pragma once
// ledger.hpp - which messages are under way, how many members still lack each, and how long it
// took.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "load/latency_histogram.hpp"

namespace pushgate::bench {

/// Numbers the messages of one publisher from 0 and counts their deliveries. A delivery costs a few
/// nanoseconds.
class Ledger {
 public:
  /// Enters a message for `recipients` members and returns its number.
  std::uint32_t publish(std::uint64_t now, std::uint32_t recipients) {
    entries_.push_back({now, recipients});
    outstanding_ += recipients;
    if (recipients == 0) ++completed_;
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }

  /// False if the message was never published, or more often delivered than it has recipients.
  bool deliver(std::uint32_t sequence, std::uint64_t now) {
    if (sequence >= entries_.size() || entries_[sequence].missing == 0) return false;
    Entry& entry = entries_[sequence];
    latency_.add(now - entry.published_at);
    if (--entry.missing == 0) ++completed_;
    --outstanding_;
    ++delivered_;
    return true;
  }

  /// Messages that some member still lacks, and deliveries that are missing.
  std::size_t in_flight() const { return entries_.size() - completed_; }
  std::uint64_t outstanding() const { return outstanding_; }

  std::uint64_t delivered() const { return delivered_; }
  std::size_t published() const { return entries_.size(); }
  const LatencyHistogram& latency() const { return latency_; }

  /// Begins a new stretch: the counts are zero, the numbers go on. What is missing is forgotten.
  void begin_stretch() {
    for (Entry& entry : entries_) entry.missing = 0;
    completed_ = entries_.size();
    outstanding_ = 0;
    delivered_ = 0;
    latency_ = {};
  }

 private:
  struct Entry {
    std::uint64_t published_at = 0;
    std::uint32_t missing = 0;
  };

  std::vector<Entry> entries_;
  std::size_t completed_ = 0;
  std::uint64_t outstanding_ = 0;
  std::uint64_t delivered_ = 0;
  LatencyHistogram latency_;
};

}  // namespace pushgate::bench
