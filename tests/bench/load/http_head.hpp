#pragma once
// http_head.hpp - as much of a request's head as a load program looks at.

#include <string_view>

#include <strings.h>

namespace pushgate::bench {

inline constexpr std::string_view kHeadEnd = "\r\n\r\n";

/// The value of a field, whatever the case of its name; empty if there is none. `head` includes the
/// line break behind its last field.
inline std::string_view header_field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (::strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    std::string_view value = line.substr(name.size() + 1, line.find("\r\n") - name.size() - 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  }
  return {};
}

}  // namespace pushgate::bench
