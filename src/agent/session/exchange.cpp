#include "agent/session/exchange.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "pushgate/http/upgrade.hpp"

#include "agent/session/outgoing_head.hpp"
#include "agent/session/refusals.hpp"

namespace pushgate::agent {

using net::IoResult;
using net::IoStatus;
using runtime::Departures;
using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::kReadable;
using runtime::kWritable;
using runtime::Task;
using runtime::WakeReason;

namespace {

// Spread over this many seconds, so that clients turned away together do not come back together.
constexpr std::uint32_t kRetryAfterSpreadSeconds = 5;

bool is_our_own_shortage(ErrorCode error) noexcept {
  switch (error.value()) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:  // no port left on our side
      return true;
    default:
      return false;
  }
}

}  // namespace

Task<ExchangeEnd> Exchange::run() {
  std::size_t first_choice = 0;
  bool may_reuse = request_.upgrade_protocol.empty();
  Attempt last = Attempt::not_connected;
  for (unsigned nodes_tried = 0;;) {
    const std::optional<Choice> choice = choose(first_choice);
    if (!choice) co_return give_up(last);
    request_.member = choice->member;
    request_.attempt = choice->attempt;
    if (choice->attempt > 0) thread_.metrics.fallback_choices.add();

    last = co_await try_node(may_reuse);
    if (last == Attempt::finished) co_return end_;
    const bool was_reused = request_.upstream_reused;
    upstream_.reset();
    if (!may_retry(last)) co_return give_up(last);
    // A stale pooled connection says nothing about the node: the same one, connected afresh.
    if (was_reused) {
      may_reuse = false;
    } else {
      if (nodes_tried++ == request_.route.pool->retries()) co_return give_up(last);
      first_choice = std::exchange(pinned_failed_, true) || request_.route.pinned == nullptr
                         ? choice->attempt + 1
                         : 0;
    }
    thread_.metrics.retries.add();
  }
}

/// The node that a script has chosen, as long as it is to be had; else the uid's next one.
std::optional<Choice> Exchange::choose(std::size_t first_choice) {
  if (request_.route.pinned != nullptr && !pinned_failed_) {
    if (request_.route.pinned->health->available(thread_.now()))
      return Choice{request_.route.pinned, 0, 0};
    pinned_failed_ = true;
  }
  if (request_.route.only_pinned) return std::nullopt;
  return pick(*request_.route.pool, request_.identity->uid(), first_choice, thread_.now());
}

/// No node is left to try; what the client is told depends on how the last one failed.
ExchangeEnd Exchange::give_up(Attempt last) {
  if (last == Attempt::broken_early) {
    refusal_ = refusals::kUpstreamFailed;
    return ExchangeEnd::refused;
  }
  thread_.metrics.no_live_node.add();
  refusal_ = refusals::kNoLiveNode;
  refusal_.retry_after_s +=
      static_cast<std::uint32_t>(thread_.request_ids.next_number() % kRetryAfterSpreadSeconds);
  return ExchangeEnd::refused;
}

/// One coroutine for a node: connecting, the head, then both directions at once. What it does
/// between two waits are plain functions.
Task<Exchange::Attempt> Exchange::try_node(bool may_reuse) {
  Step ended = may_reuse && reuse_connection() ? Step{} : open_connection();
  if (ended) co_return *ended;
  runtime::Channel& channel = upstream_channel();
  channel.sink = &client_.waiter;
  channel.interest = kReadable | kPeerClosed | kBroken;
  if (upstream_->answers_briefly) channel.interest |= runtime::kAhead;

  OutgoingBytes head;
  ended = assemble_head(head);
  bool written = false;
  if (!ended && request_.upstream_reused && stage(head)) {
    const Departures::Outcome sent =
        co_await thread_.reactor().departures().send(upstream_->socket.fd(), head.head);
    ended = on_head_written(upstream_->socket.sent_for_it(sent, head.head.size()), head, written);
  } else if (!ended) {
    ended = write_head(head, written);
  }
  const TimePoint connect_deadline = thread_.now() + request_.route.pool->timeouts().connect;
  while (!ended && !written) {
    channel.interest |= kWritable;
    client_.socket.channel().interest = kPeerClosed | kBroken;
    const WakeReason reason = co_await client_.waiter.wait_until(connect_deadline);
    channel.interest &= static_cast<std::uint8_t>(~kWritable);
    ended = on_wake_while_connecting(reason);
    if (!ended) ended = assemble_head(head);
    if (!ended) ended = write_head(head, written);
  }
  if (!ended) note_head_written();
  while (!ended) {
    ended = converse();
    if (ended) break;
    if (!staged_.empty()) {
      const std::string_view staged = std::exchange(staged_, {});
      const Departures::Outcome sent =
          co_await thread_.reactor().departures().send(client_.socket.fd(), staged);
      ended = on_beginning_written(client_.socket.sent_for_it(sent, staged.size()), {staged, {}});
      continue;
    }
    const WakeReason reason = co_await client_.waiter.wait_until(deadline());
    ended = on_wake(reason);
  }
  co_return *ended;
}

