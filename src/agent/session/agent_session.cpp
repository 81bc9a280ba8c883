#include "agent/session/agent_session.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include "pushgate/http/forwarded.hpp"
#include "pushgate/http/upgrade.hpp"
#include "pushgate/net/proxy_protocol.hpp"
#include "pushgate/websocket/handshake.hpp"

#include "agent/session/request_log.hpp"

namespace pushgate::agent {

using net::IoResult;
using net::IoStatus;
using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::kReadable;
using runtime::kWritable;
using runtime::Task;
using runtime::WakeReason;

namespace {

// What a head of ordinary size needs; the buffer grows for others.
constexpr std::size_t kHeadReadBytes = 4096;
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kLingerBytes = 256 * 1024;

}  // namespace

AgentSession::AgentSession(AgentThread& thread, ClientLimiter& clients, const Endpoint& peer,
                           config::ProxyProtocolMode proxy_protocol)
    : thread_(thread),
      clients_(clients),
      waiter_(thread.reactor()),
      peer_(peer),
      proxy_protocol_(proxy_protocol) {}

bool AgentSession::attach(UniqueFd socket) {
  Result<net::Socket> attached =
      net::Socket::attach(thread_.reactor(), std::move(socket), &waiter_);
  if (!attached) return false;
  client_ = std::move(*attached);
  return true;
}

Task<> AgentSession::run() {
  const TimePoint first_deadline =
      thread_.now() + thread_.snapshot()->config.daemon.timeouts.request_head;
  const bool proxied = co_await read_proxy_header();
  if (!proxied) co_return;
  Next next = admit_client();
  TimePoint deadline = first_deadline;
  while (next == Next::request) {
    std::unique_ptr<http::RequestHead> head = thread_.borrow_head();
    const HeadRead read = co_await read_head(*head, deadline);
    if (read == HeadRead::complete) {
      next = co_await serve_request(*head);
    } else if (read == HeadRead::bad) {
      next = co_await refuse_head(head_error_);
    } else {
      next = Next::close;
    }
    thread_.give_back(std::move(head));
    if (next == Next::request && thread_.draining()) next = Next::close;
    deadline = thread_.now() + thread_.snapshot()->config.daemon.timeouts.keep_alive;
  }
  if (next == Next::linger) co_await linger();
  if (next == Next::abort) client_.reset_on_close();
}

void AgentSession::drain() {
  if (between_requests_ && input_.empty()) waiter_.cancel();
}

// ---- before HTTP ---------------------------------------------------------------------------------

Task<bool> AgentSession::read_proxy_header() {
  const config::DaemonConfig& daemon = thread_.snapshot()->config.daemon;
  const bool trusted = daemon.trusted_proxies.contains(peer_.address());
  const bool expected =
      proxy_protocol_ == config::ProxyProtocolMode::required ||
      (proxy_protocol_ == config::ProxyProtocolMode::trusted && trusted);
  bool complete = !expected;
  const TimePoint deadline = thread_.now() + daemon.timeouts.request_head;
  while (!complete) {
    client_.channel().interest = kReadable | kBroken;
    const WakeReason reason = co_await waiter_.wait_until(deadline);
    const bool may_go_on = reason == WakeReason::ready && read_more() &&
                           accept_proxy_header(input_.view(), complete);
    if (!may_go_on) {
      thread_.metrics.proxy_header_errors.add();
      thread_.rare_log.warn("no valid PROXY protocol header", peer_.address().to_string(),
                            {{"peer", peer_.to_string()}});
      co_return false;
    }
  }
  co_return true;
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

// ---- reading a request ---------------------------------------------------------------------------

/// Reads once into the input buffer. False at the end of the stream and on errors.
bool AgentSession::read_more() {
  char* const data = input_.prepare(input_.room() > 0 && !input_.empty() ? 1 : kHeadReadBytes);
  const IoResult got = client_.read(data, input_.room());
  if (got.status == IoStatus::would_block) return true;
  if (got.status != IoStatus::ok) return false;
  input_.commit(got.bytes);
  return true;
}

Task<AgentSession::HeadRead> AgentSession::read_head(http::RequestHead& head, TimePoint deadline) {
  std::size_t scanned = 0;
  bool begun = false;
  for (;;) {
    if (!input_.empty()) {
      if (!begun) {
        begun = true;
        between_requests_ = false;
        request_started_at_ = thread_.now();
        deadline = request_started_at_ + thread_.snapshot()->config.daemon.timeouts.request_head;
      }
      const http::HeadOutcome outcome = http::parse_request_head(
          input_.view(), thread_.snapshot()->head_limits, scanned, head);
      head_bytes_ = outcome.head_bytes;
      head_error_ = outcome.error;
      if (outcome.status == http::HeadStatus::done) co_return HeadRead::complete;
      if (outcome.status == http::HeadStatus::bad) co_return HeadRead::bad;
    }
    if (!(client_.channel().ready & kReadable)) {
      input_.release_if_empty();
      between_requests_ = !begun;
      client_.channel().interest = kReadable | kBroken;
      const WakeReason reason = co_await waiter_.wait_until(deadline);
      between_requests_ = false;
      if (reason == WakeReason::cancelled) co_return HeadRead::closed;
      if (reason == WakeReason::timed_out) {
        if (!begun) co_return HeadRead::closed;
        thread_.metrics.request_timeouts.add();
        head_error_ = http::HeadError::none;
        co_return HeadRead::bad;
      }
    }
    if (!read_more()) co_return HeadRead::closed;
  }
}

// ---- serving it ----------------------------------------------------------------------------------

Task<AgentSession::Next> AgentSession::serve_request(const http::RequestHead& head) {
  thread_.metrics.requests.add();
  ActiveRequest request{.head = head,
                        .head_bytes = input_.view().substr(0, head_bytes_),
                        .snapshot = thread_.snapshot(),
                        .peer = peer_,
                        .peer_is_trusted = peer_is_trusted_,
                        .started_at = request_started_at_,
                        .own_id = thread_.request_ids.next()};
  request.id = request.own_id.text();
  request.client = peer_.address();
  if (peer_is_trusted_) {
    request.client =
        http::resolve_client(head.fields, peer_.address(), request.daemon().trusted_proxies);
    const http::Field* const given = head.find(http::FieldId::x_request_id);
    if (given != nullptr && is_acceptable_request_id(given->value)) request.id = given->value;
  }

  const RequestView view{head, request.client};
  const IdentityChain& chain = request.snapshot->identity;
  std::optional<Refusal> refusal;
  if (chain.is_immediate()) {
    refusal = route(request, chain.evaluate_now(view));
  } else {
    IdentityVerdict verdict = co_await chain.evaluate(view);
    refusal = route(request, std::move(verdict));
  }
  if (refusal) {
    thread_.metrics.identity_rejects.add();
    const Next next =
        co_await refuse(request, {refusal->status, refusal->rule, refusal->message, {}, 0});
    co_return next;
  }
  if (const std::optional<LocalRefusal> mistake = check_upgrade(request)) {
    thread_.metrics.handshakes_refused.add();
    const Next next = co_await refuse(request, *mistake);
    co_return next;
  }
  const Next next = co_await forward(request);
  co_return next;
}

/// From a verdict to a pool, or to why there is none.
std::optional<Refusal> AgentSession::route(ActiveRequest& request, IdentityVerdict verdict) {
  if (!verdict.identity) return verdict.refusal;
  request.identity = std::move(verdict.identity);
  const RouteTable& routes = request.snapshot->routes;
  request.pool = routes.find(request.identity->product());
  if (request.pool == nullptr && request.daemon().identity.unknown_product ==
                                     config::IdentityConfig::UnknownProduct::use_default) {
    request.pool = routes.default_pool();
  }
  if (request.pool != nullptr) return std::nullopt;
  return Refusal{404, "unknown_product", "There is no such product."};
}

std::optional<LocalRefusal> AgentSession::check_upgrade(ActiveRequest& request) {
  const http::RequestHead& head = request.head;
  if (!head.wants_upgrade) return std::nullopt;
  request.upgrade_protocol =
      http::requested_protocol(head, request.daemon().http.upgrade_protocols);
  if (request.upgrade_protocol.empty()) return std::nullopt;
  if (const http::UpgradeError error = http::check_upgrade_request(head);
      error != http::UpgradeError::none) {
    return LocalRefusal{400, "bad_handshake", http::message_of(error), {}, 0};
  }
  if (request.upgrade_protocol != "websocket") return std::nullopt;

  const auto field = [&](http::FieldId id) {
    const http::SingleField found = http::single_field(head.fields, id);
    return websocket::HandshakeField{found.value, found.count};
  };
  const websocket::HandshakeError error =
      websocket::check_client({field(http::FieldId::sec_websocket_key),
                               field(http::FieldId::sec_websocket_version)});
  if (error == websocket::HandshakeError::none) return std::nullopt;
  const bool wrong_version = error == websocket::HandshakeError::unsupported_version;
  return LocalRefusal{websocket::status_of(error), websocket::rule_of(error),
                      websocket::message_of(error),
                      wrong_version ? "Sec-WebSocket-Version: 13\r\n" : "", 0};
}

Task<AgentSession::Next> AgentSession::forward(ActiveRequest& request) {
  Exchange exchange(thread_, {client_, waiter_, input_, slot_}, request);
  const ExchangeEnd end = co_await exchange.run();
  if (end == ExchangeEnd::refused) {
    const Next next = co_await refuse(request, exchange.refusal());
    co_return next;
  }
  end_request(request);
  switch (end) {
    case ExchangeEnd::switched: co_return Next::gone;
    case ExchangeEnd::abort: co_return Next::abort;
    case ExchangeEnd::linger: co_return Next::linger;
    case ExchangeEnd::close: co_return Next::close;
    default: break;
  }
  input_.consume(exchange.input_used());
  if (!exchange.beyond().empty()) input_.append(exchange.beyond().view());
  co_return Next::request;
}

/// One log line and one duration for each request, however it ended.
void AgentSession::end_request(ActiveRequest& request) {
  const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
      thread_.now() - request.started_at);
  const auto microseconds = static_cast<std::uint64_t>(elapsed.count());
  if (request.termination == Termination::upgraded) {
    thread_.metrics.tunnels_opened.add();
    thread_.metrics.handshake_duration.observe(microseconds);
  } else {
    thread_.metrics.request_duration.observe(microseconds);
  }
  log_request(thread_, request, elapsed);
}

// ---- answering it here ---------------------------------------------------------------------------

Task<AgentSession::Next> AgentSession::refuse(ActiveRequest& request,
                                              const LocalRefusal& refusal) {
  // A body that was not read would be taken for the next request.
  const bool keep_alive = request.head.keep_alive &&
                          request.head.framing == http::Framing::none && !thread_.draining() &&
                          request.upgrade_protocol.empty();
  http::LocalAnswer answer{.status = refusal.status,
                           .rule = refusal.rule,
                           .message = refusal.message,
                           .request_id = request.id,
                           .extra_fields = refusal.extra_fields,
                           .retry_after_s = refusal.retry_after_s,
                           .date = std::time(nullptr),
                           .keep_alive = keep_alive,
                           .head_request = request.head.method == http::Method::head};
  const std::string& custom_body = request.daemon().identity.missing_uid_body;
  if (refusal.rule == "missing_uid" && !custom_body.empty()) {
    answer.body = custom_body;
    if (custom_body.front() != '{') answer.content_type = "text/plain; charset=utf-8";
  }
  request.status = refusal.status;
  request.rule = refusal.rule;
  request.termination = Termination::refused;
  thread_.metrics.local_answers.add();
  const bool written = co_await write_answer(answer);
  end_request(request);
  if (!written) co_return Next::abort;
  if (!keep_alive) co_return Next::linger;
  input_.consume(request.head_bytes.size());
  co_return Next::request;
}

Task<AgentSession::Next> AgentSession::refuse_head(http::HeadError error) {
  const bool timed_out = error == http::HeadError::none;
  if (!timed_out) thread_.metrics.parse_rejects.add();
  thread_.metrics.local_answers.add();
  const RequestId id = thread_.request_ids.next();
  const http::LocalAnswer answer{
      .status = timed_out ? std::uint16_t{408} : http::status_of(error),
      .rule = timed_out ? std::string_view{"request_timeout"} : http::rule_of(error),
      .message = timed_out ? std::string_view{"The request head did not arrive in time."}
                           : http::message_of(error),
      .request_id = id.text(),
      .date = std::time(nullptr)};
  log_bad_head(thread_, peer_.address(), id, answer.status, answer.rule);
  const bool written = co_await write_answer(answer);
  co_return written ? Next::linger : Next::abort;
}

Task<bool> AgentSession::write_answer(const http::LocalAnswer& answer) {
  net::Buffer pending;
  {
    std::string& out = thread_.out;
    out.clear();
    http::append_local_answer(out, answer);
    const IoResult wrote = client_.write(out);
    if (wrote.status == IoStatus::failed) co_return false;
    pending.append(std::string_view{out}.substr(wrote.bytes));
  }
  const TimePoint deadline =
      thread_.now() + thread_.snapshot()->config.daemon.timeouts.response_body;
  while (!pending.empty()) {
    client_.channel().interest = kWritable | kBroken;
    const WakeReason reason = co_await waiter_.wait_until(deadline);
    if (reason != WakeReason::ready) co_return false;
    const IoResult wrote = client_.write(pending.view());
    if (wrote.status == IoStatus::failed) co_return false;
    pending.consume(wrote.bytes);
  }
  co_return true;
}

/// Closes so that the client can read the last response even while it is still sending (RFC 9112
/// section 9.6): first our direction only, then, once the client has closed or a little time has
/// passed, the other one.
Task<> AgentSession::linger() {
  client_.shutdown_write();
  input_.release();
  const TimePoint deadline = thread_.now() + kLingerTime;
  for (std::size_t discarded = 0; discarded < kLingerBytes;) {
    if (!(client_.channel().ready & kReadable)) {
      client_.channel().interest = kReadable | kBroken;
      const WakeReason reason = co_await waiter_.wait_until(deadline);
      if (reason != WakeReason::ready) co_return;
    }
    const IoResult got =
        client_.read(thread_.reactor().scratch(), runtime::Reactor::kScratchBytes);
    if (got.status == IoStatus::end || got.status == IoStatus::failed) co_return;
    discarded += got.bytes;
  }
}

}  // namespace pushgate::agent
