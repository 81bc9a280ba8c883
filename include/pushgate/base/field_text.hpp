#pragma once
// field_text.hpp - what may be the name and the value of a header field.

#include <string_view>

namespace pushgate {

/// A token (RFC 9110 section 5.6.2): the name of a field, a method, the name of a cookie.
bool is_token(std::string_view text) noexcept;

/// True without control characters (tab is allowed, RFC 9110 section 5.5): such a value ends no
/// line.
bool is_field_value(std::string_view text) noexcept;

}  // namespace pushgate
