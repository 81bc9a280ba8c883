#include "config/header_names.hpp"

#include <algorithm>
#include <array>

#include "pushgate/base/text.hpp"

namespace pushgate::config {

namespace {

constexpr std::array<std::string_view, 18> kReservedHeaders{"Connection",
                                                            "Keep-Alive",
                                                            "Proxy-Connection",
                                                            "Proxy-Authenticate",
                                                            "Proxy-Authorization",
                                                            "TE",
                                                            "Trailer",
                                                            "Transfer-Encoding",
                                                            "Upgrade",
                                                            "Content-Length",
                                                            "Host",
                                                            "Expect",
                                                            "Cookie",
                                                            "X-Request-Id",
                                                            "X-Forwarded-For",
                                                            "X-Forwarded-Proto",
                                                            "X-Forwarded-Host",
                                                            "Forwarded"};

}  // namespace

std::string fault_of_own_header(std::string_view name) {
  if (!is_token(name)) return "is not a header name";
  const bool reserved =
      name.starts_with("Sec-WebSocket-") ||
      std::any_of(kReservedHeaders.begin(), kReservedHeaders.end(),
                  [name](std::string_view other) { return iequals(name, other); });
  return reserved ? "is a header with a meaning of its own" : "";
}

std::string fault_of_upgrade_protocol(std::string_view protocol) {
  const std::size_t slash = protocol.find('/');
  const std::string_view name = protocol.substr(0, slash);
  const bool has_version = slash != std::string_view::npos;
  if (!is_token(name) || (has_version && !is_token(protocol.substr(slash + 1)))) {
    return '"' + std::string{protocol} + "\" is not the name of a protocol";
  }
  constexpr std::array<std::string_view, 5> kRefused{"h2c", "h2", "h3", "http", "tls"};
  const bool refused = std::any_of(kRefused.begin(), kRefused.end(),
                                   [name](std::string_view other) { return iequals(name, other); });
  if (!refused) return {};
  return '"' + std::string{protocol} + "\" would carry requests past the agent's checks";
}

}  // namespace pushgate::config
