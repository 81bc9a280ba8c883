#include "agent/script/pattern_cache.hpp"

#include <re2/re2.h>

#include "agent/script/script_state.hpp"

namespace pushgate::agent {

PatternCache::PatternCache() = default;
PatternCache::~PatternCache() = default;

const re2::RE2& PatternCache::get(lua_State* lua, std::string_view pattern) {
  const std::string text{pattern};
  if (const auto found = patterns_.find(text); found != patterns_.end()) return *found->second;
  if (text.size() > kMaxPatternBytes) luaL_error(lua, "the pattern is longer than 1000 bytes");
  // Compiling takes some microseconds for each byte, and more for counted repetition.
  ScriptState::charge(lua, 1'000 + text.size() * 200);
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto compiled = std::make_unique<RE2>(text, options);
  if (!compiled->ok()) luaL_error(lua, "not an RE2 pattern: %s", compiled->error().c_str());
  if (patterns_.size() >= kMaxPatterns) patterns_.clear();
  return *patterns_.emplace(text, std::move(compiled)).first->second;
}

}  // namespace pushgate::agent
