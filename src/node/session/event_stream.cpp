#include "node/session/event_stream.hpp"

#include <utility>

#include "node/node_thread.hpp"

namespace pushgate::node {

using net::IoResult;
using net::IoStatus;
using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::kReadable;
using runtime::kWritable;

namespace {
// A comment: browsers pass over it, and proxies see that the connection is alive.
constexpr std::string_view kComment = ":\n\n";
}  // namespace

EventStream::EventStream(NodeThread& thread, std::unique_ptr<ClientOrigin> origin)
    : Recipient(thread.out(), WireKind::event_stream), thread_(thread), origin_(std::move(origin)) {
  thread_.metrics().event_streams.add(1);
}

EventStream::~EventStream() { thread_.metrics().event_streams.add(-1); }

void EventStream::open(net::Socket socket, std::string head, const std::vector<std::string>& rooms,
                       const std::string& since) {
  socket_ = std::move(socket);
  socket_.channel().sink = this;
  socket_.channel().interest = kReadable | kPeerClosed | kBroken;
  place_ = std::make_unique<StreamSocket>(thread_, *this, *this, *origin_);
  thread_.metrics().sockets.add(1);
  thread_.on_stream_connected(*place_);
  send(make_local(make_control_message(std::move(head))));
  enter_rooms(thread_, *place_, rooms, since);
  thread_.reactor().arm(*this, thread_.now() + thread_.settings().heartbeat.interval);
  if (socket_.channel().ready & (kPeerClosed | kBroken)) end();
}

void EventStream::flush() {
  if (place_ == nullptr) return;
  if (!send_queue() || slow_) end();
}

/// A connection that fails here fails in flush() again.
void EventStream::send_early() {
  if (place_ != nullptr) static_cast<void>(send_queue());
}

/// False if the connection has failed.
bool EventStream::send_queue() {
  while (!blocked_ && !outbox().empty()) {
    const std::string_view bytes =
        list().gather().collect(outbox().entries(), kind(), outbox().sent_of_first());
    const IoResult result = socket_.write(bytes);
    list().metrics().writes.add();
    if (result.status == IoStatus::failed) return false;
    list().metrics().bytes_sent.add(result.bytes);
    sent(result.bytes);
    if (result.bytes < bytes.size()) {
      blocked_ = true;
      socket_.channel().interest |= kWritable;
    }
  }
  return true;
}

void EventStream::on_slow() {
  slow_ = true;
  flush_at_turn_end();
}

void EventStream::on_ready(runtime::Channel& channel) {
  if (channel.ready & (kReadable | kPeerClosed | kBroken)) {
    end();
    return;
  }
  channel.interest &= static_cast<std::uint8_t>(~kWritable);
  blocked_ = false;
  flush();
}

void EventStream::on_timer(TimePoint now) {
  send(make_local(make_control_message(std::string{kComment}), {.is_volatile = true}));
  thread_.reactor().arm(*this, now + thread_.settings().heartbeat.interval);
}

void EventStream::end() {
  if (place_ == nullptr) return;
  thread_.metrics().sockets.add(-1);
  thread_.on_stream_disconnected(*place_, CloseReason::transport_close);
  place_->detach();
  list().bury(std::move(place_));
  drop_queue();
  list().lingering().add(std::move(socket_));
  thread_.bury_client(*this);
}

}  // namespace pushgate::node
