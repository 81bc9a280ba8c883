#pragma once
// client_origin.hpp - who is at the other end, as far as the first request said. Sans-I/O.

#include <cstdint>
#include <string>
#include <string_view>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/http/head.hpp"

namespace pushgate::node {

class NodeSnapshot;

/// Who is at the other end of a connection, as far as the handshake said.
struct ClientOrigin {
  std::string address;         ///< of the client itself, if a trusted agent named it
  std::string uid{};           ///< from a trusted agent; empty if nobody knows
  std::string product{};       ///< likewise
  std::string url{};           ///< of the request, with its query
  std::string headers{};       ///< a JSON object: those that the configuration wants kept
  std::int64_t issued_ms = 0;  ///< since 1970
  bool is_secure = false;
  bool is_cross_domain = false;  ///< the request had an Origin

  /// What Socket.IO servers show of a handshake, without the closing brace: `auth` is added by each
  /// namespace.
  std::string handshake_without_auth() const;
};

/// Believes the headers about user, product, address and scheme only if the peer is a trusted agent
/// or proxy. A uid that breaks the rules of Identity counts as none.
ClientOrigin origin_of(const http::RequestHead& head, const Endpoint& peer,
                       const NodeSnapshot& settings, std::int64_t now_ms);

/// A query string as a JSON object; of a name that comes twice, the last.
std::string query_as_json(std::string_view query);

}  // namespace pushgate::node
