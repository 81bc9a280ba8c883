#pragma once
// pattern_cache.hpp - RE2 patterns of scripts, compiled once.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/script/lua.hpp"

namespace re2 {
class RE2;
}

namespace pushgate::agent {

/// Of one state. Patterns come from the script's text, so there are few; a script that makes them
/// up from requests compiles them again and again.
class PatternCache {
 public:
  static constexpr std::size_t kMaxPatterns = 256;
  static constexpr std::size_t kMaxPatternBytes = 1'000;

  PatternCache();
  ~PatternCache();

  /// Raises if it is not a pattern. Good until the next call.
  const re2::RE2& get(lua_State* lua, std::string_view pattern);

 private:
  std::unordered_map<std::string, std::unique_ptr<re2::RE2>> patterns_;
};

}  // namespace pushgate::agent
