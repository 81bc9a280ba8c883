// authority.cpp - host and port as they stand in Host and in absolute-form targets.

#include "pushgate/base/ip_address.hpp"
#include "pushgate/base/text.hpp"

#include "parse_step.hpp"

namespace pushgate::http {

namespace {

struct Authority {
  std::string_view host;
  std::string_view port;  ///< empty if not written
  bool has_port = false;
};

Authority split(std::string_view text) noexcept {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : text.npos;
  const std::size_t colon = text.find(':', bracket == text.npos ? 0 : bracket);
  if (colon == text.npos) return {text, {}, false};
  return {text.substr(0, colon), text.substr(colon + 1), true};
}

bool is_valid_port(std::string_view port) noexcept {
  if (port.empty() || port.size() > 5 || port.front() == '0') return false;
  unsigned value = 0;
  for (const char c : port) {
    if (!is_of(c, kDigitChar)) return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= 65535;
}

bool is_valid_bracketed(std::string_view host) noexcept {
  if (host.size() < 4 || host.back() != ']') return false;
  const std::string_view inside = host.substr(1, host.size() - 2);
  return inside.find(':') != inside.npos && IpAddress::parse(inside).has_value();
}

bool is_valid_name(std::string_view host) noexcept {
  for (std::size_t i = 0; i < host.size(); ++i) {
    if (is_of(host[i], kHostChar)) continue;
    const bool escaped = host[i] == '%' && i + 2 < host.size() && is_of(host[i + 1], kHexChar) &&
                         is_of(host[i + 2], kHexChar);
    if (!escaped) return false;
    i += 2;
  }
  return !host.empty();
}

}  // namespace

bool is_valid_authority(std::string_view authority) noexcept {
  const Authority parts = split(authority);
  if (parts.has_port && !is_valid_port(parts.port)) return false;
  return parts.host.starts_with('[') ? is_valid_bracketed(parts.host) : is_valid_name(parts.host);
}

bool same_authority(std::string_view a, std::string_view b,
                    std::string_view default_port) noexcept {
  const Authority left = split(a);
  const Authority right = split(b);
  const std::string_view left_port = left.has_port ? left.port : default_port;
  const std::string_view right_port = right.has_port ? right.port : default_port;
  return iequals(left.host, right.host) && left_port == right_port;
}

}  // namespace pushgate::http
