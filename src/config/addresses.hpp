#pragma once
// addresses.hpp - reads "host:port", host names and networks, and says what is wrong with them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/config/redis_config.hpp"

#include "config/reader.hpp"

namespace pushgate::config {

enum class AddressUse : std::uint8_t {
  connect,      ///< a node: port 1..65535 or a unix socket
  listen,       ///< port 0..65535; 0 lets the kernel choose
  listen_unix,  ///< as `listen`, or a unix socket
};

/// The endpoint that the string `text` names; records an error at `value` if there is none.
/// Host names are resolved; numeric addresses are never looked up.
std::optional<Endpoint> read_endpoint(const Value& value, const std::string& text, AddressUse use);

/// The address of a host given without port: "10.0.0.7", "::1", "node-a".
std::optional<IpAddress> read_host(const Value& value, std::string_view host);

/// "host:port", not looked up: an address, or what may be the name of a host.
std::optional<HostPort> read_host_port(const Value& value);

/// True for an IP address or what may be the name of a host.
bool is_host(std::string_view host) noexcept;

/// A list of networks as a set, and as written.
void read_networks(const Value& value, CidrSet& out, std::vector<std::string>& text);

}  // namespace pushgate::config
