#include "agent/lookup/lookup_board.hpp"

namespace pushgate::agent {

LookupCaches::LookupCaches(std::size_t threads, LookupCache::Settings settings) {
  caches_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    caches_.push_back(std::make_unique<LookupCache>(settings));
  }
}

CachesPtr LookupBoard::caches(const std::string& configuration, LookupCache::Settings settings) {
  const std::lock_guard lock{mutex_};
  // Rare enough (a reload) to look at all of them.
  std::erase_if(caches_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<const LookupCaches>& known = caches_[configuration];
  if (CachesPtr held = known.lock()) return held;
  auto made = std::make_shared<const LookupCaches>(threads_, settings);
  known = made;
  return made;
}

std::size_t LookupBoard::size() const {
  const std::lock_guard lock{mutex_};
  return caches_.size();
}

void append_word(std::string& out, std::string_view word) {
  out += std::to_string(word.size());
  out += ':';
  out += word;
}

std::string canonical_text(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) append_word(out, word);
  return out;
}

}  // namespace pushgate::agent
