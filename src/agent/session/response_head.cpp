// response_head.cpp - the part of Exchange that reads a node's head and decides what it means for
// the client: interim, final, or the switch to a tunnel.

#include <algorithm>
#include <cstring>
#include <utility>

#include "pushgate/http/keep_alive.hpp"
#include "pushgate/http/upgrade.hpp"
#include "pushgate/websocket/handshake.hpp"

#include "agent/session/exchange.hpp"
#include "agent/session/outgoing_head.hpp"
#include "agent/session/refusals.hpp"
#include "agent/session/tunnel_record.hpp"

namespace pushgate::agent {

using http::FieldId;
using http::Framing;
using net::IoResult;
using net::IoStatus;

namespace {

// Enough for a head and a body of 16 KiB in one read. A larger body is better moved by the body
// pump, which copies nothing, so its first piece should not be large.
constexpr std::size_t kFirstReadBytes = 32 * 1024;
// Kept free in front of what is read, so that a head that grows can still stand before its body.
constexpr std::size_t kHeadRoomBytes = 2 * 1024;

websocket::HandshakeField handshake_field(const std::vector<http::Field>& fields, FieldId id) {
  const http::SingleField field = http::single_field(fields, id);
  return {field.value, field.count};
}

websocket::HandshakeError check_websocket_answer(const http::RequestHead& request,
                                                 const http::ResponseHead& answer) {
  std::string storage[3];
  const std::string_view protocols =
      http::combined_value(request.fields, FieldId::sec_websocket_protocol, storage[0]);
  const std::string_view extensions =
      http::combined_value(request.fields, FieldId::sec_websocket_extensions, storage[1]);
  const std::string_view accepted_extensions =
      http::combined_value(answer.fields, FieldId::sec_websocket_extensions, storage[2]);
  const websocket::ServerHandshake handshake{
      handshake_field(answer.fields, FieldId::sec_websocket_accept),
      handshake_field(answer.fields, FieldId::sec_websocket_protocol), accepted_extensions};
  return websocket::check_server(
      handshake, {request.find(FieldId::sec_websocket_key)->value, protocols, extensions});
}

}  // namespace

Exchange::Step Exchange::read_response_head() {
  char* const scratch = thread_.reactor().scratch() + kHeadRoomBytes;
  while (upstream_channel().ready & runtime::kReadable) {
    const IoResult got = upstream_->socket.read(scratch, kFirstReadBytes);
    if (got.status == IoStatus::would_block) return std::nullopt;
    if (got.status != IoStatus::ok) return upstream_lost();

    // Nearly always the whole head is here and is parsed where it was read. Only a head in pieces
    // is put together in a buffer.
    std::size_t used = 0;
    if (response_input_.empty()) {
      const std::string_view bytes{scratch, got.bytes};
      const Step ended = on_response_bytes(bytes, used);
      if (ended || response_started_) return ended;
      response_input_.append(bytes.substr(used));
    } else {
      response_input_.append({scratch, got.bytes});
      const Step ended = on_response_bytes(response_input_.view(), used);
      if (ended || response_started_) {
        response_input_.release();
        return ended;
      }
      response_input_.consume(used);
    }
  }
  return std::nullopt;
}

/// Reads as many heads as there are: interim ones may come before the final one.
Exchange::Step Exchange::on_response_bytes(std::string_view bytes, std::size_t& used) {
  http::ResponseHead& head = thread_.response_head;
  while (!bytes.empty() && !response_started_) {
    const http::HeadOutcome outcome = http::parse_response_head(
        bytes, request_.snapshot->head_limits, request_.head.method, scanned_, head);
    if (outcome.status == http::HeadStatus::need_more) return std::nullopt;
    if (outcome.status == http::HeadStatus::bad) return bad_response(http::rule_of(outcome.error));
    scanned_ = 0;
    const Step ended =
        on_response_head(bytes.substr(0, outcome.head_bytes), bytes.substr(outcome.head_bytes));
    if (ended) return ended;
    bytes.remove_prefix(outcome.head_bytes);
    used += outcome.head_bytes;
  }
  return std::nullopt;
}

Exchange::Step Exchange::on_response_head(std::string_view head_bytes, std::string_view rest) {
  const std::uint16_t status = thread_.response_head.status;
  if (request_.first_byte_at == TimePoint{}) request_.first_byte_at = thread_.now();
  if (status == 101) {
    if (request_.upgrade_protocol.empty()) return bad_response("unasked_upgrade");
    return switch_protocols(head_bytes, rest);
  }
  return status < 200 ? relay_interim(head_bytes) : begin_response(head_bytes, rest);
}

Exchange::Step Exchange::relay_interim(std::string_view head_bytes) {
  if (request_.head.minor_version == 0) return std::nullopt;  // HTTP/1.0 knows none
  std::string& out = thread_.out;
  out.clear();
  append_response_head({.head = thread_.response_head,
                        .head_bytes = head_bytes,
                        .plain_copy = !request_.snapshot->head_limits.allow_bare_lf},
                       out);
  const IoResult wrote = client_.socket.write(out);
  if (wrote.status == IoStatus::failed) return client_aborted();
  down_.keep(std::string_view{out}.substr(wrote.bytes));
  return std::nullopt;
}

Exchange::Step Exchange::begin_response(std::string_view head_bytes, std::string_view rest) {
  const http::ResponseHead& head = thread_.response_head;
  const bool old_client = request_.head.minor_version == 0;
  const bool body_has_length = head.framing == Framing::none || head.framing == Framing::length;
  const bool chunked = !body_has_length && !old_client;
  request_.status = head.status;
  response_started_ = true;
  // A response before the end of the request, or on the way out: this connection is not used again.
  client_closes_ =
      !request_.head.keep_alive || !up_.source_done() || thread_.draining() ||
      (old_client && !body_has_length) ||
      (!request_.upgrade_protocol.empty() && client_.input.size() > request_.head_bytes.size());
  upstream_reusable_ = head.keep_alive && head.framing != Framing::until_close;
  upstream_channel().interest &= static_cast<std::uint8_t>(~runtime::kAhead);
  upstream_->answers_briefly =
      body_has_length && head.content_length + head_bytes.size() < runtime::ReceivedAhead::kLongest;
  upstream_idle_limit_ = http::safe_idle_time(head.fields);
  upstream_reusable_ = upstream_reusable_ && upstream_idle_limit_.count() > 0;
  if (!request_.upgrade_protocol.empty()) thread_.metrics.handshakes_refused.add();

  const ProtectedNames* const trailers_except = passed_trailers_except();
  BodyPump body{head.framing, head.content_length,
                chunked ? BodyPump::Encoding::chunked : BodyPump::Encoding::raw, trailers_except};
  if (head.has_connection_options) leave_out_nominated_trailers(body, head.fields);
  body.continue_after(down_);  // what an interim response has left unwritten
  down_ = std::move(body);

  std::string& out = thread_.out;
  out.clear();
  append_response_head({.head = head,
                        .head_bytes = head_bytes,
                        .chunked = chunked,
                        .close = client_closes_,
                        .keep_alive_1_0 = old_client && !client_closes_,
                        .pass_trailers = trailers_except != nullptr && chunked,
                        .plain_copy = !request_.snapshot->head_limits.allow_bare_lf,
                        .extra_fields = extra_response_fields()},
                       out);
  response_head_bytes_ = out.size();
  const std::size_t taken = down_.take(rest, out);
  if (down_.malformed()) return response_ended_badly(PumpStatus::malformed);
  thread_.metrics.bytes_from_upstreams.add(down_.bytes());
  if (down_.source_done() && taken < rest.size()) upstream_reusable_ = false;

  return write_beginning(down_.writes_as_is() ? rest.substr(0, taken) : std::string_view{});
}

/// Writes the head that was assembled, and the body's first bytes with it.
Exchange::Step Exchange::write_beginning(std::string_view body) {
  if (!down_.idle()) {  // an interim response is still on its way out
    down_.keep(thread_.out);
    down_.keep(body);
    return std::nullopt;
  }
  OutgoingBytes bytes{thread_.out, body};
  if (stage(bytes)) {
    staged_ = bytes.head;
    return std::nullopt;
  }
  const std::string_view scratch{thread_.reactor().scratch(), runtime::Reactor::kScratchBytes};
  const bool read_into_scratch = body.data() >= scratch.data() && !body.empty() &&
                                 body.data() + body.size() <= scratch.data() + scratch.size();
  const std::string_view head = bytes.head;
  if (read_into_scratch && head.size() <= static_cast<std::size_t>(body.data() - scratch.data())) {
    // The node's head has been read and copied: its place, right in front of the body, is free. One
    // piece is written faster than two.
    char* const start = thread_.reactor().scratch() + (body.data() - scratch.data()) - head.size();
    std::memcpy(start, head.data(), head.size());
    bytes = {{start, head.size() + body.size()}, {}};
  }
  return on_beginning_written(client_.socket.write(bytes.head, bytes.body), bytes);
}

Exchange::Step Exchange::on_beginning_written(const IoResult& wrote, const OutgoingBytes& bytes) {
  if (wrote.status == IoStatus::failed) return client_aborted();
  const std::size_t of_head = std::min(wrote.bytes, bytes.head.size());
  down_.keep(bytes.head.substr(of_head));
  down_.keep(bytes.body.substr(wrote.bytes - of_head));
  return std::nullopt;
}

std::string Exchange::extra_response_fields() const {
  if (!request_.daemon().identity.agent_info_cookie) return {};
  // gopush's clients read the node's port from this cookie.
  return "Set-Cookie: agent-info=" + std::to_string(request_.member->endpoint.port()) +
         "; Path=/\r\n";
}

Exchange::Step Exchange::switch_protocols(std::string_view head_bytes, std::string_view rest) {
  const http::ResponseHead& head = thread_.response_head;
  const http::UpgradeError error = http::check_upgrade_answer(head, request_.upgrade_protocol);
  if (error != http::UpgradeError::none) return bad_response(http::message_of(error));
  if (request_.upgrade_protocol == "websocket") {
    const websocket::HandshakeError mistake = check_websocket_answer(request_.head, head);
    if (mistake != websocket::HandshakeError::none) {
      return bad_response(websocket::message_of(mistake));
    }
  }
  std::string& out = thread_.out;
  out.clear();
  append_response_head({.head = head,
                        .head_bytes = head_bytes,
                        .upgrade = true,
                        .plain_copy = !request_.snapshot->head_limits.allow_bare_lf,
                        .extra_fields = extra_response_fields()},
                       out);
  // Frames that the node sent right behind its 101 go out with it.
  net::Buffer unwritten = down_.take_unwritten();
  std::size_t sent = 0;
  if (unwritten.empty()) {
    const IoResult wrote = client_.socket.write(out, rest);
    if (wrote.status == IoStatus::failed) return client_aborted();
    sent = wrote.bytes;
  }
  const std::size_t sent_of_head = std::min(sent, out.size());
  unwritten.append(std::string_view{out}.substr(sent_of_head));
  unwritten.append(rest.substr(sent - sent_of_head));
  response_head_bytes_ = sent;  // the rest is counted by the tunnel
  request_.status = 101;
  finish(ExchangeEnd::switched, Termination::upgraded);

  const std::string_view early = client_.input.view().substr(request_.head_bytes.size());
  thread_.metrics.open_tunnels.add(1);
  thread_.tunnels.adopt(std::move(client_.socket), std::move(upstream_->socket),
                        std::make_unique<AgentTunnelRecord>(request_, std::move(client_.slot)),
                        request_.route.pool->timeouts().tunnel_idle, {early, unwritten.view()});
  return Attempt::finished;
}

Exchange::Attempt Exchange::bad_response(std::string_view message) {
  thread_.metrics.bad_upstream_responses.add();
  thread_.rare_log.warn(
      "bad response from node", request_.member->id,
      {{"node", request_.member->id}, {"requestId", request_.id}, {"reason", message}});
  return refuse(refusals::kBadUpstreamResponse);
}

}  // namespace pushgate::agent
