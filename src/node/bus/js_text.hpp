#pragma once
// js_text.hpp - numbers and dates as JavaScript prints and reads them. Sans-I/O.

#include <string>
#include <string_view>

namespace pushgate::node {

/// Appends a double as JSON.stringify does (ECMA-262, Number::toString): the shortest digits that
/// read back as the same value. "null" for NaN and infinities.
void append_js_number(std::string& out, double value);

/// Reads JSON number text as JSON.parse does: the nearest double, infinity beyond the range.
double parse_js_number(std::string_view text) noexcept;

/// Appends milliseconds since 1970 as Date.prototype.toJSON does: "2023-11-14T22:13:20.123Z" with
/// its quotes, or null outside the range that a Date can hold.
void append_js_date(std::string& out, double milliseconds);

}  // namespace pushgate::node
