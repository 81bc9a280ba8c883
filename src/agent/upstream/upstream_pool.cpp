#include "pushgate/agent/upstream/upstream_pool.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace pushgate::agent {

using runtime::kBroken;
using runtime::kPeerClosed;
using runtime::kReadable;

bool UpstreamConnection::has_nothing_to_read() const noexcept {
  char byte = 0;
  return ::recv(socket.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void UpstreamConnection::on_ready(runtime::Channel& channel) {
  // The event may have been fetched together with the one that led to reading these bytes: then
  // there is nothing to read any more. Only what is really there counts.
  const bool open = (channel.ready & (kPeerClosed | kBroken)) == 0;
  if (open && has_nothing_to_read()) {
    channel.ready &= static_cast<std::uint8_t>(~kReadable);
    return;
  }
  // Closed by the node, or bytes that nobody asked for: either way not to be used again.
  pool_.evict(*this);
}

void UpstreamConnection::on_timer(TimePoint now) {
  if (idle_until_ == TimePoint{}) return;  // leased
  if (now < idle_until_) {
    armed_for_ = idle_until_;
    pool_.reactor_.arm(*this, idle_until_);
    return;
  }
  pool_.evict(*this);
}

std::unique_ptr<UpstreamConnection> UpstreamPool::take(const NodeHealth& node) {
  const auto found = idle_.find(&node);
  if (found == idle_.end() || found->second.empty()) return nullptr;
  std::unique_ptr<UpstreamConnection> connection = std::move(found->second.back());
  found->second.pop_back();
  --idle_count_;
  connection->idle_until_ = TimePoint{};
  return connection;
}

void UpstreamPool::put(std::unique_ptr<UpstreamConnection> connection, const Limits& limits) {
  runtime::Channel& channel = connection->socket.channel();
  // A body whose last read was exactly as long as what was missing leaves the question open whether
  // anything follows it. Asked here, once; what comes later is an event.
  if ((channel.ready & kReadable) && connection->has_nothing_to_read()) {
    channel.ready &= static_cast<std::uint8_t>(~kReadable);
  }
  const bool spent = (channel.ready & (kReadable | kPeerClosed | kBroken)) != 0;
  if (spent || limits.idle_per_node == 0) return;
  Idle& idle = idle_[connection->node().get()];
  if (idle.size() >= limits.idle_per_node) return;

  channel.sink = connection.get();
  channel.interest = kReadable | kPeerClosed | kBroken;
  const TimePoint until = reactor_.now() + limits.idle_time;
  connection->idle_until_ = until;
  // The timer is lazy, as in Waiter: one that is armed already will look at idle_until_.
  if (!connection->armed() || connection->armed_for_ > until) {
    connection->armed_for_ = until;
    reactor_.arm(*connection, until);
  }
  idle.push_back(std::move(connection));
  ++idle_count_;
}

void UpstreamPool::evict(UpstreamConnection& connection) {
  const auto found = idle_.find(connection.node().get());
  if (found == idle_.end()) return;
  Idle& idle = found->second;
  const auto position = std::find_if(idle.begin(), idle.end(), [&](const auto& candidate) {
    return candidate.get() == &connection;
  });
  if (position == idle.end()) return;
  std::swap(*position, idle.back());
  const std::unique_ptr<UpstreamConnection> doomed = std::move(idle.back());
  idle.pop_back();
  --idle_count_;
  if (idle.empty()) idle_.erase(found);
}

void UpstreamPool::forget_unused_nodes() {
  std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
}

void UpstreamPool::close_all() noexcept {
  idle_.clear();
  idle_count_ = 0;
}

}  // namespace pushgate::agent
