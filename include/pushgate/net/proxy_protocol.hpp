#pragma once
// proxy_protocol.hpp - the header an L4 balancer puts before a connection's first byte (sans-I/O).
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
  /// The client as the balancer saw it; nullopt where the header names none (LOCAL, UNKNOWN, an
  /// unspecified family, a unix socket): then the socket's own peer is the client.
  std::optional<Endpoint> source;
  std::optional<Endpoint> destination;  ///< set exactly when `source` is
};

/// The longest version 1 header, with its CR LF.
inline constexpr std::size_t kMaxProxyV1Bytes = 107;
/// Room for the addresses and every TLV that is in use (AWS, Azure, TLS facts), and a bound on what
/// a connection may make the agent hold before it has said who it is.
inline constexpr std::size_t kMaxProxyV2Bytes = 4096;

/// Reads a version 1 or 2 header at the start of `bytes`. Call again with more bytes from the same
/// start while the answer is `need_more`. `bad` as soon as the bytes cannot become a header:
///  - they are the start of neither signature;
///  - version 1: no CR LF within 107 bytes, anything but single spaces between the parts, an
///  address
///    that is not of the stated family, a port with a sign or a leading zero;
///  - version 2: longer than `max_v2_bytes`, an unknown version, command or family, a block shorter
///    than its family's addresses, a TLV that reaches beyond the block.
///
/// UDP families are read like their TCP siblings. TLVs are stepped over and not interpreted; so the
/// CRC32C of PP2_TYPE_CRC32C is *not* verified: TCP has a checksum, and a listener that takes this
/// header trusts its peer. The block of a LOCAL header is skipped unseen, as the specification
/// asks.
///
/// Thread-safe, does not allocate, O(header bytes).
ProxyHeader parse_proxy_header(std::string_view bytes,
                               std::size_t max_v2_bytes = kMaxProxyV2Bytes) noexcept;

}  // namespace pushgate::net
