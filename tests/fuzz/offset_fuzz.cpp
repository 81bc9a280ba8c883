// offset_fuzz.cpp - what clients send as a place in a log: whatever is accepted comes back from its
// text, and places are ordered.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pushgate/node/store/offset.hpp"

using namespace pushgate::node;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_one(std::string_view text) {
  const std::optional<Offset> offset = Offset::parse(text);
  require(is_covered(text, text) == offset.has_value());
  if (!offset) return;
  require(offset->epoch.size() <= 32);
  const std::string written = offset->to_string();
  require(Offset::parse(written) == offset);
  // Only leading zeros may get lost.
  require(written.size() <= text.size());
}

void check_two(std::string_view first, std::string_view second) {
  const std::optional<Offset> a = Offset::parse(first);
  const std::optional<Offset> b = Offset::parse(second);
  const bool comparable = a && b && a->epoch == b->epoch;
  const bool forth = is_covered(first, second);
  const bool back = is_covered(second, first);
  require((forth || back) == comparable);
  require((forth && back) == (comparable && *a == *b));
}

}  // namespace

/// One offset, or two with a line feed between them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::size_t end = text.find('\n');
  check_one(text.substr(0, end));
  if (end != std::string_view::npos) check_two(text.substr(0, end), text.substr(end + 1));
  return 0;
}
