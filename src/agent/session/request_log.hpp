#pragma once
// request_log.hpp - the access log's lines: one for a request, two for a tunnel.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "agent/session/active_request.hpp"

namespace pushgate::agent {

/// A request id that a trusted proxy may choose: 1 to 128 visible characters of a token.
bool is_acceptable_request_id(std::string_view text) noexcept;

/// A request that got a response, was refused or broke off; or the opening of a tunnel.
void log_request(AgentThread& thread, const ActiveRequest& request,
                 std::chrono::microseconds elapsed);

/// A head that could not be read: there is no request to name.
void log_bad_head(AgentThread& thread, const IpAddress& client, const RequestId& id,
                  std::uint16_t status, std::string_view rule);

void log_tunnel_closed(AgentThread& thread, const net::TunnelReport& report);

}  // namespace pushgate::agent
