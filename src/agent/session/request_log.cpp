#include "agent/session/request_log.hpp"

#include <algorithm>

#include "pushgate/http/access_log.hpp"

#include "agent/session/tunnel_record.hpp"

namespace pushgate::agent {

using http::AccessRecord;
using http::EndCause;
using http::EndPhase;
using std::chrono::microseconds;

namespace {

constexpr std::size_t kMaxRequestIdBytes = 128;

void append(AgentThread& thread, const AccessRecord& record) {
  std::string& line = thread.log_line;
  line.clear();
  const bool json = thread.snapshot()->config.daemon.access_log.format == config::LogFormat::json;
  if (json) {
    http::append_json(line, record);
  } else {
    http::append_text(line, record);
  }
  line.pop_back();  // the batch ends the line itself
  thread.access_log.append(line);
}

EndCause cause_of(Termination termination) noexcept {
  switch (termination) {
    case Termination::complete:
    case Termination::upgraded:
      return EndCause::normal;
    case Termination::refused:
      return EndCause::refused;
    case Termination::client_aborted:
      return EndCause::client;
    case Termination::client_timeout:
    case Termination::upstream_timeout:
      return EndCause::timeout;
    case Termination::upstream_failed:
      return EndCause::upstream;
    case Termination::no_resources:
      return EndCause::local;
    case Termination::stopped:
      return EndCause::drain;
  }
  return EndCause::normal;
}

/// How far a request got, from what has been noted on the way.
EndPhase phase_of(const ActiveRequest& request) noexcept {
  if (request.termination == Termination::complete ||
      request.termination == Termination::upgraded) {
    return EndPhase::done;
  }
  if (request.member == nullptr) return EndPhase::route;
  if (request.connected_at == TimePoint{}) return EndPhase::connect;
  const bool response_begun = request.status != 0 && request.rule.empty();
  if (response_begun) return EndPhase::response_body;
  return request.body_complete ? EndPhase::response_head : EndPhase::request_body;
}

microseconds between(TimePoint from, TimePoint to) noexcept {
  if (from == TimePoint{} || to == TimePoint{}) return http::kNotReached;
  return std::chrono::duration_cast<microseconds>(to - from);
}

std::pair<EndCause, EndPhase> state_of(net::TunnelEnd end) noexcept {
  switch (end) {
    case net::TunnelEnd::client_closed:
      return {EndCause::normal, EndPhase::done};
    case net::TunnelEnd::upstream_closed:
      return {EndCause::upstream, EndPhase::done};
    case net::TunnelEnd::client_failed:
      return {EndCause::client, EndPhase::tunnel};
    case net::TunnelEnd::upstream_failed:
      return {EndCause::upstream, EndPhase::tunnel};
    case net::TunnelEnd::idle:
      return {EndCause::timeout, EndPhase::tunnel};
    case net::TunnelEnd::stopped:
      return {EndCause::drain, EndPhase::tunnel};
  }
  return {EndCause::normal, EndPhase::done};
}

}  // namespace

bool is_acceptable_request_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxRequestIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void log_request(AgentThread& thread, const ActiveRequest& request, microseconds elapsed) {
  if (!thread.access_log.enabled()) return;
  AccessRecord record{.time = std::chrono::system_clock::now() - elapsed,
                      .client = request.client,
                      .listener = request.listener,
                      .method = request.head.method_name,
                      .target = request.head.target,
                      .request_id = request.id,
                      .rule = request.rule,
                      .bytes_in = request.bytes_in,
                      .bytes_out = request.bytes_out,
                      .total = elapsed,
                      .first_byte = between(request.connected_at, request.first_byte_at),
                      .status = request.status,
                      .upstream_reused = request.upstream_reused,
                      .cause = cause_of(request.termination),
                      .phase = phase_of(request)};
  if (request.identity) {
    record.product = request.identity->product();
    record.uid = request.identity->uid();
  }
  if (request.member != nullptr) {
    record.node = request.member->id;
    record.choice = static_cast<std::uint8_t>(std::min<std::size_t>(request.attempt + 1, 255));
    if (!request.upstream_reused)
      record.connect = between(request.started_at, request.connected_at);
  }
  if (request.termination == Termination::upgraded) record.tunnel = http::TunnelEvent::open;
  append(thread, record);
}

void log_bad_head(AgentThread& thread, const BadHead& head) {
  if (!thread.access_log.enabled()) return;
  append(thread, {.time = std::chrono::system_clock::now() - head.elapsed,
                  .client = head.client,
                  .listener = head.listener,
                  .request_id = head.id,
                  .rule = head.rule,
                  .bytes_in = head.bytes_in,
                  .bytes_out = head.bytes_out,
                  .total = head.elapsed,
                  .status = head.status,
                  .cause = head.timed_out ? EndCause::timeout : EndCause::refused,
                  .phase = EndPhase::head});
}

void log_tunnel_closed(AgentThread& thread, const net::TunnelReport& report) {
  if (!thread.access_log.enabled()) return;
  // The engine's owner is this module: every record it was given is one of ours.
  const auto& tunnel = static_cast<const AgentTunnelRecord&>(report.record);
  const auto [cause, phase] = state_of(report.end);
  append(thread, {.time = std::chrono::system_clock::now(),
                  .client = tunnel.client(),
                  .request_id = tunnel.request_id(),
                  .product = tunnel.product(),
                  .uid = tunnel.uid(),
                  .node = tunnel.node(),
                  .rule = net::name_of(report.end),
                  .bytes_in = report.bytes_from_client,
                  .bytes_out = report.bytes_from_upstream,
                  .total = report.duration,
                  .tunnel = http::TunnelEvent::close,
                  .cause = cause,
                  .phase = phase});
}

}  // namespace pushgate::agent
