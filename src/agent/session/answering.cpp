// answering.cpp - the part of AgentSession that answers by itself.

#include <ctime>

#include "agent/session/agent_session.hpp"
#include "agent/session/request_log.hpp"

namespace pushgate::agent {

using net::IoResult;
using net::IoStatus;
using runtime::kBroken;
using runtime::kWritable;
using runtime::Task;
using runtime::WakeReason;

Task<AgentSession::Next> AgentSession::refuse(ActiveRequest& request, const LocalRefusal& refusal) {
  // A body that was not read would be taken for the next request.
  const bool keep_alive = request.head.keep_alive && request.head.framing == http::Framing::none &&
                          !thread_.draining() && request.upgrade_protocol.empty();
  http::LocalAnswer answer{.status = refusal.status,
                           .rule = refusal.rule,
                           .message = refusal.message,
                           .request_id = request.id,
                           .extra_fields = refusal.extra_fields,
                           .retry_after_s = refusal.retry_after_s,
                           .date = std::time(nullptr),
                           .keep_alive = keep_alive,
                           .head_request = request.head.method == http::Method::head};
  if (!refusal.body.empty()) {
    answer.body = refusal.body;
    if (!refusal.content_type.empty()) answer.content_type = refusal.content_type;
  }
  const std::string& custom_body = request.daemon().identity.missing_uid_body;
  if (refusal.rule == "missing_uid" && !custom_body.empty()) {
    answer.body = custom_body;
    if (custom_body.front() != '{') answer.content_type = "text/plain; charset=utf-8";
  }
  request.status = refusal.status;
  request.rule = refusal.rule;
  request.termination = refusal.termination;
  thread_.metrics.local_answers.add();
  const bool written = co_await write_answer(answer, request.bytes_out);
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
  const std::uint64_t bytes_in = input_.size();
  std::uint64_t bytes_out = 0;
  const bool written = co_await write_answer(answer, bytes_out);
  log_bad_head(thread_, {.client = peer_.address(),
                         .listener = listener_,
                         .id = id.text(),
                         .rule = answer.rule,
                         .status = answer.status,
                         .timed_out = timed_out,
                         .bytes_in = bytes_in,
                         .bytes_out = bytes_out,
                         .elapsed = elapsed_since(request_started_at_)});
  co_return written ? Next::linger : Next::abort;
}

/// `bytes`: how many the answer has.
Task<bool> AgentSession::write_answer(const http::LocalAnswer& answer, std::uint64_t& bytes) {
  net::Buffer pending;
  {
    std::string& out = thread_.out;
    out.clear();
    http::append_local_answer(out, answer);
    bytes = out.size();
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

}  // namespace pushgate::agent