bool Exchange::reuse_connection() {
  for (;;) {
    upstream_ = thread_.upstreams.take(*request_.member->health);
    if (upstream_ == nullptr) return false;
    // An idempotent request without a body can be sent again if the connection turns out to be
    // dead.
    const bool repeatable =
        http::is_idempotent(request_.head.method) && request_.head.framing == http::Framing::none;
    // Others get one look: the node may have closed the connection a moment ago, before the reactor
    // could hear of it.
    if (repeatable || upstream_->has_nothing_to_read()) break;
  }
  request_.upstream_reused = true;
  request_.connected_at = thread_.now();
  thread_.metrics.upstream_reuses.add();
  return true;
}

Exchange::Step Exchange::open_connection() {
  request_.upstream_reused = false;
  request_.connected_at = {};  // a pooled connection may have been tried before
  Result<UniqueFd> fd = net::begin_connect(request_.member->endpoint);
  if (!fd) return connect_failed(fd.error());
  Result<net::Socket> socket =
      net::Socket::attach(thread_.reactor(), std::move(*fd), &client_.waiter, runtime::Turn::early);
  if (!socket) return connect_failed(socket.error());
  upstream_ = std::make_unique<UpstreamConnection>(thread_.upstreams, request_.member->health,
                                                   std::move(*socket));
  thread_.metrics.upstream_connects.add();
  return std::nullopt;
}

Exchange::Attempt Exchange::connect_failed(ErrorCode error) {
  // Nothing that the node did, and nothing that another node could do better: its users stay.
  if (is_our_own_shortage(error)) {
    thread_.metrics.upstream_connect_failures.add();
    thread_.rare_log.warn("cannot open a socket", error.message(), {{"error", error.message()}});
    return refuse(refusals::kNoConnections);
  }
  note_connect_failure(error);
  return Attempt::not_connected;
}

void Exchange::prepare_request_body() {
  const http::RequestHead& head = request_.head;
  const auto encoding = head.framing == http::Framing::chunked ? BodyPump::Encoding::chunked
                                                               : BodyPump::Encoding::raw;
  up_ = BodyPump(head.framing, head.content_length, encoding, passed_trailers_except());
  if (head.has_connection_options) leave_out_nominated_trailers(up_, head.fields);
  early_used_ = 0;
}

void Exchange::leave_out_nominated_trailers(BodyPump& body,
                                            std::span<const http::Field> fields) const {
  if (passed_trailers_except() == nullptr) return;
  std::string storage;
  body.leave_out_nominated_trailers(
      http::combined_value(fields, http::FieldId::connection, storage));
}

const ProtectedNames* Exchange::passed_trailers_except() const noexcept {
  return request_.daemon().http.pass_trailers ? &request_.snapshot->protected_names : nullptr;
}

/// Puts the head together, and with it as much of the body as came with it.
Exchange::Step Exchange::assemble_head(OutgoingBytes& bytes) {
  std::string& out = thread_.out;
  out.clear();
  prepare_request_body();
  append_request_head(
      {request_.head, request_.head_bytes, *request_.snapshot, *request_.identity, *request_.member,
       request_.peer, request_.peer_is_trusted, request_.id, !request_.upgrade_protocol.empty(),
       request_.extras ? std::string_view{request_.extras->node_fields} : std::string_view{}},
      out);
  const std::string_view early = client_.input.view().substr(request_.head_bytes.size());
  // Bytes behind an upgrade request belong to the new protocol: held until the node has agreed.
  early_used_ = up_.take(early, out);
  if (up_.malformed()) return refuse_malformed_body();
  bytes = {out, up_.writes_as_is() ? early.substr(0, early_used_) : std::string_view{}};
  return std::nullopt;
}

