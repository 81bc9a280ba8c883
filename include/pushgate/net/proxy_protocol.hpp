#pragma once
// proxy_protocol.hpp - the header an L4 balancer puts before a connection's first byte.
// Source: haproxy.org, "The PROXY protocol, versions 1 & 2".

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pushgate/base/endpoint.hpp"

namespace pushgate::net {

enum class ProxyHeaderStatus : std::uint8_t { need_more, done, bad };

struct ProxyHeader {
  ProxyHeaderStatus status = ProxyHeaderStatus::need_more;
  std::size_t header_bytes = 0;  ///< with `done`: where the connection's own bytes begin
  /// The client as the balancer saw it; nullopt for LOCAL and UNKNOWN, where the socket's own peer is
  /// the client.
  std::optional<Endpoint> source;
  std::optional<Endpoint> destination;
};

/// Reads a version 1 or 2 header at the start of `bytes`. TLVs are skipped. `bad` as soon as the
/// bytes cannot become a header: wrong signature, over 107 bytes in version 1, over `max_v2_bytes` in
/// version 2, unknown command or family, an address block shorter than its family needs.
ProxyHeader parse_proxy_header(std::string_view bytes, std::size_t max_v2_bytes = 4096) noexcept;

}  // namespace pushgate::net
