#include "node/hub/recipient.hpp"

#include <algorithm>
#include <utility>

namespace pushgate::node {

// ---- FlushList
// ---------------------------------------------------------------------------------

FlushList::FlushList(runtime::Reactor& reactor, NodeMetrics& metrics, Compressor* compressor)
    : reactor_(reactor),
      metrics_(metrics),
      compressor_(compressor),
      gather_(compressor),
      lingering_(reactor) {}

FlushList::~FlushList() = default;

void FlushList::add(Recipient& recipient) {
  if (recipient.waiting_) return;
  recipient.waiting_ = true;
  waiting_.push_back(&recipient);
  ask_for_end();
}

void FlushList::ask_for_end() {
  if (asked_) return;
  asked_ = true;
  reactor_.at_turn_end(*this);
}

void FlushList::forget(Recipient& recipient) noexcept {
  if (!recipient.waiting_) return;
  std::erase(waiting_, &recipient);
  std::replace(flushing_.begin(), flushing_.end(), &recipient, static_cast<Recipient*>(nullptr));
}

void FlushList::on_turn_end() {
  asked_ = false;
  flushing_.swap(waiting_);
  for (std::size_t i = 0; i < flushing_.size(); ++i) {
    Recipient* const recipient = flushing_[i];
    if (recipient == nullptr) continue;
    recipient->waiting_ = false;
    recipient->flush();
  }
  flushing_.clear();
  gather_.forget();
  dying_.swap(dead_);  // what a destructor buries waits for the next end
  dying_.clear();
}

// ---- Recipient
// ---------------------------------------------------------------------------------

Recipient::~Recipient() {
  list_.forget(*this);
  drop_queue();
}

void Recipient::send(const MessageRef& message) {
  if (overflowed_) return;  // it is to be closed, and must not get what came after a gap
  if (message->handling.is_volatile && !takes_volatile()) {
    list_.metrics().messages_dropped_volatile.add();
    return;
  }
  const std::size_t size = size_of(*message);
  if (size == 0) return;  // of no interest to this kind of recipient
  if (!outbox_.has_room_for(size, list_.queue_limit()) && !make_room(*message, size)) return;
  outbox_.push(message, size);
  list_.metrics().queued_bytes.add(static_cast<std::int64_t>(size));
  list_.add(*this);
}

/// False if the message is not to be queued.
bool Recipient::make_room(const LocalMessage& message, std::size_t size) {
  NodeMetrics& metrics = list_.metrics();
  const std::size_t limit = list_.queue_limit();
  send_early();
  if (outbox_.has_room_for(size, limit)) return true;
  const std::size_t before = outbox_.bytes();
  const auto size_in_queue = [this](LocalMessage& queued) { return size_of(queued); };
  metrics.messages_dropped_volatile.add(outbox_.drop_volatile(size, limit, size_in_queue));
  if (!outbox_.has_room_for(size, limit) &&
      message.handling.when_full == config::WhenFull::drop_oldest && message.handling.room != 0) {
    metrics.messages_dropped_oldest.add(
        outbox_.drop_of_room(message.handling.room, size, limit, size_in_queue));
  }
  metrics.queued_bytes.add(-static_cast<std::int64_t>(before - outbox_.bytes()));
  if (outbox_.has_room_for(size, limit)) return true;
  if (message.handling.is_volatile) {
    metrics.messages_dropped_volatile.add();
    return false;
  }
  if (message.handling.when_full == config::WhenFull::drop_oldest && message.handling.room != 0) {
    metrics.messages_dropped_oldest.add();  // it is larger than all that could be dropped for it
    return false;
  }
  metrics.slow_consumers.add();
  overflowed_ = true;
  on_slow();
  return false;
}

void Recipient::set_kind(WireKind kind) {
  if (kind == kind_) return;
  const std::size_t before = outbox_.bytes();
  kind_ = kind;
  outbox_.recount([this](LocalMessage& message) { return size_of(message); });
  list_.metrics().queued_bytes.add(static_cast<std::int64_t>(outbox_.bytes()) -
                                   static_cast<std::int64_t>(before));
}

void Recipient::sent(std::size_t bytes) {
  const std::size_t before = outbox_.bytes();
  outbox_.sent(bytes, [this](LocalMessage& message) { return size_of(message); });
  list_.metrics().queued_bytes.add(-static_cast<std::int64_t>(before - outbox_.bytes()));
}

void Recipient::sent_messages(std::size_t count) {
  const std::size_t before = outbox_.bytes();
  outbox_.drop_first(count, [this](LocalMessage& message) { return size_of(message); });
  list_.metrics().queued_bytes.add(-static_cast<std::int64_t>(before - outbox_.bytes()));
}

void Recipient::drop_queue() {
  list_.metrics().queued_bytes.add(-static_cast<std::int64_t>(outbox_.bytes()));
  outbox_.clear();
}

}  // namespace pushgate::node
