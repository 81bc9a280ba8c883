#include "config/addresses.hpp"

#include <algorithm>
#include <charconv>

namespace pushgate::config {

namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 section 2.3.4, in its textual form

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string quoted(std::string_view text) { return '"' + std::string{text} + '"'; }

bool is_host_name(std::string_view host) noexcept {
  const auto is_host_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !host.empty() && host.size() <= kMaxHostBytes &&
         std::all_of(host.begin(), host.end(), is_host_char);
}

/// "10.1" and "999.0.0.1": the resolver would take some of them for addresses, in odd ways.
bool looks_like_ipv4(std::string_view host) noexcept {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return !last.empty() &&
         std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Endpoint> read_unix(const Value& value, const std::string& text, AddressUse use) {
  if (use == AddressUse::listen) {
    value.error(show(*value.json) + ": a unix socket cannot stand here", "write address:port");
    return std::nullopt;
  }
  std::optional<Endpoint> endpoint = Endpoint::parse(text);
  if (!endpoint) value.error("the path of a unix socket has 1 to 107 bytes");
  return endpoint;
}

struct HostAndPort {
  std::string_view host;  ///< without brackets
  std::string_view port;
};

/// "host:port" and "[address]:port"; an IPv6 address stands in brackets, and nothing else does.
std::optional<HostAndPort> split(const Value& value, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool bare_ipv6 = colon != std::string_view::npos && IpAddress::parse(text).has_value();
  if (colon == std::string_view::npos || bare_ipv6) {
    const std::string host = bare_ipv6 ? '[' + std::string{text} + ']' : std::string{text};
    value.error(show(*value.json) + " has no port", "write \"" + host + ":4000\"");
    return std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != (host.find(':') != std::string_view::npos)) {
    value.error(show(*value.json) + " is not an address with a port",
                "an IPv6 address stands in brackets, and nothing else: \"[::1]:4000\"");
    return std::nullopt;
  }
  return HostAndPort{host, text.substr(colon + 1)};
}

std::optional<std::uint16_t> read_port(const Value& value, std::string_view text,
                                       std::uint64_t least) {
  const std::optional<std::uint64_t> port = parse_whole(text);
  if (port && *port >= least && *port <= 65535) return static_cast<std::uint16_t>(*port);
  value.error("the port " + show(Json(text)) + " is not between " + std::to_string(least) +
              " and 65535");
  return std::nullopt;
}

/// Why CidrSet refuses a text, with the remedy.
struct CidrFault {
  std::string message;
  std::string hint;
};

CidrFault explain_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return {show(Json(text)) + " is not a network", "write address/prefix, e.g. \"10.0.0.0/8\""};
  }
  const unsigned most = address->is_v4() ? 32 : 128;
  const std::optional<std::uint64_t> bits = parse_whole(text.substr(slash + 1));
  if (!bits || *bits > most) {
    return {"the prefix of " + show(Json(text)) + " is not between 0 and " + std::to_string(most),
            {}};
  }
  std::array<std::uint8_t, 16> bytes = address->bytes();
  const std::uint64_t kept = *bits + 128 - most;
  for (std::size_t i = kept; i < 128; ++i) {
    bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] & ~(0x80u >> (i % 8)));
  }
  IpAddress network = IpAddress::v6(bytes);
  if (address->is_v4()) network = IpAddress::v4({bytes[12], bytes[13], bytes[14], bytes[15]});
  return {show(Json(text)) + " has bits set beyond the prefix",
          "write \"" + network.to_string() + '/' + std::to_string(*bits) + '"'};
}

}  // namespace

bool is_host(std::string_view host) noexcept {
  return IpAddress::parse(host).has_value() || (is_host_name(host) && !looks_like_ipv4(host));
}

std::optional<IpAddress> read_host(const Value& value, std::string_view host) {
  if (const auto numeric = IpAddress::parse(host)) return numeric;
  if (!is_host(host)) {
    value.error(show(Json(host)) + " is neither an IP address nor a host name");
    return std::nullopt;
  }
  const Result<IpAddress> resolved = value.document->resolve(std::string{host});
  if (resolved) return *resolved;
  value.error("the host name " + quoted(host) +
              " cannot be resolved: " + resolved.error().message());
  return std::nullopt;
}

std::optional<Endpoint> read_endpoint(const Value& value, const std::string& text, AddressUse use) {
  if (text.starts_with(kUnixPrefix)) return read_unix(value, text, use);
  const std::optional<HostAndPort> parts = split(value, text);
  if (!parts) return std::nullopt;
  const auto port = read_port(value, parts->port, use == AddressUse::connect ? 1 : 0);
  if (!port) return std::nullopt;
  const std::optional<IpAddress> address = read_host(value, parts->host);
  if (!address) return std::nullopt;
  return Endpoint{*address, *port};
}

std::optional<HostPort> read_host_port(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const std::optional<HostAndPort> parts = split(value, *text);
  if (!parts) return std::nullopt;
  const auto port = read_port(value, parts->port, 1);
  if (!port) return std::nullopt;
  if (is_host(parts->host)) return HostPort{std::string{parts->host}, *port};
  value.error(show(Json(parts->host)) + " is neither an IP address nor a host name");
  return std::nullopt;
}

void read_networks(const Value& value, CidrSet& out, std::vector<std::string>& text) {
  out = {};
  text.clear();
  for (const Value& element : read_list(value)) {
    auto network = read_text(element);
    if (!network) continue;
    if (out.add(*network)) {
      text.push_back(*std::move(network));
      continue;
    }
    CidrFault fault = explain_cidr(*network);
    element.error(std::move(fault.message), std::move(fault.hint));
  }
}

}  // namespace pushgate::config
