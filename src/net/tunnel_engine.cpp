#include "pushgate/net/tunnel_engine.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pushgate::net {

using runtime::Channel;
using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::kReadable;
using runtime::kWritable;
using runtime::Reactor;

namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
// TCP keepalive costs five system calls. A tunnel gets it on the node's side only once it has lived
// this long; the client's side has inherited it from the listening socket.
constexpr std::chrono::seconds kKeepaliveAfter{10};

constexpr int kClient = 0;
constexpr int kUpstream = 1;

}  // namespace

std::string_view name_of(TunnelEnd end) noexcept {
  switch (end) {
    case TunnelEnd::client_closed:
      return "client_closed";
    case TunnelEnd::upstream_closed:
      return "upstream_closed";
    case TunnelEnd::client_failed:
      return "client_failed";
    case TunnelEnd::upstream_failed:
      return "upstream_failed";
    case TunnelEnd::idle:
      return "idle";
    case TunnelEnd::stopped:
      return "stopped";
  }
  return "unknown";
}

/// Direction i carries bytes from side i to the other side.
class TunnelEngine::Tunnel final : public runtime::EventSink,
                                   private runtime::TimerNode,
                                   public boost::intrusive::list_base_hook<
                                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Tunnel(TunnelEngine& engine, Socket client, Socket upstream, std::unique_ptr<TunnelRecord> record,
         std::chrono::milliseconds idle_limit)
      : engine_(engine),
        record_(std::move(record)),
        sides_{std::move(client), std::move(upstream)},
        idle_limit_(idle_limit),
        opened_at_(engine.reactor_.now()),
        active_at_(opened_at_) {
    for (Socket& side : sides_) {
      side.channel().sink = this;
      side.channel().interest = kReadable | kPeerClosed | kBroken;
    }
  }

  void start(const Early& early) {
    flows_[kClient].preload(early.from_client);
    flows_[kUpstream].preload(early.from_upstream);
    bytes_[kClient] += early.from_client.size();
    bytes_[kUpstream] += early.from_upstream.size();
    engine_.reactor_.arm(
        *this, opened_at_ + std::min<std::chrono::milliseconds>(kKeepaliveAfter, idle_limit_));
    // What arrived during the handshake has already been reported by the kernel: look once.
    if (pump(kClient)) pump(kUpstream);
  }

  void on_ready(Channel& channel) override {
    active_at_ = engine_.reactor_.now();
    const int side = &channel == &sides_[kClient].channel() ? kClient : kUpstream;
    if ((channel.ready & kBroken) && ended_[side] && !ended_[1 - side]) {
      // It ended its direction before and has now reset the other one as well.
      engine_.close(*this, failed(side));
      return;
    }
    const bool alive = !(channel.ready & kReadable) || pump(side);
    if (alive && (channel.ready & channel.interest & kWritable)) pump(1 - side);
  }

  TunnelReport report(TunnelEnd end) const {
    const auto age = engine_.reactor_.now() - opened_at_;
    return {*record_, end, bytes_[kClient], bytes_[kUpstream],
            std::chrono::duration_cast<std::chrono::milliseconds>(age)};
  }

  void abort_peer_of(TunnelEnd end) noexcept {
    // A reset on one side becomes a reset on the other: "ended early" must not look like "ended".
    if (end == TunnelEnd::client_failed) sides_[kUpstream].reset_on_close();
    if (end == TunnelEnd::upstream_failed) sides_[kClient].reset_on_close();
  }

 private:
  static constexpr TunnelEnd failed(int side) noexcept {
    return side == kClient ? TunnelEnd::client_failed : TunnelEnd::upstream_failed;
  }

  /// Moves what side `from` has to say. False if the tunnel has ended and is gone.
  bool pump(int from) {
    if (ended_[from]) return true;
    Socket& source = sides_[from];
    Socket& sink = sides_[1 - from];
    const RelayResult moved = flows_[from].run(source, sink, engine_.reactor_.scratch(), kNoLimit);
    bytes_[from] += moved.bytes;
    switch (moved.status) {
      case RelayStatus::wants_input:
      case RelayStatus::wants_output:
      case RelayStatus::limit:
        return true;
      case RelayStatus::more:
        engine_.reactor_.run_again(source.channel());
        return true;
      case RelayStatus::input_ended:
        return end_direction(from);
      case RelayStatus::input_failed:
        engine_.close(*this, failed(from));
        return false;
      case RelayStatus::output_failed:
        engine_.close(*this, failed(1 - from));
        return false;
    }
    return true;
  }

  bool end_direction(int from) {
    ended_[from] = true;
    if (ended_[1 - from]) {
      engine_.close(*this, from == kClient ? TunnelEnd::upstream_closed : TunnelEnd::client_closed);
      return false;
    }
    sides_[from].channel().interest &= static_cast<std::uint8_t>(~(kReadable | kPeerClosed));
    sides_[1 - from].shutdown_write();
    return true;
  }

  void on_timer(TimePoint now) override {
    if (!keepalive_set_) {
      keepalive_set_ = true;
      set_keepalive(sides_[kUpstream].fd(), KeepaliveOptions{});
    }
    const TimePoint idle_at = active_at_ + idle_limit_;
    if (idle_at <= now) {
      engine_.close(*this, TunnelEnd::idle);
      return;
    }
    engine_.reactor_.arm(*this, idle_at);
  }

  TunnelEngine& engine_;
  std::unique_ptr<TunnelRecord> record_;  // before the sockets: destroyed after them
  Socket sides_[2];
  Relay flows_[2];
  std::uint64_t bytes_[2] = {0, 0};
  std::chrono::milliseconds idle_limit_;
  TimePoint opened_at_;
  TimePoint active_at_;
  bool ended_[2] = {false, false};
  bool keepalive_set_ = false;
};

TunnelEngine::TunnelEngine(Reactor& reactor, OnClosed on_closed)
    : reactor_(reactor), on_closed_(std::move(on_closed)), tunnels_(std::make_unique<List>()) {}

TunnelEngine::~TunnelEngine() { close_all(); }

void TunnelEngine::adopt(Socket client, Socket upstream, std::unique_ptr<TunnelRecord> record,
                         std::chrono::milliseconds idle_limit, Early early) {
  auto tunnel = std::make_unique<Tunnel>(*this, std::move(client), std::move(upstream),
                                         std::move(record), idle_limit);
  tunnels_->push_back(*tunnel);
  ++open_;
  // From here on the list owns it; close() deletes it.
  tunnel.release()->start(early);
}

void TunnelEngine::close(Tunnel& tunnel, TunnelEnd end) {
  const std::unique_ptr<Tunnel> doomed{&tunnel};
  --open_;
  on_closed_(tunnel.report(end));
  tunnel.abort_peer_of(end);
  if (open_ == 0 && on_empty_) on_empty_();
}

void TunnelEngine::close_all() {
  while (!tunnels_->empty()) close(tunnels_->front(), TunnelEnd::stopped);
}

}  // namespace pushgate::net
