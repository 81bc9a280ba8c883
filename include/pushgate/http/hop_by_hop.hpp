#pragma once
// hop_by_hop.hpp - which fields of a message end at this hop, and which are passed on.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "pushgate/http/head.hpp"

namespace pushgate::http {

/// True for fields about this connection only (RFC 9110 section 7.6.1). The forwarder leaves them
/// out and writes its own Connection, Upgrade and Transfer-Encoding where they are needed.
///
/// Proxy-Authorization and Proxy-Authenticate count as well: they are credentials for a forward
/// proxy, and the agent is a gateway; no node should see them. TE goes always: trailers are passed
/// or dropped by configuration, not on a node's or client's wish. HTTP2-Settings belongs to
/// `Upgrade: h2c`, which is never passed on. Trailer is passed only where trailers are
/// (`pass_trailers`).
constexpr bool is_hop_by_hop(FieldId id, bool pass_trailers = false) noexcept {
  switch (id) {
    case FieldId::connection:
    case FieldId::http2_settings:
    case FieldId::keep_alive:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization:
    case FieldId::proxy_connection:
    case FieldId::te:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
      return true;
    case FieldId::trailer:
      return !pass_trailers;
    default:
      return false;
  }
}

/// The names that the Connection fields of a message nominate as hop-by-hop. Build it only when the
/// head says has_connection_options; otherwise there is nothing to leave out.
///
/// Only fields that the proxy does not know can be nominated. Whoever could nominate Host,
/// Content-Length, Cookie, Authorization, Origin, X-Forwarded-For or the fields of a WebSocket
/// handshake could take away what the node decides by (CVE-2024-45410). The identity headers are
/// unknown to this module: the forwarder removes the client's copies anyway and adds its own
/// afterwards.
///
/// Views into the head; no allocation. The parser refuses heads with more options than fit.
class ConnectionOptions {
 public:
  explicit ConnectionOptions(std::span<const Field> fields) noexcept;
  /// Of the combined value of all Connection fields.
  explicit ConnectionOptions(std::string_view value) noexcept { add(value); }

  /// True if the field is to be left out.
  bool nominates(const Field& field) const noexcept;

 private:
  static constexpr std::size_t kMaxOptions = 16;
  void add(std::string_view value) noexcept;

  std::array<std::string_view, kMaxOptions> names_;
  std::size_t count_ = 0;
};

/// True if the names are equal but for case and for "_" in place of "-". To many servers (CGI,
/// WSGI, PHP) `X_Pushgate_Uid` and `X-Pushgate-Uid` are one variable, so a client must not be able
/// to send either.
bool is_same_or_alias(std::string_view name, std::string_view known) noexcept;

/// True if the name has "_" where a field known to the proxy has "-" (`Content_Length`,
/// `X_Forwarded_For`). Such fields of a client are never passed on.
bool is_alias_of_known_field(std::string_view name) noexcept;

/// Whether a field with this name may be passed on in a trailer section. False for those that say
/// how to frame, route, authenticate, process or cache the message, or that alter a request (RFC
/// 9110 section 6.5.1, and by name RFC 7230 section 4.1.2): a recipient may merge trailers into the
/// header. False for their aliases with "_" too.
bool may_be_trailer(std::string_view name) noexcept;

}  // namespace pushgate::http
