#pragma once
// outgoing_head.hpp - the heads the agent writes: a request's to its node, a response's to its
// client. sans-I/O: from spans of what was read to bytes, by copying whole runs of untouched lines.

#include <cstdint>
#include <string>
#include <string_view>

#include "pushgate/agent/routing/pool.hpp"
#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/identity.hpp"
#include "pushgate/http/head.hpp"

namespace pushgate::agent {

struct AgentSnapshot;

/// Everything that decides about a request's head.
struct OutgoingRequest {
  const http::RequestHead& head;
  std::string_view head_bytes;  ///< as received, from the request line to the closing empty line
  const AgentSnapshot& snapshot;
  const Identity& identity;
  const Member& member;
  const Endpoint& peer;  ///< who connected to us (or, after a PROXY header, to the balancer)
  bool peer_is_trusted;  ///< whether its X-Forwarded-* fields are believed
  std::string_view request_id;
  bool upgrade;                     ///< pass the Upgrade field on
  std::string_view extra_fields{};  ///< whole lines, each with CR LF; a client's own copies go
};

/// Appends the head with all that nodes are promised: identity, request id, X-Forwarded-*, and no
/// field that is not meant for them.
void append_request_head(const OutgoingRequest& request, std::string& out);

/// What the client's side of the exchange needs of a response's head.
struct OutgoingResponse {
  const http::ResponseHead& head;
  std::string_view head_bytes;
  bool chunked = false;         ///< the body will be written in chunks
  bool close = false;           ///< the connection ends after this response
  bool keep_alive_1_0 = false;  ///< an HTTP/1.0 client asked for keep-alive and gets it
  bool upgrade = false;         ///< a checked 101
  bool pass_trailers = false;
  bool plain_copy = true;  ///< lines may be copied as they are (false if bare LFs were allowed)
  std::string_view extra_fields = {};  ///< whole lines, each with CR LF
};

void append_response_head(const OutgoingResponse& response, std::string& out);

}  // namespace pushgate::agent
