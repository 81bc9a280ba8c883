// conversation.cpp - the part of Exchange in which both directions move at once: what can be done
// on either side is done, then the coroutine waits for whichever comes first.

#include <algorithm>

#include "agent/session/exchange.hpp"
#include "agent/session/refusals.hpp"

namespace pushgate::agent {

using runtime::Channel;
using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::kReadable;
using runtime::WakeReason;

/// Does what can be done in either direction, and says what is to be waited for next.
Exchange::Step Exchange::converse() {
  if (const Step ended = pump_request()) return ended;
  if (const Step ended = pump_response()) return ended;

  // While a body is awaited its bytes are of interest; otherwise only that the client goes away.
  Channel& client = client_.socket.channel();
  const auto output_interest = static_cast<std::uint8_t>(client.interest & runtime::kWritable);
  client.interest =
      static_cast<std::uint8_t>(output_interest | kPeerClosed | kBroken |
                                (up_.source_done() ? std::uint8_t{0} : std::uint8_t{kReadable}));
  return std::nullopt;
}

/// A client that has closed its side is taken to be gone, as browsers and libraries close both at
/// once; the node should hear of it, above all one that holds a long poll.
bool Exchange::client_is_gone() const noexcept {
  const std::uint8_t ready = client_.socket.channel().ready;
  return (ready & kBroken) || ((ready & kPeerClosed) && up_.source_done());
}

Exchange::Step Exchange::on_wake(WakeReason reason) {
  if (reason == WakeReason::cancelled) return finish(ExchangeEnd::abort, Termination::stopped);
  if (reason == WakeReason::timed_out) return on_timeout();
  if (!client_is_gone()) return std::nullopt;
  return client_aborted();
}

TimePoint Exchange::deadline() const {
  const config::TimeoutConfig& timeouts = request_.daemon().timeouts;
  if (response_started_) return thread_.now() + timeouts.response_body;
  if (!up_.done()) return thread_.now() + timeouts.request_body;
  return first_byte_deadline_;
}

Exchange::Attempt Exchange::on_timeout() {
  if (response_started_) {
    // Whose turn was it? If the client's socket takes no more, the client is the slow one.
    const bool client_is_slow =
        !down_.done() && (client_.socket.channel().interest & runtime::kWritable);
    if (!client_is_slow) thread_.metrics.upstream_timeouts.add();
    return finish(ExchangeEnd::abort,
                  client_is_slow ? Termination::client_timeout : Termination::upstream_timeout);
  }
  const bool node_takes_nothing = upstream_channel().interest & runtime::kWritable;
  if (!up_.source_done() && !node_takes_nothing) {
    thread_.metrics.request_timeouts.add();
    return refuse(refusals::kRequestTimeout);
  }
  thread_.metrics.upstream_timeouts.add();
  return refuse(refusals::kUpstreamTimeout);
}

Exchange::Step Exchange::pump_request() {
  if (up_.done() || upstream_write_failed_) return std::nullopt;
  const std::uint64_t before = up_.bytes();
  const PumpStatus status =
      up_.run(client_.socket, upstream_->socket, thread_.reactor().scratch(), beyond_);
  thread_.metrics.bytes_from_clients.add(up_.bytes() - before);
  switch (status) {
    case PumpStatus::wants_input:
    case PumpStatus::wants_output:
      return std::nullopt;
    case PumpStatus::more:
      thread_.reactor().run_again(client_.socket.channel());
      return std::nullopt;
    case PumpStatus::done:
      first_byte_deadline_ = thread_.now() + request_.route.pool->timeouts().first_byte;
      return std::nullopt;
    default:
      return request_ended_badly(status);
  }
}

Exchange::Step Exchange::request_ended_badly(PumpStatus status) {
  if (status == PumpStatus::output_failed) {
    // A node may refuse a body by answering and closing: its response is still to be read.
    upstream_write_failed_ = true;
    return std::nullopt;
  }
  if (status == PumpStatus::malformed && !response_started_) {
    // The node has the head and a body that stops in the middle; it must not take the request for
    // complete, nor the connection for usable.
    upstream_->socket.reset_on_close();
    return refuse_malformed_body();
  }
  upstream_->socket.reset_on_close();
  return client_aborted();
}

Exchange::Attempt Exchange::refuse_malformed_body() {
  thread_.metrics.parse_rejects.add();
  return refuse(
      {400, http::rule_of(up_.chunk_error()), http::message_of(up_.chunk_error()), {}, 0});
}

Exchange::Step Exchange::pump_response() {
  if (!response_started_) {
    const Step ended = read_response_head();
    if (ended || !response_started_ || !staged_.empty()) return ended;
  }
  if (down_.done()) return response_complete();
  const std::uint64_t before = down_.bytes();
  const PumpStatus status =
      down_.run(upstream_->socket, client_.socket, thread_.reactor().scratch(), beyond_response_);
  thread_.metrics.bytes_from_upstreams.add(down_.bytes() - before);
  switch (status) {
    case PumpStatus::wants_input:
    case PumpStatus::wants_output:
      return std::nullopt;
    case PumpStatus::more:
      thread_.reactor().run_again(upstream_channel());
      return std::nullopt;
    case PumpStatus::done:
      return response_complete();
    default:
      return response_ended_badly(status);
  }
}

Exchange::Step Exchange::response_ended_badly(PumpStatus status) {
  if (status == PumpStatus::output_failed) return client_aborted();
  if (status == PumpStatus::malformed) {
    thread_.metrics.bad_upstream_responses.add();
  } else {
    thread_.metrics.upstream_failures.add();
  }
  thread_.rare_log.warn(
      "response broken off", request_.member->id,
      {{"node", request_.member->id}, {"requestId", request_.id}, {"bytes", down_.bytes()}});
  return finish(ExchangeEnd::abort, Termination::upstream_failed);
}

Exchange::Step Exchange::response_complete() {
  const bool request_complete = up_.done();
  if (upstream_reusable_ && request_complete && beyond_response_.empty()) {
    UpstreamPool::Limits limits = request_.snapshot->upstream_limits;
    limits.idle_time = std::min(limits.idle_time, upstream_idle_limit_);
    thread_.upstreams.put(std::move(upstream_), limits);
  }
  const bool closes = client_closes_ || !request_complete;
  return finish(closes ? ExchangeEnd::close : ExchangeEnd::keep_alive, Termination::complete);
}

/// The node's connection has ended before a response began.
Exchange::Attempt Exchange::upstream_lost() {
  thread_.metrics.upstream_failures.add();
  if (may_retry(Attempt::broken_early)) return Attempt::broken_early;
  return refuse(refusals::kUpstreamFailed);
}

}  // namespace pushgate::agent
