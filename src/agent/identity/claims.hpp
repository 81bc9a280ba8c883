#pragma once
// claims.hpp - one value out of all that a request says in one place. Shared by the claim sources.

#include <optional>
#include <string>
#include <string_view>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/http/percent.hpp"

namespace pushgate::agent {

/// True if one of the raw values is not empty and decodes to something else than `value`.
/// `Values` walks over raw values: next() returns std::optional<std::string_view>.
template <class Values>
bool any_differs(Values& values, std::string_view value, http::Plus plus) noexcept {
  while (const std::optional<std::string_view> raw = values.next()) {
    if (!raw->empty() && !http::percent_equals(*raw, value, plus)) return true;
  }
  return false;
}

/// The first raw value that is not empty, decoded, provided the ones behind it say the same.
template <class Values>
SourceValue single_value(Values values, http::Plus plus) {
  std::optional<std::string_view> raw = values.next();
  while (raw && raw->empty()) raw = values.next();
  if (!raw) return {};

  std::optional<std::string> decoded = http::percent_decode(*raw, plus);
  if (!decoded) return SourceValue::of(SourceValue::Kind::malformed);
  if (any_differs(values, *decoded, plus)) return SourceValue::of(SourceValue::Kind::conflicting);
  return SourceValue::found(std::move(*decoded));
}

}  // namespace pushgate::agent
