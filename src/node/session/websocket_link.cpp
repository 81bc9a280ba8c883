#include "node/session/websocket_link.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pushgate::node {

using net::IoResult;
using net::IoStatus;
using runtime::kAhead;
using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::kReadable;
using runtime::kWritable;
using runtime::Reactor;
using websocket::ReaderEvent;

WebSocketLink::WebSocketLink(Reactor& reactor, net::Socket socket,
                             websocket::ReaderContext& context, bool compression,
                             NodeMetrics& metrics, Owner& owner) noexcept
    : reactor_(reactor),
      socket_(std::move(socket)),
      reader_(context, compression),
      metrics_(metrics),
      owner_(&owner) {
  socket_.channel().sink = this;
  socket_.channel().interest = kReadable | kPeerClosed | kBroken | kAhead;
}

void WebSocketLink::start(std::string_view early) {
  // The reader unmasks in place, and what was read early lies in memory of somebody else.
  while (!early.empty() && !muted_) {
    const std::size_t size = std::min(early.size(), Reactor::kScratchBytes);
    std::memcpy(reactor_.scratch(), early.data(), size);
    early.remove_prefix(size);
    handle({reactor_.scratch(), size});
  }
  // What came during the handshake has been reported by the kernel already.
  if (!muted_ && (socket_.channel().ready & kReadable)) read_more();
}

IoResult WebSocketLink::write(std::string_view bytes) noexcept {
  const IoResult result = socket_.write(bytes);
  if (result.status == IoStatus::would_block ||
      (result.status == IoStatus::ok && result.bytes < bytes.size())) {
    socket_.channel().interest |= kWritable;
  }
  return result;
}

void WebSocketLink::mute() noexcept {
  muted_ = true;
  if (socket_.is_open()) socket_.channel().interest = 0;
}

void WebSocketLink::on_ready(runtime::Channel& channel) {
  if (muted_) return;
  if (channel.ready & channel.interest & kWritable) {
    channel.interest &= static_cast<std::uint8_t>(~kWritable);
    owner_->on_writable();
    if (muted_) return;
  }
  if (channel.ready & kReadable) {
    read_more();
  } else if (channel.ready & kBroken) {
    end(LinkEnd::failed);
  }
}

/// One read in a turn: what a busy client has sent besides waits until others have had theirs.
void WebSocketLink::read_more() {
  const IoResult got = socket_.read(reactor_.scratch(), Reactor::kScratchBytes);
  switch (got.status) {
    case IoStatus::ok:
      metrics_.bytes_received.add(got.bytes);
      handle({reactor_.scratch(), got.bytes});
      if (!muted_ && (socket_.channel().ready & kReadable)) reactor_.run_again(socket_.channel());
      return;
    case IoStatus::would_block:
      return;
    case IoStatus::end:
      end(LinkEnd::peer_closed);
      return;
    case IoStatus::failed:
      end(LinkEnd::failed);
      return;
  }
}

void WebSocketLink::handle(std::span<char> input) {
  while (!muted_) {
    const ReaderEvent event = reader_.next(input);
    switch (event.kind) {
      case ReaderEvent::Kind::none:
        return;
      case ReaderEvent::Kind::text:
        owner_->on_text(event.payload);
        break;
      case ReaderEvent::Kind::binary:
        owner_->on_binary(event.payload);
        break;
      case ReaderEvent::Kind::ping:
        owner_->on_ping(event.payload);
        break;
      case ReaderEvent::Kind::pong:
        owner_->on_pong();
        break;
      case ReaderEvent::Kind::close:
        end(LinkEnd::peer_closed, event.close_code);
        return;
      case ReaderEvent::Kind::error:
        end(LinkEnd::bad_frames, event.close_code);
        return;
    }
  }
}

void WebSocketLink::end(LinkEnd how, std::uint16_t close_code) {
  mute();
  owner_->on_link_end(how, close_code);
}

}  // namespace pushgate::node
