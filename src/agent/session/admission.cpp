// admission.cpp - the part of AgentSession before HTTP: PROXY protocol, and limits per client.

#include "pushgate/net/proxy_protocol.hpp"

#include "agent/session/agent_session.hpp"

namespace pushgate::agent {

using runtime::kBroken;
using runtime::kReadable;
using runtime::Task;
using runtime::WakeReason;

Task<bool> AgentSession::read_proxy_header() {
  const config::DaemonConfig& daemon = thread_.snapshot()->config.daemon;
  const bool trusted = daemon.trusted_proxies.contains(peer_.address());
  const bool expected = proxy_protocol_ == config::ProxyProtocolMode::required ||
                        (proxy_protocol_ == config::ProxyProtocolMode::trusted && trusted);
  bool complete = !expected;
  const TimePoint deadline = thread_.now() + daemon.timeouts.request_head;
  while (!complete) {
    const Arrival arrival = co_await await_header_bytes(deadline);
    if (arrival == Arrival::stopped) co_return false;
    if (arrival == Arrival::missing || !accept_proxy_header(input_.view(), complete)) {
      thread_.metrics.proxy_header_errors.add();
      thread_.rare_log.warn("no valid PROXY protocol header", peer_.address().to_string(),
                            {{"peer", peer_.to_string()}});
      co_return false;
    }
  }
  co_return true;
}

/// No request has begun before the header is complete: a drain ends the wait, as in read_head.
Task<AgentSession::Arrival> AgentSession::await_header_bytes(TimePoint deadline) {
  if (!thread_.draining()) {
    between_requests_ = true;
    client_.channel().interest = kReadable | kBroken;
    const WakeReason reason = co_await waiter_.wait_until(deadline);
    between_requests_ = false;
    if (reason == WakeReason::timed_out) co_return Arrival::missing;
    if (reason == WakeReason::ready) co_return read_more() ? Arrival::bytes : Arrival::missing;
    if (thread_.is_cut()) co_return Arrival::stopped;
  }
  const std::size_t before = input_.size();
  const bool came = read_more() && input_.size() > before;
  co_return came ? Arrival::bytes : Arrival::stopped;
}

bool AgentSession::accept_proxy_header(std::string_view bytes, bool& complete) {
  const net::ProxyHeader header = net::parse_proxy_header(bytes);
  if (header.status == net::ProxyHeaderStatus::bad) return false;
  if (header.status == net::ProxyHeaderStatus::need_more) return true;
  if (header.source) peer_ = *header.source;
  input_.consume(header.header_bytes);
  complete = true;
  return true;
}

/// Now that the client's address is known.
AgentSession::Next AgentSession::admit_client() {
  const config::DaemonConfig& daemon = thread_.snapshot()->config.daemon;
  peer_is_trusted_ = daemon.trusted_proxies.contains(peer_.address());
  if (clients_.admit(peer_.address(), daemon.limits.max_connections_per_ip, slot_)) {
    return Next::request;
  }
  thread_.metrics.connections_refused.add();
  std::string& out = thread_.out;
  out.clear();
  http::append_local_answer(out, {.status = 429,
                                  .rule = "too_many_connections_per_ip",
                                  .message = "This address has too many connections open.",
                                  .retry_after_s = 1});
  client_.write(out);
  return Next::linger;
}

}  // namespace pushgate::agent
