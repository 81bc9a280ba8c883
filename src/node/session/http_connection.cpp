#include "node/session/http_connection.hpp"

#include <algorithm>
#include <utility>

#include "pushgate/http/local_answer.hpp"

#include "node/session/body_collector.hpp"

namespace pushgate::node {

using net::IoResult;
using net::IoStatus;
using runtime::kAhead;
using runtime::kBroken;
using runtime::kReadable;
using runtime::kWritable;
using runtime::Task;
using runtime::WakeReason;

namespace {
constexpr std::size_t kReadBytes = 4096;
static_assert(kReadBytes >= runtime::ReceivedAhead::kLongest);
}  // namespace

HttpConnection::HttpConnection(NodeThread& thread, const Endpoint& peer)
    : thread_(thread), waiter_(thread.reactor()), peer_(peer) {}

bool HttpConnection::attach(UniqueFd socket, std::string_view early) {
  Result<net::Socket> attached =
      net::Socket::attach(thread_.reactor(), std::move(socket), &waiter_);
  if (!attached) return false;
  socket_ = std::move(*attached);
  input_.append(early);
  return true;
}

Task<> HttpConnection::run() {
  TimePoint deadline = thread_.now() + thread_.settings().head_timeout;
  Next next = Next::request;
  while (next == Next::request) {
    http::RequestHead head;
    const HeadRead read = co_await read_head(head, deadline);
    if (read == HeadRead::complete) {
      thread_.metrics().http_requests.add();
      next = co_await serve(head);
    } else if (read == HeadRead::bad) {
      HttpReply refusal{.status = status_of(head_error_), .keep_alive = false};
      refusal.body = std::string{message_of(head_error_)} + "\n";
      next = co_await reply(head, std::move(refusal));
    } else {
      next = read == HeadRead::timed_out ? Next::linger : Next::close;
    }
    deadline = thread_.now() + thread_.settings().keep_alive_timeout;
  }
  if (next == Next::linger) thread_.out().lingering().add(std::move(socket_));
}

// ---- reading
// ---------------------------------------------------------------------------------

/// Reads once into the input buffer. False at the end of the stream and on errors.
bool HttpConnection::read_more() {
  char* const data = input_.prepare(input_.room() > 0 && !input_.empty() ? 1 : kReadBytes);
  const IoResult got = socket_.read(data, input_.room());
  if (got.status == IoStatus::would_block) return true;
  if (got.status != IoStatus::ok) return false;
  input_.commit(got.bytes);
  thread_.metrics().bytes_received.add(got.bytes);
  return true;
}

/// False if the wait ended otherwise than by something to read.
Task<bool> HttpConnection::await_input(TimePoint deadline) {
  if (socket_.channel().ready & kReadable) co_return true;
  input_.release_if_empty();
  socket_.channel().interest = kReadable | kBroken;
  if (input_.empty()) socket_.channel().interest |= kAhead;
  const WakeReason reason = co_await waiter_.wait_until(deadline);
  co_return reason == WakeReason::ready;
}

Task<HttpConnection::HeadRead> HttpConnection::read_head(http::RequestHead& head,
                                                         TimePoint deadline) {
  std::size_t scanned = 0;
  bool begun = false;
  for (;;) {
    if (!input_.empty()) {
      if (!begun) deadline = thread_.now() + thread_.settings().head_timeout;
      begun = true;
      const http::HeadOutcome outcome =
          http::parse_request_head(input_.view(), thread_.settings().head_limits, scanned, head);
      head_bytes_ = outcome.head_bytes;
      head_error_ = outcome.error;
      if (outcome.status == http::HeadStatus::done) co_return HeadRead::complete;
      if (outcome.status == http::HeadStatus::bad) co_return HeadRead::bad;
    }
    if (!begun && thread_.draining()) co_return HeadRead::timed_out;
    between_requests_ = !begun;
    const bool readable = co_await await_input(deadline);
    between_requests_ = false;
    if (!readable) co_return HeadRead::timed_out;
    if (!read_more()) co_return HeadRead::closed;
  }
}

/// The head stays where it is, because views into it are in use.
Task<HttpConnection::BodyRead> HttpConnection::read_body(const http::RequestHead& head,
                                                         std::string& body, std::size_t max_bytes) {
  if (head.framing == http::Framing::none) co_return BodyRead::complete;
  BodyCollector collector(head, max_bytes);
  BodyCollector::State state = collector.feed(early_bytes());
  if (state == BodyCollector::State::wants_more && head.expects_continue) {
    const bool told = co_await write_all(http::kContinue);
    if (!told) co_return BodyRead::closed;
  }
  while (state == BodyCollector::State::wants_more) {
    const bool readable = co_await await_input(thread_.now() + thread_.settings().body_timeout);
    if (!readable) co_return BodyRead::closed;
    char* const scratch = thread_.reactor().scratch();
    const IoResult got = socket_.read(scratch, runtime::Reactor::kScratchBytes);
    if (got.status == IoStatus::end || got.status == IoStatus::failed) co_return BodyRead::closed;
    thread_.metrics().bytes_received.add(got.bytes);
    if (got.bytes > 0) state = collector.feed({scratch, got.bytes});
  }
  if (state == BodyCollector::State::too_large) co_return BodyRead::too_large;
  if (state == BodyCollector::State::malformed) co_return BodyRead::bad;
  body = std::move(collector.body());
  next_request_ = std::move(collector.rest());
  co_return BodyRead::complete;
}

// ---- answering
// -------------------------------------------------------------------------------

Task<bool> HttpConnection::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const IoResult result = socket_.write(bytes);
    if (result.status == IoStatus::failed) co_return false;
    bytes.remove_prefix(result.bytes);
    thread_.metrics().bytes_sent.add(result.bytes);
    if (bytes.empty()) break;
    if (result.bytes > 0) continue;
    socket_.channel().interest = kWritable | kBroken;
    const WakeReason reason =
        co_await waiter_.wait_until(thread_.now() + thread_.settings().body_timeout);
    if (reason != WakeReason::ready) co_return false;
  }
  co_return true;
}

