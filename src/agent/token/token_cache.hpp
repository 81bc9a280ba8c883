#pragma once
// token_cache.hpp - tokens that have been verified already. Sans-I/O.

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/token/token_verifier.hpp"

namespace pushgate::agent {

/// Of one thread and one source; the least recently used goes first. Only genuine tokens may be
/// put in, so nobody can fill it with inventions.
class TokenCache {
 public:
  /// 0: remembers nothing.
  explicit TokenCache(std::size_t entries) noexcept : max_entries_(entries) {}
  TokenCache(const TokenCache&) = delete;
  TokenCache& operator=(const TokenCache&) = delete;

  /// The uid of exactly this token, if it has not expired by `now`; else nullptr. Lives until the
  /// next change.
  const std::string* find(std::string_view token, WallTime now);
  void add(std::string_view token, const TokenVerdict& verdict);
  void clear() noexcept;
  std::size_t size() const noexcept { return by_token_.size(); }

 private:
  struct Entry {
    std::string token;
    std::string uid;
    WallTime expires;
  };
  struct Hash {
    std::size_t operator()(std::string_view token) const noexcept;
  };

  std::size_t max_entries_;
  std::list<Entry> entries_;  ///< most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator, Hash> by_token_;
};

}  // namespace pushgate::agent
