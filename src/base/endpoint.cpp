#include "pushgate/base/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

#include <netinet/in.h>
#include <sys/un.h>

namespace pushgate {

namespace {

constexpr std::string_view kUnixPrefix = "unix:";

std::optional<std::uint16_t> parse_port(std::string_view digits) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty()) {
    return std::nullopt;
  }
  return port;
}

}  // namespace

Endpoint Endpoint::unix_path(std::string path) {
  Endpoint endpoint;
  endpoint.path_ = std::move(path);
  return endpoint;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) {
    text.remove_prefix(kUnixPrefix.size());
    const bool fits = !text.empty() && text.size() < sizeof(sockaddr_un::sun_path) &&
                      text.find('\0') == std::string_view::npos;
    if (!fits) return std::nullopt;
    return unix_path(std::string{text});
  }

  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // "::1:80" could mean two things, so an IPv6 address must stand in brackets, and nothing else
  // may.
  if (bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;

  const std::optional<IpAddress> address = IpAddress::parse(host);
  const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

Endpoint Endpoint::from_sockaddr(const sockaddr_storage& storage, socklen_t length) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return {IpAddress::v4(bytes), ntohs(in.sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof in);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return {IpAddress::v6(bytes), ntohs(in.sin6_port)};
  }
  sockaddr_un un{};
  std::memcpy(&un, &storage, std::min<std::size_t>(length, sizeof un));
  un.sun_path[sizeof un.sun_path - 1] = '\0';
  return unix_path(un.sun_path[0] == '\0' ? "(unnamed)" : un.sun_path);
}

std::string Endpoint::to_string() const {
  if (is_unix()) return std::string{kUnixPrefix} + path_;
  const std::string host = address_.to_string();
  const std::string port = std::to_string(port_);
  return address_.is_v4() ? host + ':' + port : '[' + host + "]:" + port;
}

int Endpoint::family() const noexcept {
  if (is_unix()) return AF_UNIX;
  return address_.is_v4() ? AF_INET : AF_INET6;
}

socklen_t Endpoint::to_sockaddr(sockaddr_storage& out) const noexcept {
  std::memset(&out, 0, sizeof out);
  if (is_unix()) {
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    std::memcpy(un.sun_path, path_.data(), std::min(path_.size(), sizeof un.sun_path - 1));
    std::memcpy(&out, &un, sizeof un);
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size() + 1);
  }
  if (address_.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port_);
    std::memcpy(&in.sin_addr, address_.bytes().data() + 12, 4);
    std::memcpy(&out, &in, sizeof in);
    return sizeof in;
  }
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port_);
  std::memcpy(&in.sin6_addr, address_.bytes().data(), 16);
  std::memcpy(&out, &in, sizeof in);
  return sizeof in;
}

}  // namespace pushgate
