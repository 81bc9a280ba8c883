#include "pushgate/base/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace pushgate {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Within each table the first entry that divides a value exactly is the shortest way to write it.
constexpr std::array kDurationUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                    Unit{"s", 1000}, Unit{"ms", 1}};
constexpr std::array kSizeUnits{Unit{"GiB", 1ull << 30},
                                Unit{"MiB", 1ull << 20},
                                Unit{"KiB", 1ull << 10},
                                Unit{"GB", 1'000'000'000},
                                Unit{"MB", 1'000'000},
                                Unit{"KB", 1000},
                                Unit{"B", 1}};

std::optional<std::uint64_t> parse_with_unit(std::string_view text,
                                             std::span<const Unit> units) noexcept {
  if (text == "0") return 0;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units) {
    if (text != unit.name) continue;
    if (number >
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit.factor) {
      return std::nullopt;
    }
    return number * unit.factor;
  }
  return std::nullopt;
}

std::string format_with_unit(std::uint64_t value, std::span<const Unit> units) {
  if (value == 0) return "0" + std::string{units.back().name};
  for (const Unit& unit : units) {
    if (value % unit.factor == 0)
      return std::to_string(value / unit.factor) + std::string{unit.name};
  }
  return std::to_string(value) + std::string{units.back().name};
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
  const std::optional<std::uint64_t> value = parse_with_unit(text, kDurationUnits);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  return parse_with_unit(text, kSizeUnits);
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format_with_unit(static_cast<std::uint64_t>(duration.count()), kDurationUnits);
}

std::string format_size(std::uint64_t bytes) {
  // Binary units only: "64KiB" reads better than "65536B", and a round decimal stays exact in B.
  constexpr std::array kBinary{Unit{"GiB", 1ull << 30}, Unit{"MiB", 1ull << 20},
                               Unit{"KiB", 1ull << 10}, Unit{"B", 1}};
  return format_with_unit(bytes, kBinary);
}

}  // namespace pushgate
