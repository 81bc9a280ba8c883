#pragma once
// http_compression.hpp - answers to polls, compressed for clients that accept it. Sans-I/O.

#include "pushgate/config/node_config.hpp"
#include "pushgate/http/head.hpp"

#include "node/session/http_reply.hpp"

namespace pushgate::node {

/// Does the request accept gzip (RFC 9110, 12.5.3)? By name or as *, and not with a weight of zero.
bool accepts_gzip(const http::RequestHead& head) noexcept;

/// Replaces the body by its gzip form (RFC 1952) and says so in the fields, if that is configured,
/// wanted by the client, and the body is large enough. If zlib has no memory, it stays as it is.
void compress_reply(HttpReply& reply, const http::RequestHead& head,
                    const config::CompressionConfig& config);

}  // namespace pushgate::node