/// Answers the request and drops it from the input.
Task<HttpConnection::Next> HttpConnection::reply(const http::RequestHead& head, HttpReply answer) {
  if (answer.status >= 400) thread_.metrics().http_refused.add();
  answer.keep_alive = answer.keep_alive && head.keep_alive && !thread_.draining();
  std::string out;
  append_reply(out, answer, cors_for(head), head.method == http::Method::head);
  // From here on `head` means nothing any more.
  input_.consume(head_bytes_ > 0 ? head_bytes_ : input_.size());
  if (next_request_) {
    input_.release();
    input_.append(*next_request_);
    next_request_.reset();
  }
  const bool written = co_await write_all(out);
  if (!written) co_return Next::close;
  co_return answer.keep_alive ? Next::request : Next::linger;
}

Task<HttpConnection::Next> HttpConnection::refuse_engine(const http::RequestHead& head,
                                                         EngineError error,
                                                         std::string_view message) {
  thread_.metrics().handshakes_refused.add();
  HttpReply refusal{.status = status_of(error), .content_type = "application/json"};
  refusal.body = error_body(error, message);
  // An unread body would be taken for the next request.
  refusal.keep_alive = head.framing == http::Framing::none && !head.wants_upgrade;
  const Next next = co_await reply(head, std::move(refusal));
  co_return next;
}

HttpReply::Cors HttpConnection::cors_for(const http::RequestHead& head) const {
  const auto& cors = thread_.settings().config().cors;
  return cors_fields(cors ? &*cors : nullptr, head);
}

std::string_view HttpConnection::early_bytes() const { return input_.view().substr(head_bytes_); }

}  // namespace pushgate::node
