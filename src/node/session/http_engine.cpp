// http_engine.cpp - the part of HttpConnection that is about Engine.IO and WebSocket handshakes.

#include <utility>

#include "pushgate/base/text.hpp"
#include "pushgate/http/percent.hpp"
#include "pushgate/http/query.hpp"
#include "pushgate/http/upgrade.hpp"
#include "pushgate/websocket/handshake.hpp"

#include "node/node_core.hpp"
#include "node/session/event_stream.hpp"
#include "node/session/http_compression.hpp"
#include "node/session/http_connection.hpp"
#include "node/session/plain_client.hpp"

namespace pushgate::node {

using config::TransportKind;
using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::Task;
using runtime::WakeReason;

/// The last event that a client has seen: by the query ("since"), or as browsers say it when they
/// come back to an event stream.
static std::string since_of(const http::RequestHead& head) {
  for (const http::Field& field : head.fields) {
    if (iequals(field.name, "last-event-id")) return std::string{trim(field.value)};
  }
  http::ParameterValues values{head.query, "since"};
  const std::optional<std::string_view> value = values.next();
  return value ? http::percent_decode(*value, http::Plus::space).value_or("") : std::string{};
}

/// A GET that waits. Its session is found by its id again and again: it may end meanwhile.
struct HttpConnection::Poll final : PendingPoll {
  Poll(HttpConnection& of, const SessionId& id, Format wanted) noexcept
      : PendingPoll(wanted), connection(of), sid(id) {}
  ~Poll() {
    if (answered) return;
    if (EngineSession* const session = connection.thread_.find_session(sid)) {
      session->abandon_poll(*this);
    }
  }
  // Not at once: this is called in the middle of the session's work.
  void on_answer() override {
    connection.thread_.reactor().run_again(connection.socket_.channel());
  }

