#pragma once
// glob.hpp - patterns for names: "chat:*".

#include <string_view>

namespace pushgate {

/// True if `pattern` matches the whole of `text`. "*" stands for any bytes, none among them, "?"
/// for one byte; every other byte is itself. O(pattern * text) at worst, no allocation.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

}  // namespace pushgate
