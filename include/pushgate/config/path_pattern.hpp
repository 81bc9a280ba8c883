#pragma once
// path_pattern.hpp - patterns in the configuration: their spelling, and whether they can be used.

#include <string>
#include <string_view>

namespace pushgate::config {

/// The name of the group that holds the value.
inline constexpr std::string_view kPathGroup = "v";

/// The pattern in the spelling of every RE2 version: `(?<name>` becomes `(?P<name>`. Nothing else
/// changes; escapes and character classes are respected. Idempotent.
std::string to_re2_syntax(std::string_view pattern);

/// Empty if RE2 compiles the pattern and it has a group named `v`; else the reason, for people.
/// RE2 matches in time linear in the path, whatever the pattern.
std::string check_path_pattern(const std::string& re2_pattern);

/// Empty if RE2 compiles the pattern, else the reason. Groups mean nothing here.
std::string check_pattern(const std::string& re2_pattern);

}  // namespace pushgate::config
