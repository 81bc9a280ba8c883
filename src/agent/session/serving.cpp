// serving.cpp - the part of AgentSession between a request's head and its exchange: who is it,
// where does it go, may it upgrade.

#include <utility>

#include "pushgate/http/forwarded.hpp"
#include "pushgate/http/upgrade.hpp"
#include "pushgate/websocket/handshake.hpp"

#include "agent/session/agent_session.hpp"
#include "agent/session/request_log.hpp"

namespace pushgate::agent {

using runtime::Task;

Task<AgentSession::Next> AgentSession::serve_request(const http::RequestHead& head) {
  thread_.metrics.requests.add();
  ActiveRequest request{.head = head,
                        .head_bytes = input_.view().substr(0, head_bytes_),
                        .snapshot = thread_.snapshot(),
                        .peer = peer_,
                        .listener = listener_,
                        .peer_is_trusted = peer_is_trusted_,
                        .started_at = request_started_at_,
                        .own_id = thread_.request_ids.next()};
  request.bytes_in = head_bytes_;
  request.id = request.own_id.text();
  request.client = peer_.address();
  if (peer_is_trusted_) hear_trusted_peer(request);

  const RequestView view{head, request.client, &thread_.services};
  IdentityEvaluation evaluation(request.snapshot->policy->identity, view);
  while (!evaluation.advance()) {
    runtime::Cancellable<SourceValue> answer{std::move(evaluation.task())};
    pending_ = &answer;
    std::optional<SourceValue> value = co_await answer;
    pending_ = nullptr;
    if (!value) co_return Next::abort;
    evaluation.resume(std::move(*value));
  }
  std::optional<LocalRefusal> refusal = take_identity(request, evaluation.verdict());
  RouteDecision decision;
  if (!refusal) decision = ask_route_hook(request, view);
  if (decision.task) {
    runtime::Cancellable<RouteDecision> answer{std::move(*decision.task)};
    pending_ = &answer;
    std::optional<RouteDecision> value = co_await answer;
    pending_ = nullptr;
    if (!value) co_return Next::abort;
    decision = std::move(*value);
  }
  if (!refusal) refusal = admit_request(request, view, std::move(decision));
  if (!refusal) {
    Exchange exchange(thread_, {client_, waiter_, input_, slot_}, request);
    const ExchangeEnd end = co_await exchange.run();
    if (end != ExchangeEnd::refused) co_return end_exchange(request, exchange, end);
    refusal = exchange.refusal();
  }
  const Next next = co_await refuse(request, *refusal);
  co_return next;
}

/// A proxy that is trusted says who the client is and what the request is called.
void AgentSession::hear_trusted_peer(ActiveRequest& request) const {
  request.client =
      http::resolve_client(request.head.fields, peer_.address(), request.daemon().trusted_proxies);
  const http::Field* const given = request.head.find(http::FieldId::x_request_id);
  if (given != nullptr && is_acceptable_request_id(given->value)) request.id = given->value;
}

/// A refusal of the identity sources, with what they want the client to read.
LocalRefusal AgentSession::identity_refusal(ActiveRequest& request, const Refusal& refusal) {
  thread_.metrics.identity_rejects.add();
  LocalRefusal local{refusal.status, refusal.rule, refusal.message, {}, 0};
  if (!request.extras) return local;
  local.extra_fields = request.extras->answer_fields;
  local.body = request.extras->body;
  local.content_type = request.extras->content_type;
  return local;
}

std::optional<LocalRefusal> AgentSession::take_identity(ActiveRequest& request,
                                                        IdentityVerdict& verdict) {
  request.extras = std::move(verdict.extras);
  if (!verdict.identity) return identity_refusal(request, verdict.refusal);
  request.identity = std::move(verdict.identity);
  return std::nullopt;
}

RouteDecision AgentSession::ask_route_hook(const ActiveRequest& request,
                                           const RequestView& view) const {
  const RouteHook* const hook = request.snapshot->policy->router.get();
  if (hook == nullptr || !hook->decides(request.identity->product())) return {};
  return hook->decide(view, *request.identity);
}

/// Everything else that is decided before a node is picked. Empty if the request may go on.
std::optional<LocalRefusal> AgentSession::admit_request(ActiveRequest& request,
                                                        const RequestView& view,
                                                        RouteDecision decision) {
  if (decision.extras) request.extras = std::move(decision.extras);
  const std::optional<Refusal> refusal =
      resolve_route({request.snapshot->routes, request.daemon().identity, view, *request.identity},
                    decision, thread_.unlisted_members, request.route);
  if (refusal) return identity_refusal(request, *refusal);
  if (request.route.pin_is_unknown) {
    thread_.rare_log.warn("a script has chosen a node that is not in the table", decision.name,
                          {{"product", request.route.pool->name()}, {"node", decision.name}});
  }
  std::optional<LocalRefusal> mistake = check_upgrade(request);
  if (mistake) thread_.metrics.handshakes_refused.add();
  return mistake;
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
  const websocket::HandshakeError error = websocket::check_client(
      {field(http::FieldId::sec_websocket_key), field(http::FieldId::sec_websocket_version)});
  if (error == websocket::HandshakeError::none) return std::nullopt;
  const bool wrong_version = error == websocket::HandshakeError::unsupported_version;
  return LocalRefusal{websocket::status_of(error), websocket::rule_of(error),
                      websocket::message_of(error),
                      wrong_version ? "Sec-WebSocket-Version: 13\r\n" : "", 0};
}

/// After an exchange that has answered the client, or left it without an answer.
AgentSession::Next AgentSession::end_exchange(ActiveRequest& request, Exchange& exchange,
                                              ExchangeEnd end) {
  end_request(request);
  switch (end) {
    case ExchangeEnd::switched:
      return Next::gone;
    case ExchangeEnd::abort:
      return Next::abort;
    case ExchangeEnd::close:
      return Next::linger;
    default:
      break;
  }
  input_.consume(exchange.input_used());
  if (!exchange.beyond().empty()) input_.append(exchange.beyond().view());
  return Next::request;
}

std::chrono::microseconds AgentSession::elapsed_since(TimePoint start) const noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(thread_.now() - start);
}

/// One log line and one duration for each request, however it ended.
void AgentSession::end_request(ActiveRequest& request) {
  const std::chrono::microseconds elapsed = elapsed_since(request.started_at);
  const auto microseconds = static_cast<std::uint64_t>(elapsed.count());
  if (request.termination == Termination::upgraded) {
    thread_.metrics.tunnels_opened.add();
    thread_.metrics.handshake_duration.observe(microseconds);
  } else {
    thread_.metrics.request_duration.observe(microseconds);
  }
  log_request(thread_, request, elapsed);
}

}  // namespace pushgate::agent
