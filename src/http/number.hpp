#pragma once
// number.hpp - numbers as decimal text, appended without allocating.

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>

namespace pushgate::http {

template <std::integral T>
void append_number(std::string& out, T value) {
  std::array<char, 24> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), written.ptr);
}

/// With leading zeros up to `width`; for numbers that are not negative.
template <std::integral T>
void append_padded(std::string& out, T value, std::size_t width) {
  std::array<char, 24> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  const auto length = static_cast<std::size_t>(written.ptr - digits.data());
  if (length < width) out.append(width - length, '0');
  out.append(digits.data(), length);
}

}  // namespace pushgate::http