/// True if the bytes are in the thread's stage now, as one piece, to be sent after the batch.
bool Exchange::stage(OutgoingBytes& bytes) {
  const std::string_view copy = thread_.reactor().departures().stage(bytes.head, bytes.body);
  if (copy.empty()) return false;
  bytes = {copy, {}};
  return true;
}

Exchange::Step Exchange::write_head(const OutgoingBytes& bytes, bool& written) {
  return on_head_written(upstream_->socket.write(bytes.head, bytes.body), bytes, written);
}

/// `written` stays false while the connection is still being made.
Exchange::Step Exchange::on_head_written(const IoResult& wrote, const OutgoingBytes& bytes,
                                         bool& written) {
  if (wrote.status == IoStatus::failed) {
    if (request_.upstream_reused) return Attempt::broken_early;
    note_connect_failure({wrote.error, boost::system::system_category()});
    return Attempt::not_connected;
  }
  if (wrote.status == IoStatus::would_block) return std::nullopt;
  const std::size_t of_head = std::min(wrote.bytes, bytes.head.size());
  up_.keep(bytes.head.substr(of_head));
  up_.keep(bytes.body.substr(wrote.bytes - of_head));
  written = true;
  return std::nullopt;
}

Exchange::Step Exchange::on_wake_while_connecting(WakeReason reason) {
  if (reason != WakeReason::timed_out) return on_wake(reason);
  note_connect_failure({ETIMEDOUT, boost::system::system_category()});
  return Attempt::not_connected;
}

void Exchange::note_head_written() {
  if (reached_ != request_.member) {  // not again for what a stale connection has lost
    reached_ = request_.member;
    if (reached_->counts) reached_->counts->add(thread_.index(), request_.attempt);
  }
  if (!request_.upstream_reused) {
    request_.connected_at = thread_.now();
    request_.member->health->report_success();
  }
  first_byte_deadline_ = thread_.now() + request_.route.pool->timeouts().first_byte;
}

bool Exchange::may_retry(Attempt attempt) const noexcept {
  if (attempt == Attempt::not_connected) return true;
  // Something was sent. Repeat only what means the same when it is done twice, and only what is
  // still here to be sent: a body that came from the socket is gone.
  const bool body_is_here = up_.bytes() <= early_used_;
  const bool nothing_received = request_.first_byte_at == TimePoint{} && response_input_.empty();
  return http::is_idempotent(request_.head.method) && body_is_here && nothing_received;
}

void Exchange::note_connect_failure(ErrorCode error) {
  const config::PassiveHealthConfig& health = request_.daemon().health;
  const std::chrono::milliseconds pause =
      request_.member->health->report_failure(thread_.now(), health.backoff, health.max_backoff);
  thread_.metrics.upstream_connect_failures.add();
  thread_.rare_log.warn("connect failed", request_.member->id,
                        {{"product", request_.route.pool->name()},
                         {"node", request_.member->id},
                         {"address", request_.member->address},
                         {"error", error.message()},
                         {"skippedForMs", static_cast<std::int64_t>(pause.count())}});
}

Exchange::Attempt Exchange::finish(ExchangeEnd end, Termination termination) {
  end_ = end;
  request_.termination = termination;
  request_.body_complete = up_.done();
  request_.bytes_in = request_.head_bytes.size() + up_.bytes();
  request_.bytes_out = response_head_bytes_ + down_.bytes();
  return Attempt::finished;
}

Exchange::Attempt Exchange::client_aborted() {
  thread_.metrics.client_aborts.add();
  return finish(ExchangeEnd::abort, Termination::client_aborted);
}

Exchange::Attempt Exchange::refuse(const LocalRefusal& refusal) {
  refusal_ = refusal;
  return finish(ExchangeEnd::refused, refusal.termination);
}

}  // namespace pushgate::agent
