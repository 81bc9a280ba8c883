// engine_polling.cpp - the part of a session that is about long-polling and leaving it.

#include <utility>

#include "node/node_thread.hpp"
#include "node/session/engine_session.hpp"

namespace pushgate::node {

namespace {

/// What the client did or omitted it knows, and its next GET finds no session. What was decided
/// here it is told.
constexpr bool tells_next_poll(CloseReason reason) noexcept {
  return reason == CloseReason::forced_close || reason == CloseReason::forced_server_close ||
         reason == CloseReason::server_shutting_down || reason == CloseReason::too_many_events ||
         reason == CloseReason::slow_consumer;
}

// How long a closed polling session is kept so that its client's next GET can be told.
constexpr std::chrono::seconds kKeepClosed{30};

}  // namespace

// ---- GET
// -------------------------------------------------------------------------------------

PollVerdict EngineSession::begin_poll(PendingPoll& poll) {
  if (poll_ != nullptr) {
    // The first one is told that it is over, this one is refused.
    close(CloseReason::transport_error);
    return PollVerdict::refused;
  }
  poll_ = &poll;
  // What is queued goes first: the end, if it is to come, has an answer of its own.
  const bool is_the_end = closing_ && outbox().empty();
  if (is_the_end || probed_ || !outbox().empty()) answer_poll(is_the_end);
  if (is_the_end) bury_self();
  return PollVerdict::ok;
}

/// Without anything queued the answer is a noop, which ends the GET and means nothing.
void EngineSession::answer_poll(bool with_close) {
  PendingPoll& poll = *std::exchange(poll_, nullptr);
  bool has_binary = false;
  for (const MessageRef& message : outbox().entries()) {
    has_binary = has_binary || !message->shared().attachments().empty();
  }
  poll.form = reply_form(version_, has_binary, poll.format.base64_only);
  for (const MessageRef& message : outbox().entries()) {
    append_payload_text(poll.body, poll.form, message->shared().text());
    for (const std::string& attachment : message->shared().attachments()) {
      append_payload_binary(poll.body, poll.form, attachment);
    }
  }
  if (with_close) append_payload_text(poll.body, poll.form, "1");
  if (poll.body.empty()) append_payload_text(poll.body, poll.form, "6");
  sent_messages(outbox().messages());
  poll.answered = true;
  poll.on_answer();
}

/// What follows if the session is closed while it is polling.
void EngineSession::end_polling(CloseReason reason) {
  thread_.metrics().polling_sessions.add(-1);
  // A client that reads the end together with what comes before it acts on the end first.
  const bool says_more = poll_ != nullptr && !outbox().empty() && tells_next_poll(reason);
  if (says_more) answer_poll(false);
  if (poll_ != nullptr) {
    answer_poll(reason != CloseReason::transport_close);
    bury_self();
  } else if (tells_next_poll(reason)) {
    other_deadline_ = thread_.now() + kKeepClosed;
    arm_timer();
  } else {
    bury_self();
  }
}

void EngineSession::abandon_poll(PendingPoll& poll) {
  if (poll_ != &poll) return;
  poll_ = nullptr;
  close(CloseReason::transport_error);
}

// ---- POST
// ------------------------------------------------------------------------------------

PollVerdict EngineSession::begin_post() {
  if (posting_) {
    close(CloseReason::transport_error);
    return PollVerdict::refused;
  }
  posting_ = true;
  return PollVerdict::ok;
}

PollVerdict EngineSession::end_post(PayloadForm form, std::string_view body) {
  posting_ = false;
  PayloadReader reader(form, body);
  // A packet may be as short as three bytes, and each may be answered.
  for (unsigned left = thread_.settings().config().max_packets;; --left) {
    EnginePacket packet;
    switch (reader.next(packet)) {
      case PayloadReader::Step::end:
        return PollVerdict::ok;
      case PayloadReader::Step::malformed:
        thread_.count_protocol_error("bad_payload");
        close(CloseReason::parse_error);
        return PollVerdict::refused;
      case PayloadReader::Step::packet:
        break;
    }
    if (left == 0) {
      thread_.count_protocol_error("too_many_packets");
      close(CloseReason::parse_error);
      return PollVerdict::refused;
    }
    if (packet.type == EnginePacketType::close) {
      close(CloseReason::transport_close);
      return PollVerdict::ok;
    }
    take_engine_packet(packet);
    if (closing_) return PollVerdict::refused;
  }
}

void EngineSession::abandon_post(CloseReason reason) {
  posting_ = false;
  close(reason);
}

// ---- upgrade
// ---------------------------------------------------------------------------------

void EngineSession::begin_upgrade(net::Socket socket, bool compressed, std::string_view preface,
                                  std::string_view early) {
  probe_ = std::make_unique<UpgradeProbe>(*this, thread_.reactor(), list().lingering());
  const TimePoint deadline = thread_.now() + thread_.settings().config().upgrade_timeout;
  UpgradeProbe& probe = *probe_;
  probe.start(thread_.make_link(std::move(socket), compressed, probe), compressed, deadline,
              preface, early);
}

void EngineSession::on_probed() {
  probed_ = true;
  if (poll_ != nullptr) answer_poll(false);
}

void EngineSession::on_upgraded(std::unique_ptr<WebSocketLink> link, bool compressed) {
  list().bury(std::move(probe_));
  if (poll_ != nullptr) answer_poll(false);
  thread_.metrics().sessions_upgraded.add();
  thread_.metrics().polling_sessions.add(-1);
  thread_.metrics().websocket_sessions.add(1);
  link->set_owner(*this);
  set_kind(websocket_kind(compressed));
  set_link(std::move(link));
}

void EngineSession::on_probe_failed() {
  probed_ = false;
  list().bury(std::move(probe_));
}

}  // namespace pushgate::node
