// Any pattern on any text: the matcher stays inside of both, and inside of its steps.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/script/pattern.hpp"

namespace {

using pushgate::agent::PatternError;
using pushgate::agent::PatternMatch;
using pushgate::agent::PatternTooSlow;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view text, std::string_view pattern) {
  constexpr std::uint64_t kSteps = 20'000;
  PatternMatch match{text, pattern, kSteps};
  for (std::size_t from = 0; from <= text.size(); ++from) {
    const auto end = match.match_at(from);
    if (!end) continue;
    require(*end >= from && *end <= text.size());
    for (std::size_t i = 0; i < match.captures(); ++i) {
      const PatternMatch::Capture& capture = match.capture(i);
      require(capture.is_open || capture.from + capture.size <= text.size());
    }
  }
  require(match.steps_left() < kSteps);
}

}  // namespace

/// The pattern stands before the first line end, the text behind it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::size_t line_end = input.find('\n');
  if (line_end == std::string_view::npos) return 0;
  try {
    check(input.substr(line_end + 1), input.substr(0, line_end));
  } catch (const PatternError&) {
  } catch (const PatternTooSlow&) {
  }
  return 0;
}