  HttpConnection& connection;
  SessionId sid;
};

Task<HttpConnection::Next> HttpConnection::serve_engine(const http::RequestHead& head) {
  if (head.method == http::Method::options) {
    HttpReply answer = preflight_reply(cors_for(head), head);
    const Next next = co_await reply(head, std::move(answer));
    co_return next;
  }
  EngineRequest request;
  if (const auto error = read_engine_request(head, thread_.settings(), request)) {
    const Next next = co_await refuse_engine(head, *error);
    co_return next;
  }
  if (request.has_sid) {
    if (request.sid && belongs_elsewhere(*request.sid))
      co_return hand_over(request.sid->io_thread());
    const Next next = co_await serve_session(head, request);
    co_return next;
  }
  if (head.method != http::Method::get) {
    const Next next = co_await refuse_engine(head, EngineError::bad_handshake_method);
    co_return next;
  }
  if (request.transport == TransportKind::websocket) {
    const Next next = co_await serve_websocket(head, request);
    co_return next;
  }
  EngineSession& session = thread_.open_session(
      request.version,
      std::make_unique<ClientOrigin>(origin_of(head, peer_, thread_.settings(), unix_ms())));
  session.open_polling();
  request.sid = session.sid();
  const Next next = co_await serve_poll(head, request);
  co_return next;
}

Task<HttpConnection::Next> HttpConnection::serve_session(const http::RequestHead& head,
                                                         const EngineRequest& request) {
  EngineSession* const session = request.sid ? thread_.find_session(*request.sid) : nullptr;
  const bool is_poll =
      request.transport == TransportKind::polling && head.method == http::Method::get;
  std::optional<EngineError> error;
  if (session == nullptr || (session->is_closing() && !is_poll)) {
    error = EngineError::unknown_sid;
  } else if (!session->is_polling() && request.transport == TransportKind::polling) {
    error = EngineError::bad_request;  // it has left long-polling
  }
  if (error) {
    const Next next = co_await refuse_engine(head, *error);
    co_return next;
  }
  if (request.transport == TransportKind::websocket) {
    const Next next = co_await serve_websocket(head, request);
    co_return next;
  }
  if (head.method == http::Method::get) {
    const Next next = co_await serve_poll(head, request);
    co_return next;
  }
  if (head.method == http::Method::post) {
    const Next next = co_await serve_post(head, request);
    co_return next;
  }
  const Next next = co_await refuse_engine(head, EngineError::bad_request);
  co_return next;
}

// ---- long-polling
// ----------------------------------------------------------------------------

Task<HttpConnection::Next> HttpConnection::serve_poll(const http::RequestHead& head,
                                                      const EngineRequest& request) {
  Poll poll(*this, *request.sid, {request.base64_only});
  if (thread_.find_session(poll.sid)->begin_poll(poll) == PollVerdict::refused) {
    poll.answered = true;  // it never was the session's
    const Next next = co_await refuse_engine(head, EngineError::bad_request);
    co_return next;
  }
  while (!poll.answered) {
    if (socket_.channel().ready & (kPeerClosed | kBroken)) co_return Next::close;
    socket_.channel().interest = kPeerClosed | kBroken;
    const WakeReason reason = co_await waiter_.wait_until(thread_.now() + std::chrono::hours{1});
    if (reason == WakeReason::cancelled && !poll.answered) co_return Next::close;
  }
  HttpReply answer{.content_type = content_type_of(poll.form), .body = std::move(poll.body)};
  if (!request.jsonp.empty()) {
    answer.content_type = "text/javascript; charset=UTF-8";
    answer.body = jsonp_body(request.jsonp, answer.body);
  }
  compress_reply(answer, head, thread_.settings().config().http_compression);
  const Next next = co_await reply(head, std::move(answer));
  co_return next;
}

Task<HttpConnection::Next> HttpConnection::serve_post(const http::RequestHead& head,
                                                      const EngineRequest& request) {
  const SessionId sid = *request.sid;
  if (thread_.find_session(sid)->begin_post() == PollVerdict::refused) {
    const Next next = co_await refuse_engine(head, EngineError::bad_request);
    co_return next;
  }
  std::string body;
  const BodyRead read = co_await read_body(head, body, thread_.settings().config().max_payload);
  EngineSession* const session = thread_.find_session(sid);
  if (read != BodyRead::complete) {
    if (session != nullptr) session->abandon_post(CloseReason::transport_error);
    if (read == BodyRead::closed) co_return Next::close;
    HttpReply refusal{.status = static_cast<std::uint16_t>(read == BodyRead::too_large ? 413 : 400),
                      .keep_alive = false};
    const Next next = co_await reply(head, std::move(refusal));
    co_return next;
  }
  bool accepted = session != nullptr && session->is_polling();
  if (accepted && !request.jsonp.empty()) {
    std::optional<std::string> payload = decode_jsonp_form(body);
    accepted = payload.has_value();
    if (accepted) {
      body = std::move(*payload);
    } else {
      session->abandon_post(CloseReason::parse_error);
    }
  }
  if (!accepted || session->end_post(request.body_form(head), body) == PollVerdict::refused) {
    const Next next = co_await refuse_engine(head, EngineError::bad_request);
    co_return next;
  }
  HttpReply answer{.content_type = "text/html", .body = "ok"};
  const Next next = co_await reply(head, std::move(answer));
  co_return next;
}

// ---- WebSocket
// -------------------------------------------------------------------------------

constexpr std::size_t kUsualAnswerBytes = 200;

/// The answer to a handshake, or what is wrong with it.
struct HttpConnection::Handshake {
  std::uint16_t status = 101;
  std::string_view problem{};
  bool compressed = false;
  std::string head{};
};

HttpConnection::Handshake HttpConnection::shake_hands(const http::RequestHead& head) {
  static const std::vector<std::string> protocols{"websocket"};
  if (http::requested_protocol(head, protocols).empty() ||
      http::check_upgrade_request(head) != http::UpgradeError::none) {
    return {.status = 400, .problem = "this needs a WebSocket handshake"};
  }
  const http::SingleField key = single_field(head.fields, http::FieldId::sec_websocket_key);
  const http::SingleField version = single_field(head.fields, http::FieldId::sec_websocket_version);
  const websocket::HandshakeError error =
      websocket::check_client({{key.value, key.count}, {version.value, version.count}});
  if (error != websocket::HandshakeError::none) {
    return {.status = status_of(error), .problem = message_of(error)};
  }
  std::string storage;
  const websocket::DeflateAnswer deflate = websocket::negotiate_deflate(
      combined_value(head.fields, http::FieldId::sec_websocket_extensions, storage),
      thread_.settings().deflate);
  if (deflate.outcome == websocket::DeflateAnswer::Outcome::malformed) {
    return {.status = 400, .problem = "malformed Sec-WebSocket-Extensions"};
  }
  const websocket::AcceptValue accept = websocket::accept_for(key.value);
  Handshake answer{.compressed = deflate.accepted()};
  answer.head.reserve(kUsualAnswerBytes);
  answer.head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  answer.head.append(accept.data(), accept.size()).append("\r\n");
  if (deflate.accepted()) {
    answer.head.append("Sec-WebSocket-Extensions: ").append(deflate.field).append("\r\n");
  }
  // Browsers fail when a subprotocol that they offered is not confirmed. The first one will do.
  if (const http::Field* const offer = head.find(http::FieldId::sec_websocket_protocol)) {
    const std::string_view first = trim(offer->value.substr(0, offer->value.find(',')));
    answer.head.append("Sec-WebSocket-Protocol: ").append(first).append("\r\n");
  }
  answer.head += "\r\n";
  return answer;
}

Task<HttpConnection::Next> HttpConnection::refuse_handshake(const http::RequestHead& head,
                                                            const Handshake& handshake) {
  HttpReply refusal{.status = handshake.status, .keep_alive = false};
  refusal.body = std::string{handshake.problem} + "\n";
  if (handshake.status == 426) {
    refusal.fields = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  }
  const Next next = co_await reply(head, std::move(refusal));
  co_return next;
}

/// A session has one WebSocket, and a second one does not disturb it. As the reference server does,
/// it is opened and closed: clients expect an end, not a refusal.
Task<HttpConnection::Next> HttpConnection::turn_away_second(const Handshake& handshake) {
  thread_.metrics().handshakes_refused.add();
  std::string out = handshake.head;
  websocket::append_close(out, websocket::close_code::kNone);
  const bool written = co_await write_all(out);
  co_return written ? Next::linger : Next::close;
}

Task<HttpConnection::Next> HttpConnection::serve_websocket(const http::RequestHead& head,
                                                           const EngineRequest& request) {
  Handshake handshake = shake_hands(head);
  if (handshake.status != 101) {
    const Next next = co_await refuse_engine(head, EngineError::bad_request, handshake.problem);
    co_return next;
  }
  if (!request.has_sid) {
    EngineSession& session = thread_.open_session(
        request.version,
        std::make_unique<ClientOrigin>(origin_of(head, peer_, thread_.settings(), unix_ms())));
    session.open_websocket(std::move(socket_), handshake.compressed, std::move(handshake.head),
                           early_bytes());
    co_return Next::gone;
  }
  EngineSession* const session = thread_.find_session(*request.sid);
  if (!session->may_upgrade()) {
    const Next next = co_await turn_away_second(handshake);
    co_return next;
  }
  session->begin_upgrade(std::move(socket_), handshake.compressed, handshake.head, early_bytes());
  co_return Next::gone;
}

Task<HttpConnection::Next> HttpConnection::serve_plain(const http::RequestHead& head) {
  Handshake handshake = shake_hands(head);
  auto origin =
      std::make_unique<ClientOrigin>(origin_of(head, peer_, thread_.settings(), unix_ms()));
  std::vector<std::string> rooms;
  if (handshake.status == 101) {
    rooms = rooms_of_query(head.query, thread_.settings(), *origin, handshake.problem);
    if (!handshake.problem.empty()) handshake.status = 400;
  }
  if (handshake.status != 101) {
    const Next next = co_await refuse_handshake(head, handshake);
    co_return next;
  }
  auto client = std::make_unique<PlainClient>(thread_, std::move(origin));
  PlainClient& plain = *client;
  thread_.add_client(std::move(client));
  plain.open({std::move(socket_), handshake.compressed, std::move(handshake.head), early_bytes()},
             rooms, since_of(head));
  co_return Next::gone;
}

Task<HttpConnection::Next> HttpConnection::serve_event_stream(const http::RequestHead& head) {
  auto origin =
      std::make_unique<ClientOrigin>(origin_of(head, peer_, thread_.settings(), unix_ms()));
  std::string_view problem;
  const std::vector<std::string> rooms =
      rooms_of_query(head.query, thread_.settings(), *origin, problem);
  if (head.method != http::Method::get) problem = "an event stream is asked for by GET";
  if (!problem.empty()) {
    HttpReply refusal{.status = 400};
    refusal.body = std::string{problem} + "\n";
    const Next next = co_await reply(head, std::move(refusal));
    co_return next;
  }
  std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
      "X-Accel-Buffering: no\r\nConnection: close\r\n";
  answer.append(cors_for(head).fields).append("\r\n");
  auto client = std::make_unique<EventStream>(thread_, std::move(origin));
  EventStream& stream = *client;
  thread_.add_client(std::move(client));
  stream.open(std::move(socket_), std::move(answer), rooms, since_of(head));
  co_return Next::gone;
}

// ---- several io threads
// ----------------------------------------------------------------------

bool HttpConnection::belongs_elsewhere(const SessionId& sid) const noexcept {
  return sid.node_tag() == thread_.core().tag() && sid.io_thread() != thread_.index() &&
         sid.io_thread() < thread_.core().threads();
}

/// The whole request goes along: the other thread reads it as if it had come there.
HttpConnection::Next HttpConnection::hand_over(std::size_t thread) {
  while (socket_.channel().ahead != 0 && read_more()) {
  }
  NodeThread::Accepted moved{.peer = peer_, .early = std::string{input_.view()}};
  moved.socket = socket_.detach();
  thread_.hand_over(thread, std::move(moved));
  return Next::gone;
}

}  // namespace pushgate::node
