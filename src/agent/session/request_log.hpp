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
struct BadHead {
  const IpAddress& client;
  std::string_view listener;
  std::string_view id;
  std::string_view rule;
  std::uint16_t status = 400;
  bool timed_out = false;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::chrono::microseconds elapsed{};
};
void log_bad_head(AgentThread& thread, const BadHead& head);

void log_tunnel_closed(AgentThread& thread, const net::TunnelReport& report);

}  // namespace pushgate::agent
