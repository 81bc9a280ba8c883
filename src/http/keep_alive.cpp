#include "pushgate/http/keep_alive.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

#include "pushgate/base/text.hpp"

#include "characters.hpp"

namespace pushgate::http {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kMostSeconds = 86'400;

/// Without surrounding whitespace, and without quotes around a quoted string.
std::string_view bare(std::string_view text) noexcept { return without_quotes(trim(text)); }

std::optional<std::int64_t> whole_seconds(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (error == std::errc::invalid_argument || stopped != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) return kMostSeconds;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, kMostSeconds));
}

}  // namespace

milliseconds safe_idle_time(std::string_view keep_alive) noexcept {
  milliseconds shortest = milliseconds::max();
  ListReader parameters{keep_alive};
  while (parameters.more) {
    const std::string_view parameter = parameters.next();
    const std::size_t equals = parameter.find('=');
    if (equals == parameter.npos || !iequals(bare(parameter.substr(0, equals)), "timeout")) {
      continue;
    }
    const std::optional<std::int64_t> announced = whole_seconds(bare(parameter.substr(equals + 1)));
    if (!announced) continue;
    shortest = std::min<milliseconds>(shortest, seconds{std::max<std::int64_t>(*announced - 1, 0)});
  }
  return shortest;
}

milliseconds safe_idle_time(std::span<const Field> fields) noexcept {
  milliseconds shortest = milliseconds::max();
  for (const Field& field : fields) {
    if (field.id == FieldId::keep_alive) {
      shortest = std::min(shortest, safe_idle_time(field.value));
    }
  }
  return shortest;
}

}  // namespace pushgate::http
