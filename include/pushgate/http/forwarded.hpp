#pragma once
// forwarded.hpp - who the client is, seen through trusted proxies, and how a node is told.

#include <span>
#include <string>
#include <string_view>

#include "pushgate/base/ip_address.hpp"
#include "pushgate/http/head.hpp"

namespace pushgate::http {

/// The address of the client: the peer itself, unless it is a trusted proxy; then the rightmost
/// address in X-Forwarded-For that is not trusted either. Everything to the left of that is the
/// client's own invention. An entry that is no address ends the search at the hop before it.
///
/// Looks at no more than 32 entries. Does not allocate. With no trusted proxies it costs nothing.
IpAddress resolve_client(std::span<const Field> fields, const IpAddress& peer,
                         const CidrSet& trusted) noexcept;

/// The fields that append_forwarding_fields writes anew; the forwarder leaves out what was
/// received.
constexpr bool is_forwarding_field(FieldId id) noexcept {
  return id == FieldId::forwarded || id == FieldId::x_forwarded_for ||
         id == FieldId::x_forwarded_host || id == FieldId::x_forwarded_proto;
}

/// What the agent knows about the connection that a request came in on.
struct ForwardingFacts {
  IpAddress peer{};           ///< other end of the connection, or what PROXY protocol says it is
  bool peer_trusted = false;  ///< the peer's own forwarding fields are kept and continued
  bool secure = false;        ///< the client connection is encrypted: https
  bool rfc7239 = false;       ///< write Forwarded as well
};

/// Appends X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host lines, each with CR LF, and
/// Forwarded (RFC 7239) if asked for. From a trusted peer, lists are continued and the first
/// proxy's protocol and host are kept; from anybody else the received fields count for nothing.
void append_forwarding_fields(std::string& out, const RequestHead& head,
                              const ForwardingFacts& facts);

}  // namespace pushgate::http
