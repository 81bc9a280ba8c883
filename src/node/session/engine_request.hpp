#pragma once
// engine_request.hpp - what a request for Engine.IO wants, from its query. Sans-I/O.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pushgate/config/node_config.hpp"
#include "pushgate/http/head.hpp"
#include "pushgate/node/transport/engineio_codec.hpp"
#include "pushgate/node/transport/payload_codec.hpp"

namespace pushgate::node {

class NodeSnapshot;

/// The query of a request. Names that mean nothing to Engine.IO are the application's.
struct EngineRequest {
  EngineVersion version = EngineVersion::v4;
  config::TransportKind transport = config::TransportKind::polling;
  bool has_sid = false;
  std::optional<SessionId> sid{};  ///< nullopt although has_sid: nothing that we ever gave out
  bool base64_only = false;
  std::string jsonp{};  ///< the digits of `j`; empty: no JSONP

  /// In what form the body of a POST comes.
  PayloadForm body_form(const http::RequestHead& head) const noexcept;
};

/// What is wrong with the query is returned; `out` is then incomplete.
std::optional<EngineError> read_engine_request(const http::RequestHead& head,
                                               const NodeSnapshot& settings, EngineRequest& out);

}  // namespace pushgate::node
