#include "pushgate/agent/routing/request_counts.hpp"

namespace pushgate::agent {

RequestCounts::Sums RequestCounts::sums() const noexcept {
  Sums sums{};
  for (std::size_t thread = 0; thread < threads_; ++thread) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] += by_thread_[thread].choices[i].value();
    }
  }
  return sums;
}

std::shared_ptr<RequestCounts> RequestCountBoard::of(std::string_view product,
                                                     std::string_view node) {
  // Swept when the number of entries has doubled since the last time, so its cost is spread.
  if (counts_.size() >= sweep_at_) {
    std::erase_if(counts_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<std::size_t>(64, counts_.size() * 2);
  }
  std::string key{product};
  key += '/';  // in no product's name
  key += node;
  std::weak_ptr<RequestCounts>& entry = counts_[std::move(key)];
  std::shared_ptr<RequestCounts> counts = entry.lock();
  if (!counts) {
    counts = std::make_shared<RequestCounts>(threads_);
    entry = counts;
  }
  return counts;
}

}  // namespace pushgate::agent
