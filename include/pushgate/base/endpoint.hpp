#pragma once
// endpoint.hpp - where a socket connects or listens: an IP address and port, or a unix socket path.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "pushgate/base/ip_address.hpp"

namespace pushgate {

/// A socket address as a value. Spelled "127.0.0.1:4000", "[::1]:4000" or "unix:/run/x.sock".
class Endpoint {
 public:
  Endpoint() noexcept = default;
  Endpoint(const IpAddress& address, std::uint16_t port) : address_(address), port_(port) {}

  static Endpoint unix_path(std::string path);
  /// Numeric addresses only; names are resolved where the configuration is loaded. A unix path must
  /// fit sun_path (107 bytes).
  static std::optional<Endpoint> parse(std::string_view text);
  /// From what accept(2), getsockname(2) or getpeername(2) filled in.
  static Endpoint from_sockaddr(const sockaddr_storage& storage, socklen_t length);

  bool is_unix() const noexcept { return !path_.empty(); }
  const IpAddress& address() const noexcept { return address_; }
  std::uint16_t port() const noexcept { return port_; }
  const std::string& path() const noexcept { return path_; }
  std::string to_string() const;

  int family() const noexcept;
  /// Fills `out` for bind(2) and connect(2); returns the length to pass.
  socklen_t to_sockaddr(sockaddr_storage& out) const noexcept;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;

 private:
  IpAddress address_;
  std::uint16_t port_ = 0;
  std::string path_;
};

}  // namespace pushgate
