#include "node/session/session_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "node/node_core.hpp"
#include "node/session/client_socket.hpp"

namespace pushgate::node {

namespace {

// Twice in the time that a session outlives its node, beyond what its client is promised.
constexpr std::chrono::minutes kRenewEvery{30};
constexpr std::chrono::minutes kSpare{60};

}  // namespace

std::chrono::milliseconds SessionKeeper::live_ttl() const noexcept {
  return thread_.settings().config().recovery.max_disconnection + kSpare;
}

void SessionKeeper::changed(ClientSocket& socket) {
  ClientSocket::Keeping& keeping = socket.keeping();
  if (socket.private_id().empty() || keeping.has_ended || keeping.is_changed) return;
  keeping.is_changed = true;
  if (changed_.empty()) thread_.reactor().at_turn_end(*this);
  changed_.push_back(&socket);
}

void SessionKeeper::on_turn_end() {
  for (ClientSocket* const socket : std::exchange(changed_, {})) {
    socket->keeping().is_changed = false;
    save(*socket, true);
    if (std::exchange(socket->keeping().is_renewed, true)) continue;
    const TimePoint due = thread_.now() + kRenewEvery;
    renewals_.push_back({due, &socket->hub(), socket->id()});
    if (renewals_.size() == 1) thread_.reactor().arm(*this, due);
  }
}

void SessionKeeper::on_timer(TimePoint now) {
  while (!renewals_.empty() && renewals_.front().due <= now) {
    const Renewal renewal = renewals_.front();
    renewals_.pop_front();
    // Only clients' sockets have such ids.
    auto* const socket = static_cast<ClientSocket*>(renewal.hub->find(renewal.id));
    if (socket == nullptr) continue;
    socket->keeping().is_renewed = false;
    changed(*socket);
  }
  if (!renewals_.empty()) thread_.reactor().arm(*this, renewals_.front().due);
}

void SessionKeeper::closed(ClientSocket& socket) {
  if (socket.private_id().empty()) return;
  end(socket);
  save(socket, false);
}

void SessionKeeper::left(ClientSocket& socket) {
  if (socket.private_id().empty()) return;
  end(socket);
  thread_.core().store().forget_session(socket.private_id(), socket.keeping().owner);
}

void SessionKeeper::end(ClientSocket& socket) {
  socket.keeping().has_ended = true;
  if (socket.keeping().is_changed) std::erase(changed_, &socket);
}

void SessionKeeper::save_all() {
  for (const auto& [name, hub] : thread_.namespaces()) {
    hub->for_each({}, [this](HubSocket& socket) {
      if (auto* const client = dynamic_cast<ClientSocket*>(&socket)) changed(*client);
    });
  }
}

void SessionKeeper::save(const ClientSocket& socket, bool is_live) {
  const config::RecoveryConfig& recovery = thread_.settings().config().recovery;
  if (!recovery.enabled) return;
  StoredSession session;
  session.pid = socket.private_id();
  session.owner = socket.keeping().owner;
  session.is_live = is_live;
  session.sid = socket.id().to_string();
  session.nsp = socket.nsp();
  session.uid = socket.origin().uid;
  session.rooms = socket.rooms();
  session.data = socket.data_json();
  session.started_at = socket.started_at();
  session.closed_at = thread_.journal().last();
  if (std::optional<Offset> sent = Offset::parse(session.closed_at);
      sent && (socket.sent_high() > 0 || socket.sent_low() > 0)) {
    sent->high = socket.sent_high();
    sent->low = socket.sent_low();
    session.last_sent = sent->to_string();
  }
  thread_.core().store().save_session(std::move(session),
                                      is_live ? live_ttl() : recovery.max_disconnection);
}

}  // namespace pushgate::node
