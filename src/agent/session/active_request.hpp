#pragma once
// active_request.hpp - one request from its head to its last byte: what every step of it needs to
// know.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "pushgate/base/identity.hpp"
#include "pushgate/http/head.hpp"
#include "pushgate/net/tunnel_engine.hpp"

#include "agent/routing/route_resolution.hpp"
#include "agent/session/agent_thread.hpp"

namespace pushgate::agent {

/// How an exchange went, for the access log.
enum class Termination : std::uint8_t {
  complete,
  refused,           ///< by a rule
  client_aborted,    ///< the client went away before the response was complete
  client_timeout,    ///< the client did not send or take anything in time
  upstream_failed,   ///< the node was not to be reached, broke off, or answered nonsense
  upstream_timeout,  ///< the node did not answer, or not further, in time
  no_resources,      ///< we ourselves have no descriptor or port left
  stopped,           ///< the agent was told to stop
  upgraded,
};

/// Lives in the session's coroutine while the request does. The views point into the session's
/// input buffer, which stays as it is meanwhile.
struct ActiveRequest {
  const http::RequestHead& head;
  std::string_view head_bytes;
  SnapshotPin snapshot;
  const Endpoint& peer;
  std::string_view listener;
  bool peer_is_trusted = false;
  IpAddress client;  ///< seen through trusted proxies
  TimePoint started_at{};

  std::optional<Identity> identity;
  std::unique_ptr<SourceExtras> extras{};  ///< nullptr: the sources said nothing beyond that
  Route route;  ///< from the moment on that it is known where the request may go
  std::string_view upgrade_protocol;  ///< empty: an ordinary request
  RequestId own_id;
  std::string_view id;  ///< own_id, or what a trusted proxy called it

  // Filled in on the way.
  const Member* member = nullptr;
  std::size_t attempt = 0;
  bool upstream_reused = false;
  std::uint16_t status = 0;
  std::string_view rule;        ///< of a refusal; static text
  bool body_complete = true;    ///< all of the request's body has been passed on
  std::uint64_t bytes_in = 0;   ///< head and body
  std::uint64_t bytes_out = 0;  ///< head and body
  TimePoint connected_at{};
  TimePoint first_byte_at{};
  Termination termination = Termination::complete;

  const config::DaemonConfig& daemon() const noexcept { return snapshot->config.daemon; }
};

/// A refusal as the session writes it to the client.
struct LocalRefusal {
  std::uint16_t status = 502;
  std::string_view rule;
  std::string_view message;
  std::string_view extra_fields;
  std::uint32_t retry_after_s = 0;
  Termination termination = Termination::refused;  ///< for the access log
  std::string_view body{};                         ///< empty: the agent's own JSON
  std::string_view content_type{};                 ///< of `body`
};

}  // namespace pushgate::agent
