#pragma once
// redact.hpp - which configuration values must never be shown. Sans-I/O.

#include <string>
#include <string_view>

namespace pushgate::config {

/// What stands in the place of a secret.
inline constexpr std::string_view kRedacted = "(redacted)";

/// True for the names of keys whose values are secrets, e.g. "password". Judged by name, in any
/// object, so that a new section cannot forget it.
bool is_secret_key(std::string_view key) noexcept;

/// `kRedacted` for a secret that is set; an empty secret stays empty, so that one can see that it
/// is.
std::string redact(std::string_view secret);

}  // namespace pushgate::config
