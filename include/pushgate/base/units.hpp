#pragma once
// units.hpp - durations and sizes as people write them: "250ms", "1h", "64KiB".

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pushgate {

/// A whole number and a unit: ms, s, m, h or d ("250ms", "5s", "1h"). "0" alone is also zero, the
/// only number that needs no unit. Nullopt for anything else, for negatives and on overflow.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;

/// A whole number and a unit: B, KiB, MiB, GiB, or KB, MB, GB in powers of 1000. "0" needs no unit.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// The shortest exact spelling: 90000 ms is "90s", 3600000 ms is "1h". parse_duration reads it
/// back.
std::string format_duration(std::chrono::milliseconds duration);

/// The shortest exact spelling with binary units: 65536 is "64KiB". parse_size reads it back.
std::string format_size(std::uint64_t bytes);

}  // namespace pushgate
