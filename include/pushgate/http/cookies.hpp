#pragma once
// cookies.hpp - the cookies of a request (RFC 6265 section 4.2).

#include <optional>
#include <span>
#include <string_view>

#include "pushgate/http/head.hpp"

namespace pushgate::http {

struct Cookie {
  std::string_view name{};
  std::string_view value{};  ///< as sent, not decoded; a pair of surrounding quotes is taken off
};

/// Walks over the cookies of one Cookie field, in order. Only ";" separates them: a comma is part
/// of a value, and whoever splits there finds another uid than the node does. Pieces without "="
/// are skipped. Names are case-sensitive. Does not allocate.
class CookieReader {
 public:
  explicit CookieReader(std::string_view field_value) noexcept : rest_(field_value) {}
  std::optional<Cookie> next() noexcept;

 private:
  std::string_view rest_{};
};

/// Walks over the values of every cookie called `name` in all Cookie fields of a head. Decode them
/// with percent_decode(value, Plus::literal). Does not allocate.
class CookieValues {
 public:
  CookieValues(std::span<const Field> fields, std::string_view name) noexcept
      : fields_(fields), name_(name) {}
  std::optional<std::string_view> next() noexcept;

 private:
  std::span<const Field> fields_;
  std::string_view name_{};
  CookieReader reader_{{}};
};

}  // namespace pushgate::http
