#include "agent/session/agent_session.hpp"

#include <utility>

namespace pushgate::agent {

using net::IoResult;
using net::IoStatus;
using runtime::kBroken;
using runtime::kReadable;
using runtime::Task;
using runtime::WakeReason;

namespace {

// What a head of ordinary size needs; the buffer grows for others.
constexpr std::size_t kHeadReadBytes = 4096;
static_assert(kHeadReadBytes >= runtime::ReceivedAhead::kLongest);
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::chrono::seconds kTurnAwayTime{1};
constexpr std::size_t kLingerBytes = 256 * 1024;

}  // namespace

AgentSession::AgentSession(AgentThread& thread, ClientLimiter& clients,
                           const AgentThread::Accepted& accepted)
    : thread_(thread),
      clients_(clients),
      waiter_(thread.reactor()),
      peer_(accepted.peer),
      listener_(accepted.listener),
      proxy_protocol_(accepted.proxy_protocol) {}

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
  TimePoint answered_at{};
  while (next == Next::request) {
    std::unique_ptr<http::RequestHead> head;
    const HeadRead read = co_await read_head(head, deadline);
    if (read == HeadRead::complete) {
      next = co_await serve_request(*head);
    } else if (read == HeadRead::bad) {
      next = co_await refuse_head(head_error_);
    } else {
      // A client that has had its response for a while has read it, and closes without more ado.
      const bool just_answered = thread_.now() - answered_at < kLingerTime;
      next = read == HeadRead::idle && just_answered ? Next::linger : Next::close;
    }
    if (head != nullptr) thread_.give_back(std::move(head));
    answered_at = thread_.now();
    deadline = answered_at + thread_.snapshot()->config.daemon.timeouts.keep_alive;
  }
  if (next == Next::linger) co_await linger(kLingerTime);
  if (next == Next::abort) client_.reset_on_close();
}

Task<> AgentSession::turn_away(std::string_view answer) {
  client_.write(answer);
  co_await linger(kTurnAwayTime);
}

/// Reads once into the input buffer. False at the end of the stream and on errors.
bool AgentSession::read_more() {
  char* const data = input_.prepare(input_.room() > 0 && !input_.empty() ? 1 : kHeadReadBytes);
  const IoResult got = client_.read(data, input_.room());
  if (got.status == IoStatus::would_block) return true;
  if (got.status != IoStatus::ok) return false;
  input_.commit(got.bytes);
  return true;
}

/// Borrows a head once there is something to parse: a connection between two requests has none.
Task<AgentSession::HeadRead> AgentSession::read_head(std::unique_ptr<http::RequestHead>& head,
                                                     TimePoint deadline) {
  std::size_t scanned = 0;
  bool begun = false;
  for (;;) {
    if (!input_.empty()) {
      if (!begun) {
        begun = true;
        head = thread_.borrow_head();
        between_requests_ = false;
        request_started_at_ = thread_.now();
        deadline = request_started_at_ + thread_.snapshot()->config.daemon.timeouts.request_head;
      }
      const http::HeadOutcome outcome =
          http::parse_request_head(input_.view(), thread_.snapshot()->head_limits, scanned, *head);
      head_bytes_ = outcome.head_bytes;
      head_error_ = outcome.error;
      if (outcome.status == http::HeadStatus::done) co_return HeadRead::complete;
      if (outcome.status == http::HeadStatus::bad) co_return HeadRead::bad;
    }
    // Draining, a request that has arrived is answered, and none is waited for: one look, no wait.
    const bool last_look = !begun && thread_.draining();
    if (!(client_.channel().ready & kReadable) && !last_look) {
      input_.release_if_empty();
      between_requests_ = !begun;
      // What begins a request is read into an empty buffer, which has room for all that is read
      // ahead.
      client_.channel().interest = kReadable | kBroken;
      if (input_.empty()) client_.channel().interest |= runtime::kAhead;
      const WakeReason reason = co_await waiter_.wait_until(deadline);
      client_.channel().interest = kReadable | kBroken;
      between_requests_ = false;
      if (reason == WakeReason::cancelled) {
        if (thread_.is_cut()) co_return HeadRead::closed;
        continue;
      }
      if (reason == WakeReason::timed_out) {
        if (!begun) co_return HeadRead::idle;
        thread_.metrics.request_timeouts.add();
        head_error_ = http::HeadError::none;
        co_return HeadRead::bad;
      }
    }
    if (!read_more()) co_return HeadRead::closed;
    if (last_look && input_.empty()) co_return HeadRead::idle;
  }
}

/// Closes so that the client can read the last response even while it is still sending (RFC 9112
/// section 9.6): a socket that is closed with unread input answers with a reset, and a reset takes
/// from the client what it has not read yet. So first our direction only, then, once the client has
/// closed or a little time has passed, the other one. Holds no buffer meanwhile.
Task<> AgentSession::linger(std::chrono::milliseconds at_most) {
  client_.shutdown_write();
  input_.release();
  const TimePoint deadline = thread_.now() + at_most;
  for (std::size_t discarded = 0; discarded < kLingerBytes;) {
    if (!(client_.channel().ready & kReadable)) {
      client_.channel().interest = kReadable | kBroken;
      const WakeReason reason = co_await waiter_.wait_until(deadline);
      if (reason != WakeReason::ready) co_return;
    }
    const IoResult got = client_.read(thread_.reactor().scratch(), runtime::Reactor::kScratchBytes);
    if (got.status == IoStatus::end || got.status == IoStatus::failed) co_return;
    discarded += got.bytes;
  }
}

}  // namespace pushgate::agent
