#pragma once
// lookup_board.hpp - what sources have learned, kept while configurations come and go.

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/lookup/lookup_cache.hpp"

namespace pushgate::agent {

/// One source's caches: one for each io thread, which nobody else touches. May be destroyed on any
/// thread, once no flight of theirs is under way.
class LookupCaches {
 public:
  LookupCaches(std::size_t threads, LookupCache::Settings settings);
  LookupCache& of(std::size_t thread) const noexcept { return *caches_[thread]; }

 private:
  std::vector<std::unique_ptr<LookupCache>> caches_;
};
using CachesPtr = std::shared_ptr<const LookupCaches>;

/// Finds the caches of a source by what its configuration says, so that a reload that does not
/// change the source forgets nothing. Any thread; in practice the control thread.
class LookupBoard {
 public:
  explicit LookupBoard(std::size_t threads) noexcept : threads_(threads) {}
  LookupBoard(const LookupBoard&) = delete;
  LookupBoard& operator=(const LookupBoard&) = delete;

  /// The same caches for the same `configuration` as long as somebody holds them. It names
  /// everything that an answer depends on.
  CachesPtr caches(const std::string& configuration, LookupCache::Settings settings);

  /// How many are remembered, some of them perhaps held by nobody any more.
  std::size_t size() const;

 private:
  std::size_t threads_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<const LookupCaches>> caches_;
};

/// A text that is different for different lists of words.
std::string canonical_text(std::initializer_list<std::string_view> words);
/// Appends one word of it.
void append_word(std::string& out, std::string_view word);

}  // namespace pushgate::agent
